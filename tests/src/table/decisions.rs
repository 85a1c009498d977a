//! The truth table, rows 2 and 3: responses without a body by definition, and responses that are
//! not processable.

use super::fixture::{image, page};
use crate::client::Request;
use crate::codings::encode;
use crate::failure::ensure;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, Setup};

/// Leaves a request as it is.
fn plain(request: Request) -> Request {
    request
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = bodiless();
    all.extend(not_processable());
    all
}

/// Makes the scenarios of row 2.
fn bodiless() -> Vec<Scenario> {
    vec![
        scenario(
            "row-2-a-head-request-for-a-page-gets-the-fields-of-a-get",
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
            "row-2-a-head-request-for-an-image-gets-its-content-length",
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

/// Returns the target of a request that [`crate::stage::Stage::get`] made.
fn get_target(get: &Request) -> Vec<u8> {
    get.head()
        .split(|&byte| byte == b' ')
        .nth(1)
        .unwrap_or_default()
        .to_vec()
}

/// Makes the scenarios of row 3.
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
            "row-3-a-binary-201-passes-through",
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
