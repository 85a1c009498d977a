//! Structure rules: what the configuration `rules` does to a page.

use super::fixture::{fill, news_page};
use crate::codings::encode;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// The markup that is inserted into `head`.
const TAG: &str = "<script src=\"/_sg/tag.js\"></script>";

/// The content of `body` before and after the rules: id, the origin's template, the client's
/// template.
const BODIES: &[(&str, &str, &str)] = &[
    (
        "a-rule-puts-markup-around-every-match",
        "<h1>a</h1><h1 class=x>b</h1>",
        "<!--before--><h1>a</h1><!--after--><!--before--><h1 class=x>b</h1><!--after-->",
    ),
    (
        "a-rule-removes-an-element-with-its-content",
        "<p>a<script src=\"/tracker.js\">var x = \"</div>\";</script>b<script src=/other.js></script></p>",
        "<hr><p>ab<script src=/other.js></script></p>",
    ),
    (
        "a-rule-sets-an-attribute",
        "<img src=\"/a.png\"><img loading=\"eager\" src=\"{o}/b.png\">",
        "<img src=\"/a.png\" loading=\"lazy\"><img loading=\"lazy\" src=\"{o}/b.png\">",
    ),
    (
        "a-rule-with-once-acts-once",
        "<p>a</p><p>b</p><head></head><p>c</p>",
        "<hr><p>a</p><p>b</p><head></head><p>c</p>",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<_> = BODIES
        .iter()
        .map(|&(id, sent, expected)| {
            let sent = format!("<html><head><title>t</title></head><body>{sent}</body></html>");
            let expected = format!(
                "<html><head>{TAG}<title>t</title></head><body>{expected}<!--end--></body></html>"
            );
            exchange(
                id,
                Setup::Rules,
                move |_| answer(200).html().chunks(fill(&sent, ALIAS).chunks(7)),
                |get| get,
                move |_, response, _| {
                    response
                        .has_status(200)?
                        .decided("stream", 12)?
                        .has_decoded(fill(&expected, PUBLIC))?;
                    Ok(())
                },
            )
        })
        .collect();
    all.extend([
        exchange(
            "rules-find-an-implied-head-and-body",
            Setup::Rules,
            |_| {
                answer(200)
                    .html()
                    .body("<!DOCTYPE html><title>t</title><p>a")
            },
            |get| get,
            |_, response, _| {
                let expected = format!("<!DOCTYPE html>{TAG}<title>t</title><hr><p>a<!--end-->");
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(expected)?;
                Ok(())
            },
        ),
        exchange(
            "a-news-page-with-rules-becomes-the-same-bytes-everywhere",
            Setup::Rules,
            |_| {
                let body = encode("br", &news_page(ALIAS));
                answer(200)
                    .html()
                    .field("Content-Encoding", "br")
                    .chunks(body.chunks(1400))
            },
            |get| get.field("Accept-Encoding", "br, gzip"),
            |_, response, _| {
                let expected = String::from_utf8(news_page(PUBLIC))?
                    .replacen("<head>", &format!("<head>{TAG}"), 1)
                    .replace("<h1>News</h1>", "<!--before--><h1>News</h1><!--after-->")
                    .replacen("<p>", "<hr><p>", 1)
                    .replace(" alt=''>", " alt='' loading=\"lazy\">")
                    .replace("</body>", "<!--end--></body>");
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(expected)?;
                Ok(())
            },
        ),
        exchange(
            "rules-leave-bodies-other-than-pages-alone",
            Setup::Rules,
            |_| {
                answer(200)
                    .of_type("application/json")
                    .body(fill(r#"{"html":"<head></head><p>","u":"{o}/"}"#, ALIAS))
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has_decoded(fill(r#"{"html":"<head></head><p>","u":"{o}/"}"#, PUBLIC))?;
                Ok(())
            },
        ),
        exchange(
            "rules-act-on-an-error-page-too",
            Setup::Rules,
            |_| {
                answer(404)
                    .html()
                    .body("<html><head></head><body></body></html>")
            },
            |get| get,
            |_, response, _| {
                let expected = format!("<html><head>{TAG}</head><body><!--end--></body></html>");
                response
                    .has_status(404)?
                    .decided("buffered", 10)?
                    .has_its_length()?
                    .has_decoded(expected)?;
                Ok(())
            },
        ),
    ]);
    all
}
