//! The truth table, row 11, and what row 12 does to a head.

use super::fixture::{fill, page};
use crate::blocks::Blocks;
use crate::client::Request;
use crate::failure::ensure;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, SMALL_LIMIT, Setup};

/// Leaves a request as it is.
fn plain(request: Request) -> Request {
    request
}

pub(super) fn scenarios() -> Vec<Scenario> {
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
            "row-11-a-document-whose-length-is-over-the-limit-streams-whole",
            Setup::Document,
            |_| answer(200).html().body(page(ALIAS).repeat(100)),
            plain,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 11)?
                    .lacks("Content-Length")?
                    .has_decoded(page(PUBLIC).repeat(100))?;
                Ok(())
            },
        ),
        exchange(
            "row-11-a-body-that-is-not-a-document-still-streams",
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
                response.same("the page", &page(PUBLIC), &response.decoded()?)?;
                response.is_complete()?;
                play.only_request()?;
                Ok(())
            },
        ),
        exchange(
            "a-page-of-random-bytes-comes-out-as-it-went-in",
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
