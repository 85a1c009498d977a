//! Structure rules: what each action does.

use super::fixture::fill;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// Id, the content of `body`, and the same after the rules.
const BODIES: &[(&str, &str, &str)] = &[
    (
        "a-rule-unwraps-an-element",
        "a<blink>b<i>c</i></blink>d<div><blink>e</div>f",
        "ab<i>c</i>d<div>e</div>f",
    ),
    (
        "a-rule-renames-an-element",
        "<div class=\"card\" id=a>x<div>y</div></div><div>z</div>",
        "<article class=\"card\" id=a>x<div>y</div></article><div>z</div>",
    ),
    (
        "a-rule-with-once-renames-once",
        "<h2>a</h2><h2>b</h2>",
        "<h3>a</h3><h2>b</h2>",
    ),
    (
        "a-rule-replaces-text-and-escapes-it",
        "<p class=brand title='Acme Ltd'>Acme Ltd, the old Acme Ltd<br>Acme <i>Ltd</i> AT&amp;T</p>Acme Ltd",
        "<p class=brand title='Acme Ltd'>Acme &amp; Sons, the Acme &amp; Sons<br>Acme <i>Ltd</i> AT&amp;T</p>Acme Ltd",
    ),
    (
        "a-rule-replaces-text-in-everything-that-an-element-contains",
        "<section class=brand><b>Acme Ltd</b><textarea>Acme Ltd</textarea><noscript>Acme Ltd</noscript></section>",
        "<section class=brand><b>Acme &amp; Sons</b><textarea>Acme &amp; Sons</textarea><noscript>Acme Ltd</noscript></section>",
    ),
    (
        "text-in-a-script-is-replaced-but-never-ends-it",
        "<script class=state>var x = 'Acme end';</script><script>Acme</script>",
        "<script class=state>var x = 'A && B end';</script><script>Acme</script>",
    ),
    (
        "a-rule-replaces-the-content-of-an-element",
        "<aside><p>a</p><img src=a></aside><aside></aside>",
        "<aside><i>nothing</i></aside><aside><i>nothing</i></aside>",
    ),
    (
        "a-rule-puts-markup-in-the-place-of-an-element",
        "a<div class=gone><div>b</div></div>c",
        "a<b>here</b>c",
    ),
    (
        "a-rule-removes-attributes",
        "<a class=tracked href='{o}/a' ONCLICK=\"t()\" ping='/p'>a</a><a onclick='t()'>b</a>",
        "<a class=tracked href='{o}/a' rel=\"nofollow\">a</a><a onclick='t()'>b</a>",
    ),
    (
        "rules-act-in-a-template-but-not-in-noscript-or-comments",
        "<template><img></template><noscript><img></noscript><!--[if IE]><img><![endif]-->",
        "<template><img loading=\"lazy\"></template><noscript><img></noscript><!--[if IE]><img><![endif]-->",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    BODIES
        .iter()
        .map(|&(id, sent, expected)| {
            let page = |body: &str| format!("<html><head></head><body>{body}</body></html>");
            let (sent, expected) = (page(sent), page(expected));
            exchange(
                id,
                Setup::Markup,
                move |_| answer(200).html().chunks(fill(&sent, ALIAS).chunks(5)),
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
        .collect()
}
