//! URL mapping: boundaries, spellings, and matches that span chunks.

use super::fixture::{fill, news_page};
use crate::codings::encode;
use crate::failure::ensure;
use crate::origin::{Answer, answer};
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// Text in HTML, as the origin sends it and as the client gets it.
const SPELLINGS: &[(&str, &str, &str)] = &[
    (
        "hosts-that-only-look-like-the-origin-stay",
        "https://origin.example.com.evil.test/ https://notorigin.example.com/ https://origin.example.community/ \
         https://sub.origin.example.com/ https://origin.example.com-x.test/ origin.example.comic",
        "https://origin.example.com.evil.test/ https://notorigin.example.com/ https://origin.example.community/ \
         https://sub.origin.example.com/ https://origin.example.com-x.test/ origin.example.comic",
    ),
    (
        "urls-are-mapped-in-any-letter-case",
        "<a href='HTTPS://Origin.Example.COM/Path'>x</a>",
        "<a href='https://www.example.com/Path'>x</a>",
    ),
    (
        "urls-with-either-scheme-or-none-are-mapped",
        "<a href='http://origin.example.com/a'><img src=//origin.example.com/b><b>https://origin.example.com</b>",
        "<a href='https://www.example.com/a'><img src=//www.example.com/b><b>https://www.example.com</b>",
    ),
    (
        "urls-with-escaped-slashes-are-mapped",
        r#"<script>var u = {"a":"https:\/\/origin.example.com\/x","b":"\/\/origin.example.com\/y"}</script>"#,
        r#"<script>var u = {"a":"https:\/\/www.example.com\/x","b":"\/\/www.example.com\/y"}</script>"#,
    ),
    (
        "every-character-that-may-follow-a-host-ends-it",
        "https://origin.example.com?q https://origin.example.com#f 'https://origin.example.com' \
         \"https://origin.example.com\" (https://origin.example.com) https://origin.example.com, https://origin.example.com",
        "https://www.example.com?q https://www.example.com#f 'https://www.example.com' \
         \"https://www.example.com\" (https://www.example.com) https://www.example.com, https://www.example.com",
    ),
];

/// A style sheet.
const STYLE: &str = "body { background: url({o}/paper.png) }\n";

/// Makes an answer with one byte in each chunk, so that every match spans chunks.
fn dripped(body: &[u8]) -> Answer {
    answer(200).html().chunks(body.chunks(1))
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<_> = SPELLINGS
        .iter()
        .map(|&(id, sent, mapped)| {
            exchange(
                id,
                Setup::Map,
                move |_| answer(200).html().body(sent),
                |get| get,
                move |_, response, _| {
                    response
                        .has_status(200)?
                        .decided("stream", 12)?
                        .has_decoded(mapped)?;
                    Ok(())
                },
            )
        })
        .collect();
    all.extend([
        scenario(
            "an-origin-with-a-port-is-mapped-and-its-neighbours-stay",
            Setup::Map,
            |stage| {
                let origin = stage.origin.url();
                let template = "<a href='{o}/a'>a</a> <a href={o}>b</a> {o}0/ {o}.evil.test \
                http://127.0.0.1/ {o}";
                let expected = format!(
                    "<a href='{PUBLIC}/a'>a</a> <a href={PUBLIC}>b</a> {origin}0/ \
                 {origin}.evil.test http://127.0.0.1/ {PUBLIC}"
                );
                stage.always(answer(200).html().body(fill(template, &origin)));
                let response = stage.exchange(&stage.get("/x"))?;
                response.has_status(200)?.has_decoded(expected)?;
                Ok(())
            },
        ),
        exchange(
            "a-match-across-chunks-is-mapped",
            Setup::Map,
            |_| {
                dripped(&fill(
                    "<a href='{o}/x'>{e}\\/y</a><p>{o}.evil.test</p>{o}",
                    ALIAS,
                ))
            },
            |get| get,
            |_, response, _| {
                let expected = fill(
                    "<a href='{o}/x'>{e}\\/y</a><p>\
                     https://origin.example.com.evil.test</p>{o}",
                    PUBLIC,
                );
                response.has_status(200)?.has_decoded(expected)?;
                Ok(())
            },
        ),
        scenario("a-match-cut-at-every-byte-is-mapped", Setup::Map, |stage| {
            let body = fill("<a href='{o}/x'>", ALIAS);
            for cut in 1..body.len() {
                stage.always(answer(200).html().chunks([&body[..cut], &body[cut..]]));
                let response = stage.exchange(&stage.get("/x"))?;
                let decoded = response.has_status(200)?.decoded()?;
                response.same(
                    &format!("the page cut at byte {cut}"),
                    &fill("<a href='{o}/x'>", PUBLIC),
                    &decoded,
                )?;
            }
            Ok(())
        }),
        exchange(
            "the-start-of-a-match-at-the-end-of-a-page-is-not-lost",
            Setup::Map,
            |_| answer(200).html().chunks(["<p>https://origin.exam"]),
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has_decoded("<p>https://origin.exam")?;
                Ok(())
            },
        ),
        exchange(
            "a-news-page-is-mapped-to-the-same-bytes-everywhere",
            Setup::Map,
            |_| {
                let body = encode("gzip", &news_page(ALIAS));
                answer(200)
                    .html()
                    .field("Content-Encoding", "gzip")
                    .chunks(body.chunks(1400))
            },
            |get| get.field("Accept-Encoding", "gzip, br"),
            |_, response, _| {
                ensure!(
                    news_page(ALIAS).len() > 100_000,
                    "the news page is too short"
                );
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(news_page(PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "row-3-a-style-sheet-passes-through-with-the-attributes-scope",
            Setup::Attributes,
            |_| {
                answer(200)
                    .of_type("text/css")
                    .field("ETag", "\"s1\"")
                    .body(fill(STYLE, ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("pass-through", 3)?
                    .has("ETag", "\"s1\"")?;
                response.has_its_length()?.has_body(fill(STYLE, ALIAS))?;
                Ok(())
            },
        ),
        exchange(
            "text-stays-with-the-attributes-scope",
            Setup::Attributes,
            |_| {
                answer(200).html().body(
                    "<a href='https://origin.example.com/x'>\
                https://origin.example.com/x</a>",
                )
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .is_complete()?;
                let decoded = String::from_utf8(response.decoded()?)?;
                let attribute = decoded.contains("href='https://www.example.com/x'")
                    || decoded.contains("href=\"https://www.example.com/x\"");
                ensure!(
                    attribute && decoded.contains(">https://origin.example.com/x</a>"),
                    "the page is {decoded}"
                );
                Ok(())
            },
        ),
    ]);
    all
}
