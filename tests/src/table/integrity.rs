//! Hashes that pages expect of resources which the gate may change, and hashes in policies.

use super::fixture::fill;
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, exchange, scenario};
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

/// A page under policies: id, configuration, the fields of the origin's head, the origin's page,
/// and the client's page, in which `{raw}` stands for the origin.
type UnderPolicy = (
    &'static str,
    Setup,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const CSP: &str = "Content-Security-Policy";

const UNDER_POLICIES: &[UnderPolicy] = &[
    (
        "an-import-map-expects-no-hash-of-the-sites-modules",
        Setup::Map,
        &[],
        "<script type=\"importmap\">{\"imports\":{\"a\":\"{o}/a.js\"},\"integrity\":{\"{o}/a.js\":\"sha384-x\",\
         \"https://cdn.example.net/b.js\":\"sha384-y\", \"/c.js\": \"sha384-z\"}}</script>",
        "<script type=\"importmap\">{\"imports\":{\"a\":\"{o}/a.js\"},\"integrity\":{\
         \"https://cdn.example.net/b.js\":\"sha384-y\"}}</script>",
    ),
    (
        "a-script-that-the-policy-allows-by-its-integrity-alone-keeps-it",
        Setup::Map,
        &[(
            CSP,
            "script-src 'sha384-abc' https://cdn.example.net; style-src 'self'",
        )],
        "<script src=/a.js integrity=sha384-abc></script><link rel=modulepreload href=/a.js integrity=sha384-abc>\
         <script src=/b.js integrity=sha384-def></script><link rel=stylesheet href=/a.css integrity=sha384-abc>",
        "<script src=/a.js integrity=sha384-abc></script><link rel=modulepreload href=/a.js integrity=sha384-abc>\
         <script src=/b.js></script><link rel=stylesheet href=/a.css>",
    ),
    (
        "a-script-that-the-policy-allows-by-its-url-too-loses-its-integrity",
        Setup::Map,
        &[(CSP, "script-src 'sha384-abc' https://origin.example.com")],
        "<script src=/a.js integrity=sha384-abc></script>",
        "<script src=/a.js></script>",
    ),
    (
        "inline-texts-that-a-policy-allows-by-hash-stay-as-they-are",
        Setup::Map,
        &[(CSP, "default-src 'self' 'sha256-abc'")],
        "<script>fetch('{o}/a')</script><style>p{background:url({o}/b)}</style><script type=application/json>\"{o}/c\"</script>\
         <script type=module>import '{o}/d'</script><p style='background:url({o}/e)'>{o}/f</p>",
        "<script>fetch('{raw}/a')</script><style>p{background:url({raw}/b)}</style><script type=application/json>\"{o}/c\"</script>\
         <script type=module>import '{raw}/d'</script><p style='background:url({o}/e)'>{o}/f</p>",
    ),
    (
        "inline-texts-that-a-policy-allows-by-nonce-are-mapped",
        Setup::Map,
        &[(
            CSP,
            "script-src 'nonce-abc' 'sha256-abc'; style-src 'unsafe-inline'",
        )],
        "<script nonce=abc>'{o}/a'</script><style>p{background:url({o}/b)}</style><script>'{o}/c'</script>",
        "<script nonce=abc>'{o}/a'</script><style>p{background:url({o}/b)}</style><script>'{raw}/c'</script>",
    ),
    (
        "a-policy-in-the-page-keeps-what-follows-as-it-is",
        Setup::Map,
        &[],
        "<script>'{o}/a'</script><script src=/a.js integrity=sha384-abc></script>\
         <meta http-equiv=Content-Security-Policy content=\"script-src 'sha256-abc' 'sha384-abc'\">\
         <script>'{o}/b'</script></head><body><script>'{o}/c'</script><script src=/a.js integrity=sha384-abc></script>",
        "<script>'{o}/a'</script><script src=/a.js></script>\
         <meta http-equiv=Content-Security-Policy content=\"script-src 'sha256-abc' 'sha384-abc'\">\
         <script>'{raw}/b'</script></head><body><script>'{raw}/c'</script><script src=/a.js integrity=sha384-abc></script>",
    ),
    (
        "a-policy-that-is-only-reported-keeps-nothing-as-it-is",
        Setup::Map,
        &[(
            "Content-Security-Policy-Report-Only",
            "default-src 'sha256-abc'",
        )],
        "<script>'{o}/a'</script>",
        "<script>'{o}/a'</script>",
    ),
];

/// Fields of a page's head: id, configuration, name, the origin's value, and the client's. `None`
/// if the client gets no such field.
type Demand = (
    &'static str,
    Setup,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const DEMANDS: &[Demand] = &[
    (
        "what-demands-integrity-goes-with-it",
        Setup::Map,
        "Integrity-Policy",
        "blocked-destinations=(script style), endpoints=(a)",
        None,
    ),
    (
        "what-reports-a-lack-of-integrity-goes-with-it",
        Setup::Map,
        "Integrity-Policy-Report-Only",
        "blocked-destinations=(script)",
        None,
    ),
    (
        "a-demand-for-the-integrity-of-what-is-not-changed-stays",
        Setup::Scripts,
        "Integrity-Policy",
        "blocked-destinations=(script style), endpoints=(a)",
        Some("blocked-destinations=(style), endpoints=(a)"),
    ),
    (
        "a-demand-for-integrity-stays-where-only-attributes-are-mapped",
        Setup::Attributes,
        "Integrity-Policy",
        "blocked-destinations=(script)",
        Some("blocked-destinations=(script)"),
    ),
    (
        "the-integrity-of-preloads-in-fields-is-removed",
        Setup::Map,
        "Link",
        "<https://origin.example.com/a.js>; rel=modulepreload; integrity=\"sha384-abc\", \
         </a.woff2>; rel=preload; as=font; integrity=sha384-def",
        Some(
            "<https://www.example.com/a.js>; rel=modulepreload, \
             </a.woff2>; rel=preload; as=font; integrity=sha384-def",
        ),
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let pages = PAGES.iter().map(|&(id, setup, sent, expected)| {
        // The scope `attributes` leaves text as it is.
        let title = if setup == Setup::Attributes {
            ALIAS
        } else {
            PUBLIC
        };
        page(id, setup, &[], title, sent, expected)
    });
    let under_policies = UNDER_POLICIES
        .iter()
        .map(|&(id, setup, fields, sent, expected)| {
            page(id, setup, fields, PUBLIC, sent, expected)
        });
    let demands = DEMANDS.iter().map(|&(id, setup, name, sent, expected)| {
        exchange(
            id,
            setup,
            move |_| answer(200).html().field(name, sent).body(b"<p>a"),
            |get| get,
            move |_, response, _| {
                response.has_status(200)?.has_decoded(b"<p>a")?;
                match expected {
                    Some(expected) => response.has_list(name, expected).map(drop),
                    None => response.lacks(name).map(drop),
                }
            },
        )
    });
    let others = [
        exchange(
            "a-script-keeps-what-demands-integrity",
            Setup::Map,
            |_| {
                answer(200)
                    .of_type("text/javascript")
                    .field("Integrity-Policy", "blocked-destinations=(script)")
                    .body(b"a()")
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(200)?
                    .has("Integrity-Policy", "blocked-destinations=(script)")?;
                Ok(())
            },
        ),
        scenario("a-304-demands-no-integrity-either", Setup::Map, |stage| {
            stage.script(|request: &Received| {
                let known = request.fields.text("if-none-match").is_some();
                let head = answer(if known { 304 } else { 200 })
                    .field("ETag", "\"a\"")
                    .field("Integrity-Policy", "blocked-destinations=(script)");
                if known {
                    head.bare()
                } else {
                    head.html().body(b"<p>a")
                }
            });
            let response = stage.exchange(&stage.get("/x"))?;
            response.has_status(200)?.lacks("Integrity-Policy")?;
            let tag = response.fields.text("etag").unwrap_or_default();
            let response = stage.exchange(&stage.get("/x").field("If-None-Match", tag))?;
            response.has_status(304)?.lacks("Integrity-Policy")?;
            Ok(())
        }),
    ];
    pages
        .chain(under_policies)
        .chain(demands)
        .chain(others)
        .collect()
}

/// Makes a scenario of one page. In its title, the origin becomes `title`.
fn page(
    id: &str,
    setup: Setup,
    fields: &'static [(&'static str, &'static str)],
    title: &str,
    sent: &str,
    expected: &str,
) -> Scenario {
    let page = |template: &str| format!("<!DOCTYPE html><title>{{o}}</title>{template}<p>a");
    let sent = fill(&page(sent), ALIAS);
    let expected = page(expected).replacen("{o}", title, 1);
    let expected = fill(&expected.replace("{raw}", ALIAS), PUBLIC);
    exchange(
        id,
        setup,
        move |_| {
            let head = fields
                .iter()
                .fold(answer(200).html(), |head, (name, value)| {
                    head.field(name, value)
                });
            head.chunks(sent.chunks(13))
        },
        |get| get,
        move |_, response, _| {
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has_decoded(&expected)?;
            Ok(())
        },
    )
}
