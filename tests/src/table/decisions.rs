//! The truth table, rows 2 to 8 and 11: which responses are left alone, and what their heads say.

use super::fixture::{fill, image, page};
use crate::blocks::Blocks;
use crate::client::Request;
use crate::codings::encode;
use crate::failure::{ensure, same_bytes};
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, SMALL_LIMIT, Setup};

/// A request as it is.
fn plain(request: Request) -> Request {
    request
}

/// A request of a client that knows no host (RFC 9110 §7.2: the field is there and empty).
fn without_host(request: Request) -> Request {
    request.with("Host", "")
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = bodiless();
    all.extend(not_processable());
    all.extend(no_transform());
    all.extend(unknown_host());
    all.extend(not_decodable());
    all.extend(documents());
    all
}

/// Row 2.
fn bodiless() -> Vec<Scenario> {
    vec![
        scenario(
            "row-2-a-head-of-a-page-has-the-fields-of-its-get",
            Setup::Map,
            |stage| {
                let body = page(ALIAS);
                stage.script(move |request| {
                    let head = answer(200)
                        .html()
                        .field("ETag", "\"v1\"")
                        .field("Vary", "Cookie")
                        .field("Accept-Ranges", "bytes");
                    if request.method == "HEAD" {
                        head.length(body.len())
                    } else {
                        head.body(&body)
                    }
                });
                let get = stage.exchange(&stage.get("/x"))?;
                let head = stage.exchange(&stage.request("HEAD", "/x"))?;
                head.has_status(200)?
                    .decided("buffered", 2)?
                    .has_body("")?
                    .lacks("Content-Length")?;
                for name in [
                    "Content-Type",
                    "ETag",
                    "Vary",
                    "Accept-Ranges",
                    "Content-Encoding",
                    "Cache-Control",
                ] {
                    let [of_get, of_head] =
                        [&get, &head].map(|response| response.fields.text(name));
                    ensure!(
                        of_get == of_head,
                        "{name} is {of_get:?} for GET and {of_head:?} for HEAD"
                    );
                }
                head.has("Accept-Ranges", "none")?;
                Ok(())
            },
        ),
        exchange(
            "row-2-a-head-of-an-image-keeps-its-content-length",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("image/png")
                    .field("ETag", "\"i1\"")
                    .field("Accept-Ranges", "bytes")
                    .length(4000)
            },
            |get| Request::new("HEAD", get_target(&get)),
            |_, response, play| {
                response
                    .has_status(200)?
                    .decided("buffered", 2)?
                    .has("Content-Length", "4000")?;
                response
                    .has("ETag", "\"i1\"")?
                    .has("Accept-Ranges", "bytes")?
                    .has_body("")?;
                let method = play.only_request()?.method;
                ensure!(method == "HEAD", "the origin was asked with {method}");
                Ok(())
            },
        ),
        exchange(
            "row-2-a-204-has-no-content-length",
            Setup::Map,
            |_| answer(204).field("X-Kept", "yes").bare(),
            plain,
            |_, response, _| {
                response
                    .has_status(204)?
                    .decided("buffered", 2)?
                    .lacks("Content-Length")?
                    .has("X-Kept", "yes")?
                    .has_body("")?;
                Ok(())
            },
        ),
        exchange(
            "row-2-a-205-has-content-length-0",
            Setup::Map,
            |_| answer(205).html().length(0),
            plain,
            |_, response, _| {
                response
                    .has_status(205)?
                    .decided("buffered", 2)?
                    .has("Content-Length", "0")?
                    .has_body("")?;
                Ok(())
            },
        ),
        exchange(
            "row-2-a-304-of-an-image-is-untouched",
            Setup::Map,
            |_| {
                answer(304)
                    .field("ETag", "\"i1\"")
                    .field("Cache-Control", "max-age=60")
                    .bare()
            },
            |get| get.field("If-None-Match", "\"i1\""),
            |_, response, play| {
                response
                    .has_status(304)?
                    .decided("buffered", 2)?
                    .has("ETag", "\"i1\"")?
                    .has("Cache-Control", "max-age=60")?;
                let asked = play.only_request()?.fields.text("if-none-match");
                ensure!(
                    asked.as_deref() == Some("\"i1\""),
                    "the origin was asked If-None-Match {asked:?}"
                );
                Ok(())
            },
        ),
    ]
}

/// The target of a request that was made by [`crate::stage::Stage::get`].
fn get_target(get: &Request) -> Vec<u8> {
    get.head()
        .split(|&byte| byte == b' ')
        .nth(1)
        .unwrap_or_default()
        .to_vec()
}

/// Row 3.
fn not_processable() -> Vec<Scenario> {
    vec![
        exchange(
            "row-3-an-image-keeps-its-content-length-and-validators",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("image/png")
                    .field("ETag", "\"i1\"")
                    .field("Last-Modified", "Mon, 05 Jan 2026 10:00:00 GMT")
                    .field("Accept-Ranges", "bytes")
                    .field(
                        "Repr-Digest",
                        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
                    )
                    .body(image())
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_its_length()?
                    .has_body(image())?;
                response
                    .has("ETag", "\"i1\"")?
                    .has("Last-Modified", "Mon, 05 Jan 2026 10:00:00 GMT")?;
                response.has("Accept-Ranges", "bytes")?;
                response.has(
                    "Repr-Digest",
                    "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
                )?;
                Ok(())
            },
        ),
        exchange(
            "row-3-an-encoded-font-stays-as-it-is",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("font/ttf")
                    .field("Content-Encoding", "gzip")
                    .body(encode("gzip", &image()))
            },
            |get| get.field("Accept-Encoding", "gzip"),
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has("Content-Encoding", "gzip")?
                    .has_its_length()?;
                response.has_body(encode("gzip", &image()))?;
                Ok(())
            },
        ),
        exchange(
            "row-3-a-chunked-image-passes-through",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("image/webp")
                    .chunks(image().chunks(777))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_body(image())?;
                Ok(())
            },
        ),
        exchange(
            "row-3-a-body-without-a-type-passes-through",
            Setup::Map,
            |_| answer(200).body(page(ALIAS)),
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_its_length()?
                    .has_body(page(ALIAS))?;
                Ok(())
            },
        ),
        exchange(
            "row-3-an-empty-image-keeps-content-length-0",
            Setup::Map,
            |_| answer(200).of_type("image/gif").body(""),
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has("Content-Length", "0")?
                    .has_body("")?;
                Ok(())
            },
        ),
        exchange(
            "row-3-a-201-that-is-no-text-passes-through",
            Setup::Map,
            |_| {
                answer(201)
                    .of_type("application/octet-stream")
                    .body(image())
            },
            plain,
            |_, response, _| {
                response
                    .has_status(201)?
                    .decided("pass-through", 3)?
                    .has_its_length()?
                    .has_body(image())?;
                Ok(())
            },
        ),
    ]
}

/// Row 5.
fn no_transform() -> Vec<Scenario> {
    vec![
        exchange(
            "row-5-no-transform-leaves-a-page-untouched",
            Setup::Map,
            |_| {
                answer(200)
                    .html()
                    .field("Cache-Control", "no-transform")
                    .field("ETag", "\"v1\"")
                    .body(page(ALIAS))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 5)?
                    .has_its_length()?
                    .has("ETag", "\"v1\"")?;
                response.has_body(page(ALIAS))?;
                Ok(())
            },
        ),
        exchange(
            "row-5-no-transform-counts-in-a-later-line-and-any-letter-case",
            Setup::Map,
            |_| {
                let head = answer(200).html().field("Cache-Control", "max-age=60");
                head.field("Cache-Control", "public , No-Transform")
                    .body(page(ALIAS))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 5)?
                    .has_body(page(ALIAS))?;
                Ok(())
            },
        ),
        exchange(
            "row-5-a-quoted-no-transform-is-no-directive",
            Setup::Map,
            |_| {
                answer(200)
                    .html()
                    .field("Cache-Control", "ext=\"a, no-transform\", max-age=60")
                    .body(page(ALIAS))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "row-5-no-transform-is-ignored-where-configured",
            Setup::Tight,
            |_| {
                answer(200)
                    .html()
                    .field("Cache-Control", "no-transform")
                    .body(page(ALIAS))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
    ]
}

/// Row 6.
fn unknown_host() -> Vec<Scenario> {
    vec![
        exchange(
            "row-6-an-empty-host-leaves-a-page-unmapped",
            Setup::Open,
            |_| answer(200).html().field("ETag", "\"v1\"").body(page(ALIAS)),
            without_host,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("buffered", 6)?
                    .has_its_length()?
                    .has("ETag", "\"v1\"")?;
                response.has_body(page(ALIAS))?;
                Ok(())
            },
        ),
        exchange(
            "row-6-a-page-over-the-limit-passes-through-whole",
            Setup::Open,
            |_| {
                answer(200)
                    .html()
                    .chunks(page(ALIAS).repeat(100).chunks(1000))
            },
            without_host,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 6)?
                    .has_body(page(ALIAS).repeat(100))?;
                Ok(())
            },
        ),
        exchange(
            "row-6-an-image-passes-through-without-a-host",
            Setup::Open,
            |_| answer(200).of_type("image/png").body(image()),
            |get| get.without("Host").http_1_0(),
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_its_length()?
                    .has_body(image())?;
                Ok(())
            },
        ),
        exchange(
            "the-clients-own-host-is-the-public-one-where-none-is-configured",
            Setup::Open,
            |_| answer(200).html().body(page(ALIAS)),
            |get| get.with("Host", "shop.example.net"),
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page("http://shop.example.net"))?;
                Ok(())
            },
        ),
    ]
}

/// Rows 7 and 8.
fn not_decodable() -> Vec<Scenario> {
    let mut all = vec![
        exchange(
            "row-7-an-unknown-coding-passes-through",
            Setup::Map,
            |_| {
                answer(200)
                    .html()
                    .field("Content-Encoding", "exotic")
                    .field("ETag", "\"v1\"")
                    .body(image())
            },
            |get| get.field("Accept-Encoding", "gzip, exotic"),
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 7)?
                    .has("Content-Encoding", "exotic")?;
                response
                    .has("ETag", "\"v1\"")?
                    .has_its_length()?
                    .has_body(image())?;
                Ok(())
            },
        ),
        exchange(
            "row-8-a-single-byte-charset-is-mapped-and-keeps-its-bytes",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("text/html; charset=windows-1252")
                    .body(fill(LATIN, ALIAS))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(fill(LATIN, PUBLIC))?;
                Ok(())
            },
        ),
    ];
    for (id, media_type) in [
        ("row-8-utf-16-passes-through", "text/html; charset=utf-16le"),
        (
            "row-8-a-quoted-charset-counts",
            "text/html; charset=\"UTF-16\"",
        ),
        (
            "row-8-iso-2022-jp-passes-through",
            "text/plain;charset=ISO-2022-JP",
        ),
    ] {
        let utf_16: Vec<u8> = String::from_utf8_lossy(&page(ALIAS))
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let sent = utf_16.clone();
        all.push(exchange(
            id,
            Setup::Map,
            move |_| {
                answer(200)
                    .of_type(media_type)
                    .field("ETag", "\"v1\"")
                    .body(&sent)
            },
            plain,
            move |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 8)?
                    .has_its_length()?
                    .has("ETag", "\"v1\"")?;
                response.has_body(&utf_16)?;
                Ok(())
            },
        ));
    }
    all
}

/// UTF-8 here; the bytes of `é` are two letters of windows-1252.
const LATIN: &str = "<p>café <a href=\"{o}/é\">é</a></p>";

/// Row 11.
fn documents() -> Vec<Scenario> {
    vec![
        exchange(
            "row-11-a-document-is-buffered-for-its-post-processor",
            Setup::Document,
            |_| {
                answer(200)
                    .html()
                    .field("ETag", "\"v1\"")
                    .chunks(page(ALIAS).chunks(100))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("buffered", 11)?
                    .has_its_length()?
                    .is_complete()?;
                let decoded = String::from_utf8(response.decoded()?)?;
                ensure!(
                    !decoded.contains("//origin.example.com"),
                    "the document is not mapped: {decoded}"
                );
                ensure!(
                    decoded.contains("<a href=https://www.example.com>home</a>"),
                    "the document lost its link: {decoded}"
                );
                Ok(())
            },
        ),
        exchange(
            "row-11-a-document-over-the-limit-streams-whole",
            Setup::Document,
            |_| {
                answer(200)
                    .html()
                    .chunks(page(ALIAS).repeat(100).chunks(1000))
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 11)?
                    .has_decoded(page(PUBLIC).repeat(100))?;
                ensure!(
                    response.body.len() > SMALL_LIMIT,
                    "the scenario is not over the limit"
                );
                Ok(())
            },
        ),
        exchange(
            "row-11-what-is-no-document-streams-all-the-same",
            Setup::Document,
            |_| {
                answer(200)
                    .of_type("text/css")
                    .body(fill("a { background: url({o}/x.png) }", ALIAS))
            },
            plain,
            |_, response, _| {
                response.has_status(200)?.decided("stream", 12)?;
                response.has_decoded(fill("a { background: url({o}/x.png) }", PUBLIC))?;
                Ok(())
            },
        ),
        scenario(
            "row-12-a-page-streams-without-a-content-length",
            Setup::Map,
            |stage| {
                let origin = stage.origin.url();
                let play = stage.always(
                    answer(200)
                        .html()
                        .field("ETag", "\"v1\"")
                        .field("Accept-Ranges", "bytes")
                        .body(page(&origin)),
                );
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .lacks("Content-Length")?
                    .has("Accept-Ranges", "none")?;
                response.has("Content-Type", "text/html; charset=utf-8")?;
                same_bytes("the page", &page(PUBLIC), &response.decoded()?)?;
                response.is_complete()?;
                play.only_request()?;
                Ok(())
            },
        ),
        exchange(
            "a-body-of-noise-in-a-page-comes-out-as-it-went-in",
            Setup::Map,
            |_| {
                answer(200)
                    .html()
                    .chunked()
                    .fill_chunks(Blocks::noise(1 << 20))
                    .last_chunk()
            },
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .is_complete()?;
                Blocks::noise(1 << 20).check(&response.decoded()?)
            },
        ),
    ]
}
