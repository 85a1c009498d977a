//! On which pages rules act.

use encoding_rs::UTF_8;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::{assert_page, compile, on_page};
use crate::media_type::MediaType;

const REMOVE: &str = "[[html]]\nselect = 'p'\nremove = true\n";

/// Returns whether a rule with this condition acts on a page of a type.
fn acts(when: &str, media_type: &str) -> bool {
    let rules = compile(&format!("{REMOVE}{when}"));
    let page = on_page(&rules, media_type);
    assert_eq!(
        page.is_empty(),
        page.rewriter(Some(UTF_8), None, None).is_none()
    );
    !page.is_empty()
}

#[test]
fn a_rule_acts_on_html_unless_it_names_types() {
    for (when, html, xhtml, svg) in [
        ("", true, false, false),
        ("when.path = '/news/*'", true, false, false),
        (
            "when.media_type = 'application/xhtml+xml'",
            false,
            true,
            false,
        ),
        ("when.media_type = ['Text/HTML', '+XML']", true, true, true),
        ("when.media_type = 'image/svg+xml'", false, false, true),
    ] {
        let acts = ["text/html", "application/xhtml+xml", "image/svg+xml"]
            .map(|media_type| acts(when, media_type));
        assert_eq!(acts, [html, xhtml, svg], "{when}");
        assert!(!self::acts(when, "text/css"), "{when}");
    }
}

#[test]
fn a_rule_acts_on_the_paths_that_fit() {
    // The path is `/news/a`.
    for (when, expected) in [
        ("path = '/news/a'", true),
        ("path = '/news/*'", true),
        ("path = ['/sports/*', '*/a']", true),
        ("path = '/News/*'", false),
        ("path = '/news'", false),
        ("path = '/news/*', media_type = 'text/html'", true),
        ("path = '/news/*', media_type = '+xml'", false),
        ("path = '/x', media_type = 'text/html'", false),
    ] {
        assert_eq!(
            acts(&format!("when = {{ {when} }}"), "text/html"),
            expected,
            "{when}"
        );
    }
}

#[test]
fn only_the_rules_of_a_page_act_on_it() {
    let rules = compile(&format!(
        "{REMOVE}when.path = '/x'\n[[html]]\nselect = 'b'\nremove = true\nwhen.path = '/y'"
    ));
    let mut head = HeaderMap::new();
    head.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    let media_type = MediaType::of(&head).expect("a media type");
    let response = super::response(head);
    for (path, expected) in [
        ("/x", Some("<b>b</b>")),
        ("/y", Some("<p>a</p>")),
        ("/z", None),
    ] {
        let page = rules.on_page(path, &media_type, &response, None);
        match expected {
            Some(expected) => assert_page(path, &page, "<p>a</p><b>b</b>", expected),
            None => assert!(page.rewriter(Some(UTF_8), None, None).is_none()),
        }
    }
}

#[test]
fn rules_act_on_svg() {
    let rules = "[[html]]\nselect = 'image'\nset = { width = '1' }\nafter = '<a/>'\n[html.when]\nmedia_type = 'image/svg+xml'";
    let page = on_page(&compile(rules), "image/svg+xml");
    assert_page(
        rules,
        &page,
        "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='a'/><style>a>b{}</style></svg>",
        "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='a' width=\"1\" /><a/><style>a>b{}</style></svg>",
    );
}
