//! The scope `attributes`.

use encoding_rs::UTF_8;

use super::{compile, on_page, rewrite};
use crate::html::AttributeMap;

fn mapped(rules: &str, page: &str) -> String {
    let map: AttributeMap = Box::new(|value| {
        let value = std::str::from_utf8(value).ok()?;
        value
            .contains("o.example")
            .then(|| value.replace("o.example", "www").into_bytes())
    });
    let stage = on_page(&compile(rules), "text/html")
        .rewriter(Some(UTF_8), Some(map), None)
        .expect("something to do");
    String::from_utf8_lossy(&rewrite(stage, page.as_bytes(), &[])).into_owned()
}

#[test]
fn the_scope_attributes_maps_every_value_and_nothing_else() {
    for (page, expected) in [
        (
            "<a  href='//o.example/' >o.example</a>",
            "<a href=\"//www/\">o.example</a>",
        ),
        (
            "<img srcset='//o.example/1 1x, //o.example/2 2x' alt = a>",
            "<img srcset=\"//www/1 1x, //www/2 2x\" alt = a>",
        ),
        (
            "<p data-x='{\"u\":\"//o.example\"}'>",
            "<p data-x=\"{&quot;u&quot;:&quot;//www&quot;}\">",
        ),
        (
            "<p DATA-X=//o.example/&amp;/>",
            "<p DATA-X=\"//www/&amp;/\">",
        ),
        (
            "<a href=//a href=//o.example>",
            "<a href=//a href=//o.example>",
        ),
        (
            "<a href=//o.example HREF=//b.o.example>",
            "<a href=\"//www\" HREF=//b.o.example>",
        ),
        (
            "<a =o.example é=o.example  x>",
            "<a =o.example é=\"www\" x>",
        ),
        (
            "<script>'<a href=o.example>'</script><!-- <a href=o.example> -->",
            "<script>'<a href=o.example>'</script><!-- <a href=o.example> -->",
        ),
        ("<a  b = c   d  ></a  >", "<a  b = c   d  ></a  >"),
        (
            "<a b='c\"'/d  =  e\nhref=o.example/f >",
            "<a b='c\"' d  =  e href=\"www/f\">",
        ),
        (
            "<noscript><img src=o.example></noscript><iframe><a href=o.example></iframe>",
            "<noscript><img src=o.example></noscript><iframe><a href=o.example></iframe>",
        ),
    ] {
        assert_eq!(mapped("", page), expected);
    }
}

#[test]
fn the_scope_attributes_keeps_bytes_of_no_charset() {
    let map: AttributeMap = Box::new(|value| Some([value, b"\xFE"].concat()));
    let rules = compile("[[html]]\nselect = 'none'\nremove = true");
    let stage = on_page(&rules, "text/html")
        .rewriter(Some(UTF_8), Some(map), None)
        .expect("something to do");
    let output = rewrite(stage, b"<a title=\xFF\xC3>\xFF", &[]);
    assert_eq!(output, b"<a title=\"\xFF\xC3\xFE\">\xFF");
}

#[test]
fn the_scope_attributes_leaves_what_rules_set_and_outlives_them() {
    let rules = "[[html]]\nselect = 'p'\nset = { id = 'o.example' }\nprepend = '<a href=o.example>'\nonce = true";
    assert_eq!(
        mapped(rules, "<p class=o.example></p><p class=o.example>"),
        "<p class=\"www\" id=\"o.example\"><a href=o.example></p><p class=\"www\">"
    );
}
