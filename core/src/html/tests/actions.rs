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
    ] {
        assert_rewritten(&format!("{PARAGRAPH}{action}"), page, expected);
    }
    assert_rewritten(
        "[[html]]\nselect='.x'\nappend='1'\n[[html]]\nselect='p'\nafter='2'",
        "<div class=x><p class=x>a</div>b",
        "<div class=x><p class=x>a121</div>b",
    );
}
