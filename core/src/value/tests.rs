use std::fmt::Write;

use html5ever::tendril::TendrilSink;
use http::Request;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use proptest::prelude::*;

use super::Template;
use crate::asked::{Asked, Depends, Needs};

/// Returns a request in which every source of values says this.
fn asked(value: &str) -> Asked {
    let mut query = String::from("/?v=");
    for byte in value.bytes() {
        write!(query, "%{byte:02X}").expect("memory");
    }
    let request = Request::get(query).body(()).expect("a request");
    Asked::new(&request, None, None, Needs::default(), || None, |_| false)
}

fn filled(template: &Template, value: &str) -> String {
    let filled = template.fill(Some(&asked(value)), &mut Depends::default());
    filled.text
}

fn markup(text: &str, value: &str) -> String {
    filled(&Template::of_markup(text).expect(text), value)
}

#[test]
fn a_value_is_escaped_for_its_place() {
    let nasty = "</p>\"'&<é\u{0}\n";
    for (text, value, expected) in [
        (
            "<p>{query.v}</p>",
            nasty,
            "<p>&lt;/p&gt;&quot;&#39;&amp;&lt;&#233;\n</p>",
        ),
        (
            "<p title='{query.v}'>",
            nasty,
            "<p title='&lt;/p&gt;&quot;&#39;&amp;&lt;&#233;\n'>",
        ),
        ("<title>{query.v}</title>", "a<b", "<title>a&lt;b</title>"),
        (
            "<script>a = \"{query.v}\"</script>",
            nasty,
            "<script>a = \"\\u003c\\u002fp\\u003e\\u0022\\u0027\\u0026\\u003c\\u00e9\\u000a\"</script>",
        ),
        (
            "<script>a = '{query.v}'</script>",
            "😀",
            "<script>a = '\\ud83d\\ude00'</script>",
        ),
        (
            "<script type=\"application/ld+json\">{\"a\": \"{query.v}\"}</script>",
            "b\"",
            "<script type=\"application/ld+json\">{\"a\": \"b\\u0022\"}</script>",
        ),
        (
            "<a href=\"/?a={query.v}&amp;b\">",
            "x&b=/é",
            "<a href=\"/?a=x%26b%3D%2F%C3%A9&amp;b\">",
        ),
        (
            "<a href=\"/u/{query.v|none}/b\">",
            "a/b",
            "<a href=\"/u/a%2Fb/b\">",
        ),
        (
            "<a href=\"/u/{query.v|none}/b\">",
            "..",
            "<a href=\"/u/none/b\">",
        ),
        ("<a href=\"/{query.v|none}/b\">", "", "<a href=\"/none/b\">"),
        (
            "<p>{query.w|it's <you>}</p>",
            "",
            "<p>it&#39;s &lt;you&gt;</p>",
        ),
        ("<p>{query.w}</p>", "", "<p></p>"),
        (
            "<style>p{color:red}</style>{query.v}",
            "a",
            "<style>p{color:red}</style>a",
        ),
        (
            "<link rel=canonical href=\"https://a.example{request.path}\">",
            "",
            "<link rel=canonical href=\"https://a.example/\">",
        ),
        (
            "<noscript><img alt=\"{query.v}\"></noscript>",
            "\"<",
            "<noscript><img alt=\"&quot;&lt;\"></noscript>",
        ),
        (
            "<my-cart user=\"{query.v}\">",
            "a b",
            "<my-cart user=\"a b\">",
        ),
    ] {
        assert_eq!(markup(text, value), expected, "{text}");
    }
}

#[test]
fn a_place_that_nothing_makes_safe_is_refused() {
    for (text, place) in [
        ("<{query.v}>", "a tag"),
        ("<p {query.v}>", "a tag"),
        ("<p title={query.v}>", "without quotes"),
        ("<p title=\"{query.v}\"", "a tag that does not end"),
        ("<p onclick=\"{query.v}\">", "the attribute \"onclick\""),
        ("<p style=\"{query.v}\">", "the attribute \"style\""),
        ("<my-x onclick='{query.v}'>", "the attribute \"onclick\""),
        ("<img srcset='/{query.v|a}'>", "the attribute \"srcset\""),
        ("<iframe srcdoc='{query.v}'>", "the attribute \"srcdoc\""),
        ("<set to='{query.v}'>", "the attribute \"to\""),
        ("<input type='{query.v}'>", "the attribute \"type\""),
        (
            "<meta http-equiv=refresh content='0;url={query.v}'>",
            "a field of the response",
        ),
        ("<a href='{query.v}'>", "the start of a URL"),
        (
            "<a href='javascript:a(\"{query.v}\")'>",
            "a URL of the scheme",
        ),
        (
            "<a href='java&#x73;cript&colon;{query.v}'>",
            "a URL of the scheme",
        ),
        ("<a href='//{query.v}/'>", "the start of a URL"),
        ("<a href='/?a={nonce}'>", "would tell the nonce"),
        ("<a href='/{query.v}'>", "needs a default"),
        ("<a href='/{query.v|..}'>", "needs a default"),
        (
            "<base href='/{query.v|a}'>",
            "the attribute \"href\" of <base>",
        ),
        (
            "<script src='/{query.v|a}.js'>",
            "only a query or a fragment",
        ),
        (
            "<link rel=stylesheet href='/{query.v|a}'>",
            "only a query or a fragment",
        ),
        ("<!-- {query.v} -->", "a comment"),
        ("<!doctype {query.v}>", "a comment"),
        ("<style>{query.v}</style>", "a style"),
        ("<xmp>{query.v}</xmp>", "no markup"),
        ("<plaintext>{query.v}", "no markup"),
        ("<script>{query.v}</script>", "outside of a text in quotes"),
        ("<script>`{query.v}`</script>", "a template literal"),
        ("<script>// {query.v}\n</script>", "a comment of a script"),
        (
            "<script type=text/x>'{query.v}'</script>",
            "a type that is not known",
        ),
        (
            "<script type=importmap>{\"a\":\"{query.v}\"}</script>",
            "a type that is not known",
        ),
        ("<svg><script>'{query.v}'</script></svg>", "<svg>"),
        (
            "<noscript><script>'{query.v}'</script></noscript>",
            "<noscript>",
        ),
        (
            "<noscript><p title='</noscript><script>{query.v}'></noscript>",
            "ends in two places",
        ),
        ("<p>&{query.v};", "a character reference"),
        ("<p title='&#x{query.v}'>", "a character reference"),
    ] {
        let error = Template::of_markup(text).map(|_| ()).expect_err(text);
        assert!(error.contains(place), "{text}: {error}");
    }
}

#[test]
fn what_a_selector_leaves_open_is_refused() {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let content =
        |names: Option<Vec<String>>| Template::of_content("{query.v}", names.as_deref()).is_ok();
    assert!(content(Some(names(&["p", "title"]))));
    assert!(!content(Some(names(&["p", "script"]))));
    assert!(!content(None));
    assert!(Template::of_content("<p>{}", None).is_ok());
    let set = |element: Option<&str>, name: &str, text: &str| {
        let elements = element.map(|element| names(&[element]));
        Template::of_attribute(text, elements.as_deref(), name).is_ok()
    };
    assert!(set(None, "title", "{query.v}"));
    assert!(!set(None, "onclick", "{query.v}"));
    assert!(set(Some("a"), "href", "/{query.v|a}"));
    assert!(!set(None, "href", "/{query.v|a}"));
    assert!(set(None, "href", "/?{query.v}"));
    assert!(!set(Some("script"), "src", "{query.v}"));
}

#[test]
fn the_url_of_a_fetch_keeps_its_host() {
    let url = |text: &str| Template::of_url(text).map(|template| filled(&template, "a/b?c"));
    assert_eq!(url("/cart?u={query.v}").as_deref(), Ok("/cart?u=a%2Fb%3Fc"));
    assert_eq!(url("/u/{query.v|0}/x").as_deref(), Ok("/u/a%2Fb%3Fc/x"));
    assert!(url("{query.v}").is_err());
    assert!(url("https://{query.v}/").is_err());
}

/// Markup with values in every kind of place.
const PLACES: &[&str] = &[
    "<p>a{query.v}b</p>",
    "<p title=\"a{query.v}b\">c</p>",
    "<p title='{query.v}'>c</p>",
    "<textarea>{query.v}</textarea>",
    "<title>{query.v}</title>",
    "<a href='/a?b={query.v}#{query.v}'>c</a>",
    "<a href='https://a.example/{query.v|none}/b'>c</a>",
    "<script>var a = '{query.v}'; b()</script>",
    "<script type=application/json>{\"a\":\"{query.v}\"}</script>",
    "<noscript><p title=\"{query.v}\">{query.v}</p></noscript>",
    "<svg><title>{query.v}</title><a xlink:href='/?{query.v}'>{query.v}</a></svg>",
    "<table>{query.v}</table><select>{query.v}</select>",
    "<img alt='{query.v}' src='/i?{query.v}'><p data-a='{query.v}'>{query.v}{query.v}",
];

/// Returns a tree without its texts and values: names of elements and attributes, by depth.
fn shape(page: &str) -> Vec<String> {
    fn walk(node: &Handle, depth: usize, shape: &mut Vec<String>) {
        match &node.data {
            NodeData::Element { name, attrs, .. } => {
                let attrs = attrs.borrow();
                let attrs: Vec<_> = attrs.iter().map(|it| it.name.local.to_string()).collect();
                shape.push(format!("{depth} {} {}", name.local, attrs.join(" ")));
            }
            NodeData::Comment { .. } => shape.push(format!("{depth} comment")),
            NodeData::ProcessingInstruction { .. } => shape.push(format!("{depth} instruction")),
            _ => {}
        }
        let children = node.children.borrow();
        children
            .iter()
            .for_each(|child| walk(child, depth + 1, shape));
    }
    let dom = html5ever::parse_document(RcDom::default(), html5ever::ParseOpts::default());
    let dom = dom.one(page);
    let mut found = Vec::new();
    walk(&dom.document, 0, &mut found);
    found
}

/// Returns a value as a page can have it.
fn shown(value: &str) -> String {
    let forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    value.chars().filter(|&c| !forbidden(c)).collect()
}

proptest! {
    #[test]
    fn no_value_leaves_its_place(
        value in prop_oneof![
            any::<String>(),
            "[<>\"'&/\\\\`;:a-z=!\\-\\[\\]{}()$#%. \n\u{2028}]{0,12}",
            Just("</script><script>alert(1)</script>".to_owned()),
            Just("--><img src=x onerror=alert(1)>".to_owned()),
        ],
    ) {
        for text in PLACES {
            let page = markup(text, &value);
            prop_assert!(page.is_ascii());
            prop_assert_eq!(shape(&page), shape(&markup(text, "x")), "{}", page);
        }
    }

    #[test]
    fn a_text_of_a_script_is_the_value(value in any::<String>()) {
        for (before, after) in [
            ("<script>var a = \"", "\"; b()</script>"),
            ("<script type=application/json>{\"a\":\"", "\"}</script>"),
        ] {
            let page = markup(&format!("{before}{{query.v}}{after}"), &value);
            let text = page.strip_prefix(before).and_then(|it| it.strip_suffix(after));
            // The escapes are both JavaScript's and JSON's.
            let read: String = serde_json::from_str(&format!("\"{}\"", text.expect("the text")))?;
            prop_assert_eq!(read, shown(&value));
        }
    }

    #[test]
    fn a_url_keeps_what_stands_around_a_value(value in any::<String>()) {
        let page = markup("<a href=\"/u/{query.v|none}/b?c={query.v}&amp;d\">", &value);
        let url = page.strip_prefix("<a href=\"/u/").and_then(|it| it.strip_suffix("&amp;d\">"));
        let (segment, query) = url.and_then(|url| url.split_once("/b?c=")).expect("the parts");
        let plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
        };
        prop_assert!(plain(segment) && plain(query));
        prop_assert!(!segment.trim_matches('.').is_empty());
    }

    #[test]
    fn no_markup_makes_a_template_panic(text in "[<>\"'&/a-z=!\\-{}|. é\n]{0,40}", value in any::<String>()) {
        if let Ok(template) = Template::of_markup(&format!("{text}{{query.v}}{text}")) {
            filled(&template, &value);
        }
    }
}
