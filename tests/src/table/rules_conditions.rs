//! Structure rules: the pages on which they act.

use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::Setup;

/// Id, path, media type, page, and the page after the rules.
const PAGES: &[(&str, &str, &str, &str, &str)] = &[
    (
        "a-rule-for-a-path-acts-there",
        "/news/a/b.html?c=/d",
        "text/html",
        "<main>a</main>",
        "<hr><main>a</main>",
    ),
    (
        "a-rule-for-a-path-does-not-act-elsewhere",
        "/sports/a.html?/news/",
        "text/html",
        "<main>a</main>",
        "<main>a</main>",
    ),
    (
        "a-rule-for-svg-acts-only-on-svg",
        "/x",
        "image/svg+xml",
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='a.png'/><em/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='a.png' id=\"i\" /><em/></svg>",
    ),
    (
        "a-rule-for-xhtml-acts-only-on-xhtml",
        "/x",
        "application/xhtml+xml",
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><em>a</em><em/><blink>b</blink></body></html>",
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><em>a</em><sup/><em/><sup/><blink>b</blink></body></html>",
    ),
    (
        "a-rule-for-other-types-does-not-act-on-html",
        "/x",
        "text/html",
        "<svg><image href='a.png'/></svg><em>a</em>",
        "<svg><image href='a.png'/></svg><em>a</em>",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    PAGES
        .iter()
        .map(|&(id, path, media_type, page, expected)| {
            scenario(id, Setup::Markup, move |stage| {
                // A mapped URL shows that the page was rewritten, whether by rules or not.
                let body = |page: &str, host: &str| format!("{page}<!--{host}/-->");
                let sent = body(page, crate::setup::ALIAS);
                stage.always(
                    answer(200)
                        .of_type(media_type)
                        .chunks(sent.as_bytes().chunks(9)),
                );
                let response = stage.exchange(&stage.get(path))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(body(expected, crate::setup::PUBLIC))?;
                Ok(())
            })
        })
        .collect()
}
