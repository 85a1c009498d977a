//! The truth table, rows 4 and 10: responses other than 2xx.

use super::fixture::{fill, image, page};
use crate::blocks::Blocks;
use crate::codings::encode;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, SMALL_LIMIT, Setup};

/// Makes a body of an exact length.
fn noise(length: usize) -> Vec<u8> {
    Blocks::noise(length)
        .pieces()
        .flatten()
        .copied()
        .take(length)
        .collect()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = pages();
    all.push(exchange(
        "row-4-an-error-over-the-limit-keeps-its-length",
        Setup::Tight,
        |_| {
            answer(500)
                .of_type("image/png")
                .body(noise(4 * SMALL_LIMIT))
        },
        |get| get,
        |_, response, _| {
            response
                .has_status(500)?
                .decided("pass-through", 4)?
                .has_its_length()?
                .has_body(noise(4 * SMALL_LIMIT))?;
            Ok(())
        },
    ));
    for (id, length, outcome) in [
        (
            "row-4-an-error-at-the-limit-is-buffered",
            SMALL_LIMIT,
            "buffered",
        ),
        (
            "row-4-an-error-a-byte-over-the-limit-passes-through",
            SMALL_LIMIT + 1,
            "pass-through",
        ),
        (
            "row-4-an-error-far-over-the-limit-loses-nothing",
            40 * SMALL_LIMIT,
            "pass-through",
        ),
    ] {
        all.push(exchange(
            id,
            Setup::Tight,
            move |_| {
                answer(500)
                    .of_type("image/png")
                    .chunks(noise(length).chunks(5000))
            },
            |get| get,
            move |_, response, _| {
                response
                    .has_status(500)?
                    .decided(outcome, 4)?
                    .has_body(noise(length))?;
                if outcome == "buffered" {
                    response.has_its_length()?;
                }
                Ok(())
            },
        ));
    }
    all
}

fn pages() -> Vec<Scenario> {
    vec![
        exchange(
            "row-4-a-binary-error-gets-an-exact-length",
            Setup::Map,
            |_| answer(404).of_type("image/png").chunks(image().chunks(500)),
            |get| get,
            |_, response, _| {
                response
                    .has_status(404)?
                    .decided("buffered", 4)?
                    .has_its_length()?
                    .has_body(image())?;
                Ok(())
            },
        ),
        exchange(
            "row-4-an-error-in-gzip-keeps-the-bytes-that-its-head-describes",
            Setup::Map,
            |_| {
                answer(404)
                    .of_type("application/octet-stream")
                    .field("Content-Encoding", "gzip")
                    .field("ETag", "\"strong\"")
                    .body(encode("gzip", &image()))
            },
            |get| get.field("Accept-Encoding", "gzip"),
            |_, response, _| {
                response
                    .has_status(404)?
                    .has("ETag", "\"strong\"")?
                    .has("Content-Encoding", "gzip")?
                    .has_its_length()?
                    .has_body(encode("gzip", &image()))?;
                Ok(())
            },
        ),
        exchange(
            "row-10-an-error-page-is-buffered-and-mapped",
            Setup::Map,
            |_| {
                answer(404)
                    .html()
                    .field("ETag", "\"e1\"")
                    .chunks(page(ALIAS).chunks(100))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(404)?
                    .decided("buffered", 10)?
                    .has_its_length()?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "row-10-an-error-in-json-is-buffered-and-mapped",
            Setup::Map,
            |_| {
                answer(500)
                    .of_type("application/problem+json")
                    .body(fill(r#"{"type":"{e}\/down","at":"{o}/"}"#, ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(500)?
                    .decided("buffered", 10)?
                    .has_its_length()?;
                response.has_decoded(fill(r#"{"type":"{e}\/down","at":"{o}/"}"#, PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "row-10-an-error-page-in-gzip-is-mapped",
            Setup::Map,
            |_| {
                answer(503)
                    .html()
                    .field("Content-Encoding", "gzip")
                    .body(encode("gzip", &page(ALIAS)))
            },
            |get| get.field("Accept-Encoding", "gzip"),
            |_, response, _| {
                response
                    .has_status(503)?
                    .decided("buffered", 10)?
                    .has_its_length()?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "row-10-an-error-page-over-the-limit-streams-whole",
            Setup::Tight,
            |_| {
                answer(404)
                    .html()
                    .chunks(page(ALIAS).repeat(100).chunks(1000))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(404)?
                    .decided("stream", 10)?
                    .has_decoded(page(PUBLIC).repeat(100))?;
                Ok(())
            },
        ),
        exchange(
            "row-10-an-error-page-whose-length-is-over-the-limit-streams-whole",
            Setup::Tight,
            |_| answer(404).html().body(page(ALIAS).repeat(100)),
            |get| get,
            |_, response, _| {
                response
                    .has_status(404)?
                    .decided("stream", 10)?
                    .lacks("Content-Length")?
                    .has_decoded(page(PUBLIC).repeat(100))?;
                Ok(())
            },
        ),
        exchange(
            "row-10-an-unusual-status-survives",
            Setup::Map,
            |_| answer(418).html().body(page(ALIAS)),
            |get| get,
            |_, response, _| {
                response
                    .has_status(418)?
                    .decided("buffered", 10)?
                    .has_its_length()?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
    ]
}
