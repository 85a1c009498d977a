//! What each action does, alone and beside others.

use super::{PARAGRAPH, assert_rewritten};

#[test]
fn each_action_acts_at_its_place() {
    for (action, expected) in [
        (
            "prepend = '<i>'",
            "a<p class=x><i>b</p>c<p>d</p><p class='x'><i>e</p>",
        ),
        (
            "append = '<i>'",
            "a<p class=x>b<i></p>c<p>d</p><p class='x'>e<i></p>",
        ),
        (
            "before = '<i>'",
            "a<i><p class=x>b</p>c<p>d</p><i><p class='x'>e</p>",
        ),
        (
            "after = '<i>'",
            "a<p class=x>b</p><i>c<p>d</p><p class='x'>e</p><i>",
        ),
        (
            "set = { id = '\"&', class = 'y' }",
            "a<p class=\"y\" id=\"&quot;&\">b</p>c<p>d</p><p class=\"y\" id=\"&quot;&\">e</p>",
        ),
        ("remove = true", "ac<p>d</p>"),
        (
            "prepend = '1'\nappend = '2'\nbefore = '3'\nafter = '4'",
            "a3<p class=x>1b2</p>4c<p>d</p>3<p class='x'>1e2</p>4",
        ),
        (
            "once = true\nprepend = '<i>'",
            "a<p class=x><i>b</p>c<p>d</p><p class='x'>e</p>",
        ),
        (
            "once = true\nappend = '<i>'",
            "a<p class=x>b<i></p>c<p>d</p><p class='x'>e</p>",
        ),
        ("once = true\nremove = true", "ac<p>d</p><p class='x'>e</p>"),
        ("unwrap = true", "abc<p>d</p>e"),
        (
            "once = true\nunwrap = true",
            "abc<p>d</p><p class='x'>e</p>",
        ),
        (
            "unwrap = true\nprepend = '1'\nappend = '2'\nbefore = '3'\nafter = '4'",
            "a31b24c<p>d</p>31e24",
        ),
        (
            "rename = 'Section'",
            "a<section class=x>b</section>c<p>d</p><section class='x'>e</section>",
        ),
        (
            "rename = 'a-b'\nonce = true\nset = { id = '1' }\nunset = ['class']\nprepend = '1'\nafter = '2'",
            "a<a-b id=\"1\">1b</a-b>2c<p>d</p><p class='x'>e</p>",
        ),
        (
            "inner = '<i>'",
            "a<p class=x><i></p>c<p>d</p><p class='x'><i></p>",
        ),
        (
            "inner = '1'\nonce = true",
            "a<p class=x>1</p>c<p>d</p><p class='x'>e</p>",
        ),
        ("inner = ''", "a<p class=x></p>c<p>d</p><p class='x'></p>"),
        (
            "inner = '1'\nprepend = '2'\nappend = '3'",
            "a<p class=x>213</p>c<p>d</p><p class='x'>213</p>",
        ),
        ("inner = '<i>'\nunwrap = true", "a<i>c<p>d</p><i>"),
        ("unset = ['CLASS', 'id']", "a<p>b</p>c<p>d</p><p>e</p>"),
        (
            "unset = ['id']",
            "a<p class=x>b</p>c<p>d</p><p class='x'>e</p>",
        ),
    ] {
        let page = "a<p class=x>b</p>c<p>d</p><p class='x'>e</p>";
        assert_rewritten(&format!("{PARAGRAPH}{action}"), page, expected);
    }
}

#[test]
fn rules_act_one_after_another_so_that_the_later_stands_closer_to_the_tag() {
    let rules = |a: &str, b: &str| format!("{PARAGRAPH}{a}\n{PARAGRAPH}{b}\n");
    for (first, second, expected) in [
        ("prepend = '1'", "prepend = '2'", "<p class=x>21a</p>"),
        ("append = '1'", "append = '2'", "<p class=x>a12</p>"),
        ("before = '1'", "before = '2'", "12<p class=x>a</p>"),
        ("after = '1'", "after = '2'", "<p class=x>a</p>21"),
        ("before = '1'\nafter = '2'", "remove = true", "12"),
        ("prepend = '1'\nappend = '2'", "remove = true", ""),
        ("remove = true", "before = '1'\nappend = '2'", ""),
        ("remove = true", "set = { id = 'a' }", ""),
        ("unwrap = true", "before = '1'\nappend = '2'", "a"),
        ("append = '1'\nafter = '2'", "unwrap = true", "a12"),
        (
            "rename = 'b'",
            "append = '1'\nset = { id = 'a' }",
            "<b class=x id=\"a\">a1</b>",
        ),
        ("append = '1'", "rename = 'b'", "<b class=x>a1</b>"),
        ("rename = 'b'", "rename = 'i'", "<i class=x>a</i>"),
        ("rename = 'b'", "unwrap = true", "a"),
        ("rename = 'b'", "remove = true", ""),
        (
            "append = '1'\nprepend = '2'",
            "inner = '3'",
            "<p class=x>3</p>",
        ),
        (
            "inner = '3'",
            "append = '1'\nprepend = '2'",
            "<p class=x>231</p>",
        ),
        ("inner = '3'", "inner = '4'", "<p class=x>4</p>"),
        ("inner = '3'", "unwrap = true", "3"),
        (
            "unset = ['class']",
            "set = { class = 'y' }",
            "<p class=\"y\">a</p>",
        ),
        (
            "prepend = '1'\nonce = true",
            "append = '2'\nonce = true",
            "<p class=x>1a2</p>",
        ),
    ] {
        assert_rewritten(&rules(first, second), "<p class=x>a</p>", expected);
    }
}

#[test]
fn inserted_markup_is_not_looked_at_by_rules() {
    assert_rewritten(
        "[[html]]\nselect='p'\nprepend='<b></b>'\n[[html]]\nselect='b'\nremove=true",
        "<p>a<b>c</b></p>",
        "<p><b></b>a</p>",
    );
}

#[test]
fn an_element_without_content_takes_what_stands_around_it() {
    for (action, expected) in [
        ("prepend = '1'", "<p><img>a<img/></p>"),
        ("append = '1'", "<p><img>a<img/></p>"),
        ("before = '1'", "<p>1<img>a1<img/></p>"),
        ("after = '1'", "<p><img>1a<img/>1</p>"),
        ("remove = true", "<p>a</p>"),
        ("remove = true\nonce = true", "<p>a<img/></p>"),
        ("unwrap = true", "<p>a</p>"),
        ("inner = '1'", "<p><img>a<img/></p>"),
        ("rename = 'b'", "<p><img>a<img/></p>"),
    ] {
        assert_rewritten(
            &format!("[[html]]\nselect='img'\n{action}"),
            "<p><img>a<img/></p>",
            expected,
        );
    }
}

#[test]
fn an_element_without_an_end_tag_ends_with_what_encloses_it() {
    for (action, page, expected) in [
        (
            "append = '1'",
            "<div><p class=x>a</div>b",
            "<div><p class=x>a1</div>b",
        ),
        (
            "after = '1'",
            "<div><p class=x>a</div>b",
            "<div><p class=x>a1</div>b",
        ),
        ("remove = true", "<div><p class=x>a</div>b", "<div></div>b"),
        (
            "remove = true\nonce = true",
            "<div><p class=x>a</div>b<p class=x>",
            "<div></div>b<p class=x>",
        ),
        ("append = '1'", "<p class=x>a", "<p class=x>a1"),
        (
            "append = '1'\nafter = '2'",
            "<p class=x>a<p class=x>b",
            "<p class=x>a<p class=x>b1212",
        ),
        (
            "append = '1'",
            "<div class=x><p class=x>a</div>b",
            "<div class=x><p class=x>a1</div>b",
        ),
        (
            "unwrap = true\nappend = '1'",
            "<div><p class=x>a</div>b<p class=x>c",
            "<div>a1</div>bc1",
        ),
        (
            "rename = 'div'",
            "<div><p class=x>a</div>b",
            "<div><div class=x>a</div>b",
        ),
        (
            "inner = '1'",
            "<div><p class=x>a<b>c</b></div>b<p class=x>d",
            "<div><p class=x>1</div>b<p class=x>1",
        ),
    ] {
        assert_rewritten(&format!("{PARAGRAPH}{action}"), page, expected);
    }
    assert_rewritten(
        "[[html]]\nselect='.x'\nappend='1'\n[[html]]\nselect='p'\nafter='2'",
        "<div class=x><p class=x>a</div>b",
        "<div class=x><p class=x>a121</div>b",
    );
}

#[test]
fn elements_in_content_that_is_replaced_are_gone_for_all_rules() {
    assert_rewritten(
        "[[html]]\nselect='p'\ninner='1'\n[[html]]\nselect='b'\nbefore='2'\nreplace_text={find='a',with='c'}",
        "<p>a<b>a</b></p><b>a</b>",
        "<p>1</p>2<b>c</b>",
    );
}

#[test]
fn a_renamed_element_keeps_the_tags_of_what_it_stands_in() {
    let rules = "[[html]]\nselect = 'div'\nrename = 'p'\n[[html]]\nselect = 'p'\nrename = 'div'\nappend = '1'";
    for (page, expected) in [
        ("<div><p>a</p></div>", "<p><div>a1</div></p>"),
        ("<div><p>a</div>", "<p><div>a1</p>"),
        ("<p>a<div>b</p>c</div>", "<div>a<p>b1</div>c</div>"),
    ] {
        assert_rewritten(rules, page, expected);
    }
}

#[test]
fn elements_of_svg_that_close_themselves_are_renamed_as_such() {
    assert_rewritten(
        "[[html]]\nselect = 'a, path'\nrename = 'g'",
        "<svg><a/><path d='' /><a>b</a></svg>",
        "<svg><g/><g d='' /><g>b</g></svg>",
    );
}

#[test]
fn rules_act_in_templates_and_not_in_noscript_or_comments() {
    assert_rewritten(
        "[[html]]\nselect = 'img'\nset = { alt = '' }",
        "<template><img></template><noscript><img></noscript><!--[if IE]><img><![endif]--><![if !IE]><img><![endif]>",
        "<template><img alt=\"\"></template><noscript><img></noscript><!--[if IE]><img><![endif]--><![if !IE]><img alt=\"\"><![endif]>",
    );
    assert_rewritten(
        "[[html]]\nselect = 'noscript'\nunwrap = true",
        "a<noscript><img></noscript>b",
        "a<img>b",
    );
}
