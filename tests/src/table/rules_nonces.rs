//! Structure rules: nonces, and heads and bodies without tags.

use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::Setup;

struct Page {
    id: &'static str,
    /// The values of `Content-Security-Policy`, each a field of its own.
    policies: &'static [&'static str],
    sent: &'static str,
    expected: &'static str,
}

const PAGES: &[Page] = &[
    Page {
        id: "inserted-scripts-and-styles-take-the-nonce-of-the-head",
        policies: &[
            "default-src 'self'; script-src 'nonce-c2NyaXB0' 'strict-dynamic'; style-src-elem 'nonce-c3R5bGU='",
        ],
        sent: "<html><head><title>t</title></head><body>a</body></html>",
        expected: "<html><head><script nonce=\"c2NyaXB0\">first()</script><title>t</title><script nonce=\"c2NyaXB0\">last()</script>\
                   </head><body><style nonce=\"c3R5bGU=\">b{}</style>a<script nonce=\"c2NyaXB0\" src=\"/end.js\"></script></body></html>",
    },
    Page {
        id: "of-several-policies-the-nonce-that-all-have-counts",
        policies: &[
            "script-src 'nonce-a' 'nonce-b'",
            "img-src *",
            "default-src 'nonce-b'",
        ],
        sent: "<head></head><body></body>",
        expected: "<head><script nonce=\"b\">first()</script><script nonce=\"b\">last()</script></head>\
                   <body><style nonce=\"b\">b{}</style><script nonce=\"b\" src=\"/end.js\"></script></body>",
    },
    Page {
        id: "a-policy-in-the-page-counts-for-what-follows-it",
        policies: &[],
        sent: "<head><meta http-equiv=Content-Security-Policy content=\"script-src &#39;nonce-m&#39;\"></head><body>a</body>",
        expected: "<head><script>first()</script><meta http-equiv=Content-Security-Policy content=\"script-src &#39;nonce-m&#39;\">\
                   <script nonce=\"m\">last()</script></head><body><style>b{}</style>a<script nonce=\"m\" src=\"/end.js\"></script></body>",
    },
    Page {
        id: "a-policy-in-a-body-without-a-tag-does-not-count",
        policies: &[],
        sent: "<title>x</title><p>a</p><meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-EVIL'\">",
        expected: "<script>first()</script><script>last()</script><title>x</title><style>b{}</style><p>a</p>\
                   <meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-EVIL'\">\
                   <script src=\"/end.js\"></script>",
    },
    Page {
        id: "without-a-valid-nonce-none-is-added",
        policies: &["script-src 'self' 'sha256-abc' 'nonce-\"x\"'; style-src 'unsafe-inline'"],
        sent: "<head></head><body></body>",
        expected: "<head><script>first()</script><script>last()</script></head>\
                   <body><style>b{}</style><script src=\"/end.js\"></script></body>",
    },
    Page {
        id: "a-head-and-a-body-without-tags-get-nonces-where-they-begin-and-end",
        policies: &["default-src 'nonce-d'"],
        sent: "<!DOCTYPE html>\n<title>t</title><script>'<p>'</script>\n<p>a</p>",
        expected: "<!DOCTYPE html>\n<script nonce=\"d\">first()</script><script nonce=\"d\">last()</script><title>t</title>\
                   <script>'<p>'</script>\n<style nonce=\"d\">b{}</style><p>a</p><script nonce=\"d\" src=\"/end.js\"></script>",
    },
    Page {
        id: "a-head-without-an-end-tag-ends-where-the-body-begins",
        policies: &[],
        sent: "<head><title>t</title>\n<p>a",
        expected: "<head><script>first()</script><title>t</title>\n<script>last()</script><style>b{}</style><p>a\
                   <script src=\"/end.js\"></script>",
    },
    Page {
        id: "a-page-with-frames-has-no-body",
        policies: &[],
        sent: "<html><head></head><frameset><frame src=a></frameset></html>",
        expected: "<html><head><script>first()</script><script>last()</script></head><frameset><frame src=a></frameset></html>",
    },
];

pub(super) fn scenarios() -> Vec<Scenario> {
    PAGES
        .iter()
        .map(|page| {
            scenario(page.id, Setup::Markup, move |stage| {
                let head = page
                    .policies
                    .iter()
                    .fold(answer(200).html(), |head, policy| {
                        head.field("Content-Security-Policy", policy)
                    });
                stage.always(head.chunks(page.sent.as_bytes().chunks(9)));
                let response = stage.exchange(&stage.get("/nonce"))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page.expected)?;
                Ok(())
            })
        })
        .collect()
}
