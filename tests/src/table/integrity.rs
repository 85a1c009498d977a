//! The `integrity` attributes of resources that the gate may change.

use super::fixture::fill;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// Id, configuration, the origin's page, the client's page.
const PAGES: &[(&str, Setup, &str, &str)] = &[
    (
        "the-integrity-of-a-mapped-script-is-removed",
        Setup::Map,
        "<script src=\"{o}/a.js\" integrity=\"sha384-abc\" crossorigin=\"anonymous\" defer></script>",
        "<script src=\"{o}/a.js\" crossorigin=\"anonymous\" defer></script>",
    ),
    (
        "the-integrity-of-a-relative-style-sheet-is-removed",
        Setup::Map,
        "<link rel=stylesheet integrity='sha256-x sha512-y' href=/a.css><LINK REL=preload AS=style HREF=b.css INTEGRITY=sha256-z>",
        "<link rel=stylesheet href=/a.css><LINK REL=preload AS=style HREF=b.css>",
    ),
    (
        "the-integrity-of-another-hosts-resource-stays",
        Setup::Map,
        "<script src=https://cdn.example.net/a.js integrity=sha384-abc></script>\
         <link rel=stylesheet href=//cdn.example.net/a.css integrity=sha384-abc>",
        "<script src=https://cdn.example.net/a.js integrity=sha384-abc></script>\
         <link rel=stylesheet href=//cdn.example.net/a.css integrity=sha384-abc>",
    ),
    (
        "the-integrity-of-a-font-stays",
        Setup::Map,
        "<link rel=preload as=font href={o}/a.woff2 integrity=sha384-abc crossorigin>",
        "<link rel=preload as=font href={o}/a.woff2 integrity=sha384-abc crossorigin>",
    ),
    (
        "integrity-is-removed-in-comments-and-noscript-but-not-in-text",
        Setup::Map,
        "<!--[if IE]><script src=a.js integrity=x></script><![endif]--><noscript><link rel=stylesheet href=a integrity=x></noscript>\
         <p integrity=x>integrity</p><script>s.integrity = 'sha384-abc'</script>",
        "<!--[if IE]><script src=a.js></script><![endif]--><noscript><link rel=stylesheet href=a></noscript>\
         <p integrity=x>integrity</p><script>s.integrity = 'sha384-abc'</script>",
    ),
    (
        "integrity-stays-in-a-script-that-builds-a-tag-from-strings",
        Setup::Map,
        "<script>s='<script src='+u+(i?' integrity='+i:'')+'></scr'+'ipt>'; f(a>b)</script>",
        "<script>s='<script src='+u+(i?' integrity='+i:'')+'></scr'+'ipt>'; f(a>b)</script>",
    ),
    (
        "integrity-stays-where-style-sheets-are-not-processable",
        Setup::Scripts,
        "<link rel=stylesheet href=/a.css integrity=sha384-abc><script src=/a.js integrity=sha384-abc></script>",
        "<link rel=stylesheet href=/a.css integrity=sha384-abc><script src=/a.js></script>",
    ),
    (
        "integrity-stays-where-only-attributes-are-mapped",
        Setup::Attributes,
        "<script src=\"/a.js\" integrity=\"sha384-abc\"></script>",
        "<script src=\"/a.js\" integrity=\"sha384-abc\"></script>",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    PAGES
        .iter()
        .map(|&(id, setup, sent, expected)| {
            let page =
                |template: &str| format!("<!DOCTYPE html><title>{{o}}</title>{template}<p>a");
            let (sent, expected) = (page(sent), page(expected));
            // The scope `attributes` leaves text as it is.
            let title = if setup == Setup::Attributes {
                ALIAS
            } else {
                PUBLIC
            };
            let expected = expected.replacen("{o}", title, 1);
            exchange(
                id,
                setup,
                move |_| answer(200).html().chunks(fill(&sent, ALIAS).chunks(13)),
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
