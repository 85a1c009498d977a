//! Content codings: bodies are decoded, mapped, and encoded again for a client that accepts the
//! coding.

use super::fixture::page;
use crate::client::Response;
use crate::codings::{Encoder, encode};
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure};
use crate::origin::{Answer, Head, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// The codings that a browser accepts, or a client that accepts everything.
const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// Makes the head of a page in a coding.
fn coded(coding: &str) -> Head {
    answer(200).html().field("Content-Encoding", coding)
}

/// Checks that the response is a stream of the mapped page, in a coding that the client accepts.
fn is_mapped_page(response: &Response, accepted: &str) -> Verdict {
    response.has_status(200)?.decided("stream", 12)?;
    for coding in response
        .coding()
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty())
    {
        let known = accepted
            .split(", ")
            .any(|one| one == coding.to_ascii_lowercase());
        ensure!(known, "the client accepts {accepted:?} and got {coding:?}");
    }
    response.starts(&page(PUBLIC))?.has_decoded(page(PUBLIC))?;
    Ok(())
}

/// Makes a scenario of a page that the origin sends as `answer` says, for a client that accepts
/// every coding.
fn mapped(id: &str, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Scenario {
    exchange(
        id,
        Setup::Map,
        move |_| answer(),
        |get| get.field("Accept-Encoding", ACCEPTED),
        |_, response, _| is_mapped_page(response, ACCEPTED),
    )
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<_> = [
        ("a-page-in-gzip-is-mapped", "gzip", "gzip"),
        ("a-page-in-deflate-is-mapped", "deflate", "deflate"),
        ("a-page-in-raw-deflate-is-mapped", "deflate", "deflate-raw"),
        ("a-page-in-brotli-is-mapped", "br", "br"),
        ("a-page-in-zstd-is-mapped", "zstd", "zstd"),
        (
            "a-page-in-gzip-and-brotli-is-mapped",
            "gzip, br",
            "gzip, br",
        ),
        ("a-coding-is-recognised-in-any-letter-case", "GZip", "gzip"),
    ]
    .map(|(id, field, coding)| {
        mapped(id, move || {
            let body = encode(coding, &page(ALIAS));
            coded(field).chunks(body.chunks(300))
        })
    })
    .into();
    all.extend([
        mapped("gzip-with-several-members-is-decoded-completely", || {
            let page = page(ALIAS);
            let (first, second) = page.split_at(page.len() / 2);
            coded("gzip").body([encode("gzip", first), encode("gzip", second)].concat())
        }),
        mapped("garbage-after-a-gzip-body-is-ignored", || {
            coded("gzip").body([encode("gzip", &page(ALIAS)), b"\0\0\0\0garbage".to_vec()].concat())
        })
        .not_on(
            Runtime::Cloudflare,
            "the gzip body does not decode",
            "the runtime decodes before the worker reads, and its decoder fails on bytes \
             after the end (capnproto c++/src/kj/compat/gzip.c++, `GzipAsyncInputStream`)",
        ),
        mapped(
            "garbage-that-begins-like-a-gzip-member-is-ignored-after-one",
            || {
                let garbage = b"\x1f\x8bgarbage".to_vec();
                coded("gzip").body([encode("gzip", &page(ALIAS)), garbage].concat())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "the gzip body does not decode",
            "the runtime decodes before the worker reads, and its decoder fails on bytes \
             after the end (capnproto c++/src/kj/compat/gzip.c++, `GzipAsyncInputStream`)",
        ),
        exchange(
            "a-client-that-accepts-only-identity-gets-identity",
            Setup::Map,
            |_| coded("gzip").body(encode("gzip", &page(ALIAS))),
            |get| get.field("Accept-Encoding", "identity"),
            |_, response, _| is_mapped_page(response, "identity"),
        ),
        exchange(
            "an-empty-body-labelled-gzip-stays-empty",
            Setup::Map,
            |_| coded("gzip").body(""),
            |get| get.field("Accept-Encoding", ACCEPTED),
            |_, response, _| {
                response.has_status(200)?.outcome("stream")?.is_complete()?;
                let decoded = if response.body.is_empty() {
                    Vec::new()
                } else {
                    response.decoded()?
                };
                ensure!(
                    decoded.is_empty(),
                    "a body of {} bytes came out of none",
                    decoded.len()
                );
                Ok(())
            },
        ),
    ]);
    for (id, field) in [
        ("a-page-with-the-coding-none-is-mapped", "none"),
        ("a-page-with-a-charset-for-its-coding-is-mapped", "UTF-8"),
        (
            "a-page-with-a-media-type-for-its-coding-is-mapped",
            "text/html",
        ),
        (
            "a-page-with-a-transfer-encoding-for-its-coding-is-mapped",
            "8bit",
        ),
        ("a-page-with-a-weight-on-its-coding-is-mapped", "br;q=1"),
        (
            "a-page-that-was-uploaded-to-a-bucket-is-mapped",
            "aws-chunked",
        ),
        ("a-page-with-an-empty-coding-is-mapped", ""),
    ] {
        all.push(mapped(id, move || coded(field).body(page(ALIAS))));
    }
    all.push(mapped("a-coding-beside-what-is-none-counts", || {
        coded("aws-chunked, gzip").body(encode("gzip", &page(ALIAS)))
    }));
    all.push(exchange(
        "bytes-that-are-coded-under-a-false-name-stay",
        Setup::Map,
        |_| coded("UTF-8").body(encode("deflate", &page(ALIAS))),
        |get| get.field("Accept-Encoding", "identity"),
        |_, response, _| {
            response
                .has_status(200)?
                .has_body(encode("deflate", &page(ALIAS)))?;
            Ok(())
        },
    ));
    for coding in ["gzip", "br", "zstd"] {
        all.push(scenario(
            format!("{coding}-that-ends-early-looks-truncated"),
            Setup::Map,
            move |stage| {
                // The encoder is flushed after each page, so that all but the last can be decoded.
                let mut encoder = Encoder::new(coding);
                let mut body: Vec<u8> = (0..20).flat_map(|_| encoder.push(&page(ALIAS))).collect();
                body.extend(encoder.finish());
                // The framing is in order; only the coding is cut.
                let cut = body[..body.len() - 10]
                    .chunks(300)
                    .fold(coded(coding).chunked(), Answer::chunk)
                    .wait(1)
                    .last_chunk();
                let whole = coded(coding).body(encode(coding, &page(ALIAS)));
                let play = stage.script(move |request| {
                    if request.rest() == b"/cut" {
                        cut.clone()
                    } else {
                        whole.clone()
                    }
                });
                let get = stage.get("/cut").field("Accept-Encoding", ACCEPTED);
                stage.is_cut(&get, &play, &page(PUBLIC).repeat(20))?;
                let get = stage.get("/whole").field("Accept-Encoding", ACCEPTED);
                is_mapped_page(&stage.exchange(&get)?, ACCEPTED)?;
                Ok(())
            },
        ));
    }
    all
}
