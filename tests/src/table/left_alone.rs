//! The truth table, rows 5 to 8: responses that are processable and nevertheless left alone.

use super::fixture::{fill, image, page};
use crate::client::Request;
use crate::driver::Runtime;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// Leaves a request as it is.
fn plain(request: Request) -> Request {
    request
}

/// Makes a request one of a client that knows no host. Its `Host` field is there and empty (RFC
/// 9110 §7.2).
fn without_host(request: Request) -> Request {
    request.with("Host", "")
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = no_transform();
    all.extend(unknown_host());
    all.extend(not_decodable());
    all
}

/// Makes the scenarios of row 5.
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
            "row-5-no-transform-counts-in-a-later-line-and-in-any-letter-case",
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
            "row-5-a-quoted-no-transform-is-not-a-directive",
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
            "row-5-no-transform-is-ignored-if-so-configured",
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

/// Makes the scenarios of row 6.
fn unknown_host() -> Vec<Scenario> {
    let mut all = vec![
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
            without_host,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has_its_length()?
                    .has_body(image())?;
                Ok(())
            },
        ),
    ];
    all = all
        .into_iter()
        .map(|one| {
            one.not_on(
                Runtime::Fastly,
                "the connection was closed before a response head",
                NO_HOST_ON_FASTLY,
            )
            .not_on(
                Runtime::Cloudflare,
                "expected status 200, got 400 (Proxy-Status: ;",
                NO_HOST_ON_CLOUDFLARE,
            )
        })
        .collect();
    all.push(exchange(
        "the-requested-host-is-the-public-one-if-none-is-configured",
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
    ));
    all
}

/// Why a program in Viceroy sees no request without a host.
pub(super) const NO_HOST_ON_FASTLY: &str = "Viceroy closes the connection when the `Host` of a request is \
    empty or absent, before the program sees it (viceroy-lib src/downstream.rs, \
    `prepare_request`: the URL must have an authority)";

/// Why a worker in workerd sees no request without a host.
const NO_HOST_ON_CLOUDFLARE: &str = "workerd answers a request whose `Host` is empty or absent \
    with 400 before the worker sees it, because it gives the worker an absolute URL (a plain \
    worker shows the same)";

/// Makes the scenarios of rows 7 and 8.
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

/// The text is UTF-8; the bytes of `é` are two letters of windows-1252.
const LATIN: &str = "<p>café <a href=\"{o}/é\">é</a></p>";
