//! Heads of responses: what is mapped, what is removed, and what passes through as it is.

use super::NO_CONNECTION;
use super::fixture::{image, page};
use crate::failure::{ensure, show};
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// Fields whose URLs are mapped: the name, the value that the origin sends, and the value that the
/// client gets.
const MAPPED: &[(&str, &str, &str)] = &[
    (
        "Content-Location",
        "https://origin.example.com/en",
        "https://www.example.com/en",
    ),
    (
        "Link",
        "<https://origin.example.com/s.css>; rel=preload; as=style",
        "<https://www.example.com/s.css>; rel=preload; as=style",
    ),
    (
        "Refresh",
        "5; url=https://origin.example.com/next",
        "5; url=https://www.example.com/next",
    ),
    (
        "Access-Control-Allow-Origin",
        "https://origin.example.com",
        "https://www.example.com",
    ),
    (
        "Content-Security-Policy",
        "default-src 'self' https://origin.example.com; img-src https://origin.example.com/i/ data: https://elsewhere.test",
        "default-src 'self' https://www.example.com; img-src https://www.example.com/i/ data: https://elsewhere.test",
    ),
    (
        "Content-Security-Policy-Report-Only",
        "script-src https://origin.example.com 'unsafe-inline'",
        "script-src https://www.example.com 'unsafe-inline'",
    ),
    (
        "SourceMap",
        "https://origin.example.com/x.map",
        "https://www.example.com/x.map",
    ),
    (
        "Reporting-Endpoints",
        "main=\"https://origin.example.com/r\"",
        "main=\"https://www.example.com/r\"",
    ),
    (
        "Report-To",
        r#"{"group":"g","max_age":1,"endpoints":[{"url":"https://origin.example.com/r"}]}"#,
        r#"{"group":"g","max_age":1,"endpoints":[{"url":"https://www.example.com/r"}]}"#,
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        exchange(
            "fields-that-name-the-origin-are-mapped",
            Setup::Map,
            |_| {
                MAPPED
                    .iter()
                    .fold(answer(200).html(), |head, (name, sent, _)| {
                        head.field(name, sent)
                    })
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response.has_status(200)?.has_decoded(page(PUBLIC))?;
                MAPPED
                    .iter()
                    .try_for_each(|(name, _, mapped)| response.has(name, mapped).map(drop))
            },
        ),
        exchange(
            "fields-that-rewriting-invalidates-are-removed",
            Setup::Map,
            |_| {
                let head = answer(200)
                    .html()
                    .field("Content-MD5", "Q2hlY2sgSW50ZWdyaXR5IQ==")
                    .field("Digest", "md5=abc");
                let head = head
                    .field("Content-Digest", "md5=:abc=:")
                    .field("Repr-Digest", "md5=:abc=:");
                head.field("Alt-Svc", "h3=\":443\"")
                    .field("Accept-Ranges", "bytes")
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has("Accept-Ranges", "none")?
                    .has_decoded(page(PUBLIC))?;
                let gone = [
                    "Content-MD5",
                    "Digest",
                    "Content-Digest",
                    "Repr-Digest",
                    "Alt-Svc",
                    "Content-Length",
                ];
                gone.iter()
                    .try_for_each(|name| response.lacks(name).map(drop))
            },
        ),
        scenario(
            "three-cookies-keep-their-order-and-get-the-public-domain",
            Setup::Map,
            |stage| {
                let head = answer(200).html().field(
                    "Set-Cookie",
                    "a=1; Domain=origin.example.com; Path=/; Secure",
                );
                let head = head.field(
                    "Set-Cookie",
                    "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly",
                );
                stage.always(
                    head.field(
                        "Set-Cookie",
                        "c=x=y; domain=.origin.example.com; SameSite=Lax",
                    )
                    .body(page(ALIAS)),
                );
                let response = stage.exchange(&stage.get("/x"))?;
                let cookies: Vec<_> = response
                    .fields
                    .all("set-cookie")
                    .map(|value| String::from_utf8_lossy(value))
                    .collect();
                let told = format!("{cookies:?}");
                ensure!(
                    cookies.len() == 3,
                    "expected three Set-Cookie fields, got {told}"
                );
                ensure!(
                    cookies[0].starts_with("a=1;") && cookies[2].starts_with("c=x=y;"),
                    "the cookies' order is {told}"
                );
                ensure!(
                    cookies[1] == "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly",
                    "a cookie changed: {told}"
                );
                ensure!(
                    !told.contains("origin.example.com"),
                    "a cookie has the origin's domain: {told}"
                );
                let public = |cookie: &str| cookie.to_ascii_lowercase().contains("www.example.com");
                ensure!(
                    public(&cookies[0]) && public(&cookies[2]),
                    "a cookie has not the public domain: {told}"
                );
                Ok(())
            },
        ),
        exchange(
            "a-cookie-for-a-parent-of-the-public-host-stays",
            Setup::Map,
            |_| {
                answer(200)
                    .html()
                    .field("Set-Cookie", "a=1; Domain=example.com; Path=/")
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has("Set-Cookie", "a=1; Domain=example.com; Path=/")?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "non-ascii-bytes-in-fields-survive",
            Setup::Map,
            |_| {
                answer(200)
                    .html()
                    .field("X-Latin", b"caf\xe9 \xff")
                    .field("X-Utf", "käse")
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has("X-Latin", b"caf\xe9 \xff")?
                    .has("X-Utf", "käse")?;
                Ok(())
            },
        ),
        exchange(
            "non-ascii-bytes-in-fields-of-an-image-survive",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("image/png")
                    .field("X-Latin", b"caf\xe9 \xff")
                    .body(image())
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has("X-Latin", b"caf\xe9 \xff")?
                    .has_body(image())?;
                Ok(())
            },
        ),
        exchange(
            "repeated-fields-keep-their-order",
            Setup::Map,
            |_| {
                let head = answer(200)
                    .html()
                    .field("X-Twin", "one")
                    .field("Link", "</a>; rel=next")
                    .field("X-Twin", "two");
                head.field("Link", "</b>; rel=prev")
                    .field("X-Twin", "three, four")
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_list("X-Twin", "one, two, three, four")?
                    .has_list("Link", "</a>; rel=next, </b>; rel=prev")?;
                Ok(())
            },
        ),
        exchange(
            "repeated-fields-keep-their-lines",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("image/png")
                    .field("X-Twin", "one")
                    .field("X-Twin", "two")
                    .body(image())
            },
            |get| get,
            |_, response, _| {
                let lines: Vec<_> = response.fields.all("x-twin").map(show).collect();
                ensure!(
                    lines == ["\"one\"", "\"two\""],
                    "expected two lines, got {lines:?}"
                );
                Ok(())
            },
        ),
        exchange(
            "hop-by-hop-fields-of-a-page-end-at-the-gate",
            Setup::Map,
            |_| {
                let head = answer(200).html().field("Keep-Alive", "timeout=77");
                head.field("Proxy-Connection", "keep-alive")
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .lacks("Proxy-Connection")?
                    .has_decoded(page(PUBLIC))?;
                let kept = response.fields.text("keep-alive").unwrap_or_default();
                ensure!(!kept.contains("77"), "the origin's Keep-Alive came through");
                Ok(())
            },
        ),
        exchange(
            "hop-by-hop-fields-of-an-image-end-at-the-gate",
            Setup::Map,
            |_| {
                let head = answer(200)
                    .of_type("image/png")
                    .field("Keep-Alive", "timeout=77");
                head.field("Proxy-Connection", "keep-alive").body(image())
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .lacks("Proxy-Connection")?
                    .has_its_length()?
                    .has_body(image())?;
                let kept = response.fields.text("keep-alive").unwrap_or_default();
                ensure!(!kept.contains("77"), "the origin's Keep-Alive came through");
                Ok(())
            },
        ),
        exchange(
            "fields-that-the-origins-connection-names-end-at-the-gate",
            Setup::Map,
            |_| {
                let head = answer(200)
                    .html()
                    .field("Connection", "keep-alive, X-Secret");
                head.field("X-Secret", "1")
                    .field("X-Open", "1")
                    .body(page(ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .lacks("X-Secret")?
                    .has("X-Open", "1")?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        )
        .not_on_wasi(r#"expected no X-Secret, got "1""#, NO_CONNECTION),
        exchange(
            "a-large-head-survives",
            Setup::Map,
            |_| {
                let fields = (0..60).fold(answer(200).of_type("image/png"), |head, n| {
                    head.field(&format!("X-{n}"), big(n))
                });
                fields.body(image())
            },
            |get| get,
            |_, response, _| {
                response.has_status(200)?.has_body(image())?;
                (0..60).try_for_each(|number| {
                    response.has(&format!("X-{number}"), big(number)).map(drop)
                })
            },
        ),
    ]
}

/// Makes a value of 250 bytes.
fn big(number: usize) -> String {
    format!("{number:0250}")
}
