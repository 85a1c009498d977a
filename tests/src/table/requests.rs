//! Requests on their way to the origin: what is mapped, added, cut, and left alone.

use super::{NO_CONNECTION, WASI_HOST, WORKERS_HOST};
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict, ensure, show};
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ORIGIN_HOST, Setup};
use crate::stage::Stage;

/// The codings that the gate can decode, and those that mean no coding.
const DECODABLE: [&str; 5] = ["gzip", "deflate", "br", "zstd", "identity"];

/// Sends a request and returns what the origin saw of it.
pub(super) fn seen(stage: &Stage, request: &Request) -> Verdict<Received> {
    let play = stage.always(answer(200).of_type("text/plain").body("seen"));
    let response = stage.exchange(request)?;
    response.has_status(200)?.is_complete()?;
    play.only_request()
}

/// Checks that the origin saw a field once, with this value.
pub(super) fn saw(request: &Received, name: &str, value: impl AsRef<[u8]>) -> Verdict {
    let got: Vec<_> = request.fields.all(name).map(show).collect();
    let wanted = show(value.as_ref());
    ensure!(
        got == [wanted.clone()],
        "the origin expected {name}: {wanted}, got {got:?}"
    );
    Ok(())
}

/// Checks that the origin saw no such field.
pub(super) fn saw_no(request: &Received, name: &str) -> Verdict {
    let got = request.fields.text(name);
    ensure!(got.is_none(), "the origin expected no {name}, got {got:?}");
    Ok(())
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = vec![
        scenario("the-origin-sees-its-own-host", Setup::Map, |stage| {
            let request = seen(stage, &stage.get("/x"))?;
            saw(&request, "Host", stage.origin.address().to_string())
        }),
        scenario(
            "the-origin-sees-the-configured-host",
            Setup::Host,
            |stage| {
                let request = seen(stage, &stage.get("/x"))?;
                saw(&request, "Host", ORIGIN_HOST)
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 200, got 500",
            WORKERS_HOST,
        )
        .not_on_wasi("expected status 200, got 500", WASI_HOST),
        scenario("origin-and-referer-name-the-origin", Setup::Map, |stage| {
            let request = stage.get("/x").field("Origin", "https://www.example.com");
            let request = seen(
                stage,
                &request.field("Referer", "https://www.example.com/a?b=c"),
            )?;
            saw(&request, "Origin", stage.origin.url())?;
            saw(&request, "Referer", format!("{}/a?b=c", stage.origin.url()))
        }),
        scenario("a-foreign-origin-and-referer-stay", Setup::Map, |stage| {
            let request = stage.get("/x").field("Origin", "https://elsewhere.test");
            let request = seen(
                stage,
                &request.field("Referer", "https://www.example.com.evil.test/"),
            )?;
            saw(&request, "Origin", "https://elsewhere.test")?;
            saw(&request, "Referer", "https://www.example.com.evil.test/")
        }),
        scenario(
            "hop-by-hop-fields-of-the-client-end-at-the-gate",
            Setup::Map,
            |stage| {
                let request = stage
                    .get("/x")
                    .field("Keep-Alive", "timeout=77")
                    .field("TE", "trailers");
                let request = seen(
                    stage,
                    &request
                        .field("Proxy-Connection", "keep-alive")
                        .field("X-Public", "1"),
                )?;
                ["Keep-Alive", "Proxy-Connection", "TE"]
                    .iter()
                    .try_for_each(|name| saw_no(&request, name))?;
                saw(&request, "X-Public", "1")
            },
        ),
        scenario(
            "fields-that-the-clients-connection-names-end-at-the-gate",
            Setup::Map,
            |stage| {
                let request = stage
                    .get("/x")
                    .with("Connection", "close, X-Private")
                    .field("X-Private", "1");
                let request = seen(stage, &request.field("X-Public", "1"))?;
                saw_no(&request, "X-Private")?;
                saw(&request, "X-Public", "1")
            },
        )
        .not_on_wasi(
            r#"the origin expected no X-Private, got Some("1")"#,
            NO_CONNECTION,
        ),
        scenario(
            "accept-encoding-is-cut-to-the-codings-that-can-be-decoded",
            Setup::Map,
            |stage| {
                let request = seen(
                    stage,
                    &stage
                        .get("/x")
                        .field("Accept-Encoding", "sdch, gzip;q=0.9, exotic, *;q=0.1"),
                )?;
                let list = request.fields.text("accept-encoding").unwrap_or_default();
                for member in list
                    .split(',')
                    .map(str::trim)
                    .filter(|member| !member.is_empty())
                {
                    let coding = member.split(';').next().unwrap_or_default().trim();
                    ensure!(
                        DECODABLE.contains(&coding),
                        "the origin was offered {coding:?} in {list:?}"
                    );
                }
                ensure!(
                    list.contains("gzip"),
                    "the origin was offered {list:?}, without gzip"
                );
                Ok(())
            },
        ),
        scenario(
            "a-query-and-escapes-reach-the-origin-byte-for-byte",
            Setup::Map,
            |stage| {
                byte_for_byte(
                    stage,
                    &[
                        "/a%2Fb/%7euser/;p=1,2?x=%20y&z=%C3%A9+&&=&u=https://a.test/?b",
                        "/a//b///",
                        "/%e4%zz",
                    ],
                )
            },
        ),
        scenario(
            "a-url-in-the-query-of-an-image-optimiser-becomes-the-origins",
            Setup::Map,
            |stage| {
                let asked = |url: &str| format!("/_next/image?url={url}%2Fpic.png&w=256&q=75");
                let request = seen(stage, &stage.get(&asked("https%3A%2F%2Fwww.example.com")))?;
                let own = stage.origin.address().to_string().replace(':', "%3A");
                let wanted = asked(&format!("http%3A%2F%2F{own}"));
                ensure!(
                    request.target.ends_with(wanted.as_bytes()),
                    "the origin got the target {}",
                    show(&request.target)
                );
                Ok(())
            },
        ),
        scenario(
            "a-url-in-a-signed-query-reaches-the-origin-as-it-came",
            Setup::Map,
            |stage| {
                let target = "/_next/image?url=https%3A%2F%2Fwww.example.com%2Fa&sig=1";
                let request = seen(stage, &stage.get(target))?;
                ensure!(
                    request.target.ends_with(target.as_bytes()),
                    "the origin got the target {}",
                    show(&request.target)
                );
                Ok(())
            },
        ),
        scenario(
            "odd-targets-reach-the-origin-byte-for-byte",
            Setup::Map,
            |stage| {
                byte_for_byte(
                    stage,
                    &["/a?", "/a|b;c", "/x?y={z}|", "/?", "//a//", "/a;b=c?d?e"],
                )
            },
        ),
        scenario(
            "dot-segments-reach-the-origin-as-they-are",
            Setup::Map,
            |stage| byte_for_byte(stage, &["/a/./b/../c", "/a/%2e%2e/b"]),
        )
        .not_on(
            Runtime::Fastly,
            r#"the path /a/./b/../c reached the origin as "/a/c""#,
            "the SDK's `Request` takes a `url::Url`, which removes dot segments (URL \
             Standard, \"path state\")",
        )
        .not_on(
            Runtime::Cloudflare,
            r#"the path /a/./b/../c reached the origin as "/a/c""#,
            "fetch takes a URL, and parsing a URL removes its dot segments (URL Standard, \
             \"path state\"; Fetch, \"new Request\")",
        ),
        scenario(
            "a-target-in-utf-8-reaches-the-origin-as-it-is",
            Setup::Map,
            |stage| byte_for_byte(stage, &["/caf\u{e9}"]),
        )
        .not_on(
            Runtime::Fastly,
            "expected status 200, got 400",
            "Viceroy's HTTP server takes targets of ASCII only (http 0.2, src/uri/path.rs, \
             `from_shared`)",
        )
        .not_on(
            Runtime::Cloudflare,
            r#"reached the origin as "/caf%C3%A9""#,
            "`Request.url` is a parsed URL, which escapes what is not ASCII (URL Standard, \"path \
             state\")",
        ),
        scenario(
            "an-absolute-target-does-not-choose-the-origin",
            Setup::Map,
            |stage| {
                let target = format!("http://www.example.com/{}/x?y=z", stage.id);
                let request = seen(stage, &Request::new("GET", target))?;
                ensure!(
                    request.rest() == b"/x?y=z",
                    "the origin got the target {}",
                    show(&request.target)
                );
                saw(&request, "Host", stage.origin.address().to_string())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 200, got 500 (Proxy-Status: ;",
            NO_ABSOLUTE_TARGET,
        ),
        scenario(
            "an-absolute-target-without-a-path-means-the-root",
            Setup::Map,
            |stage| {
                let query = format!("?q=/{}/", stage.id);
                let target = format!("http://www.example.com{query}");
                let request = seen(stage, &Request::new("GET", target))?;
                ensure!(
                    request.target == format!("/{query}").as_bytes(),
                    "the origin got the target {}",
                    show(&request.target)
                );
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 200, got 500 (Proxy-Status: ;",
            NO_ABSOLUTE_TARGET,
        ),
        scenario(
            "the-crumbs-of-a-cookie-reach-the-origin-as-one-field",
            Setup::Map,
            |stage| {
                let request = stage.get("/x").field("Cookie", "a=1");
                let request = seen(stage, &request.field("Cookie", "b=2; c=3"))?;
                saw(&request, "Cookie", "a=1; b=2; c=3")
            },
        )
        .not_on(
            Runtime::Cloudflare,
            r#"the origin expected Cookie: "a=1; b=2; c=3", got ["\"a=1, b=2; c=3\""]"#,
            "workerd joins the lines of a field that it knows by name with commas before the \
             worker sees it (capnproto c++/src/kj/compat/http.c++, `HttpHeaders::addNoCheck`)",
        ),
        scenario(
            "empty-and-repeated-fields-reach-the-origin-as-they-are",
            Setup::Map,
            |stage| {
                let request = stage.get("/x").field("User-Agent", "");
                let request = request.field("Accept", "text/html");
                let request = seen(stage, &request.field("Accept", "image/png"))?;
                saw(&request, "User-Agent", "")?;
                let lines: Vec<_> = request.fields.all("accept").map(show).collect();
                ensure!(lines.len() == 2, "the origin got Accept: {lines:?}");
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            r#"the origin expected User-Agent: nothing, got []"#,
            "workerd keeps one value of each field that it knows by name, joined, and none that is \
             empty (capnproto c++/src/kj/compat/http.c++, `HttpHeaders::addNoCheck`)",
        ),
        scenario(
            "credentials-cookies-and-odd-bytes-reach-the-origin",
            Setup::Map,
            |stage| {
                let request = stage
                    .get("/x")
                    .field("Cookie", "a=1; b=\"2\"; a=3")
                    .field("Authorization", "Basic dXNlcjpwdw==");
                let request = request
                    .field("X-Latin", b"caf\xe9 \xff")
                    .field("X-Twin", "one")
                    .field("X-Twin", "two");
                let request = seen(stage, &request.field("User-Agent", "conformance/1"))?;
                saw(&request, "Cookie", "a=1; b=\"2\"; a=3")?;
                saw(&request, "Authorization", "Basic dXNlcjpwdw==")?;
                saw(&request, "X-Latin", b"caf\xe9 \xff")?;
                saw(&request, "User-Agent", "conformance/1")?;
                let twins = request
                    .fields
                    .list("x-twin")
                    .ok_or_else(|| Failure("X-Twin is lost".to_owned()))?;
                ensure!(
                    twins == b"one, two",
                    "the origin got X-Twin {}",
                    show(&twins)
                );
                Ok(())
            },
        ),
    ];
    all.push(scenario(
        "methods-reach-the-origin-as-they-are",
        Setup::Map,
        |stage| {
            for method in ["DELETE", "PATCH", "OPTIONS", "PUT", "PROPFIND"] {
                let play = stage.always(answer(200).of_type("text/plain").body(method));
                let mut request = stage.request(method, "/x");
                if ["PATCH", "PUT"].contains(&method) {
                    request = request.body(b"body");
                }
                stage
                    .exchange(&request)?
                    .has_status(200)?
                    .has_decoded(method)?;
                let got = play.only_request()?.method;
                ensure!(
                    got == method,
                    "the origin got the method {got} for {method}"
                );
            }
            Ok(())
        },
    ));
    all
}

/// Why a worker in workerd sees no request with an absolute target.
const NO_ABSOLUTE_TARGET: &str = "workerd's listener accepts only origin-form targets, and answers \
    500 before the worker sees the request (src/workerd/server/workerd.capnp, \
    `HttpOptions.style`: `host`)";

fn byte_for_byte(stage: &Stage, paths: &[&str]) -> Verdict {
    for path in paths {
        let request = seen(stage, &stage.get(path))?;
        ensure!(
            request.rest() == path.as_bytes(),
            "the path {path} reached the origin as {}",
            show(request.rest())
        );
    }
    Ok(())
}
