//! Heads and bodies, written and implied.

use super::{BODY, HEAD, PARAGRAPH, assert_page, assert_rewritten, compile, on_page};

#[test]
fn a_head_that_is_not_written_begins_where_the_parser_opens_it() {
    for (page, expected) in [
        (
            "<!doctype html><html><head><title>t</title></head><body>",
            "<!doctype html><html><head>[H]<title>t</title></head><body>",
        ),
        ("<HTML><HEAD lang=de>x", "<HTML><HEAD lang=de>[H]x"),
        (
            "<!doctype html><!-- <head> --><html lang='>'><title>t</title>",
            "<!doctype html><!-- <head> --><html lang='>'>[H]<title>t</title>",
        ),
        (
            "<html><body>a</body></html>",
            "<html>[H]<body>a</body></html>",
        ),
        ("<p>a<head>b", "[H]<p>a<head>b"),
        ("<header>a</header>", "[H]<header>a</header>"),
        ("\u{FEFF} text", "\u{FEFF} [H]text"),
        ("<svg><head></svg>", "[H]<svg><head></svg>"),
        (
            "<template><head></template>",
            "[H]<template><head></template>",
        ),
        (
            "<head></head><head></head>",
            "<head>[H]</head><head></head>",
        ),
        ("<head><svg><head></svg>", "<head>[H]<svg><head></svg>"),
        ("<html></html>", "<html>[H]</html>"),
        ("<!doctype html>\n", "<!doctype html>\n[H]"),
        ("</p></ x><p>", "</p>[H]</ x><p>"),
        ("<html", "[H]<html"),
        ("<html lang=", "<html lang="),
        ("<!-- a", "<!-- a"),
        ("", ""),
    ] {
        assert_rewritten(HEAD, page, expected);
        assert_rewritten(&format!("{HEAD}once = true"), page, expected);
        // Beside a rule that keeps lol_html at work to the end.
        assert_rewritten(&format!("{HEAD}{PARAGRAPH}remove = true"), page, expected);
    }
}

#[test]
fn what_is_appended_to_a_head_stands_at_its_end_be_that_written_or_not() {
    let rules = "[[html]]\nselect = 'head'\nappend = '[1]'\n[[html]]\nselect = 'HEAD'\nprepend = '[2]'\nappend = '[3]'";
    for (page, expected) in [
        (
            "<head><title>t</title></head><body>a",
            "<head>[2]<title>t</title>[1][3]</head><body>a",
        ),
        (
            "<head><title>t</title><body>a",
            "<head>[2]<title>t</title>[1][3]<body>a",
        ),
        (
            "<html><head><title>t</title></html>",
            "<html><head>[2]<title>t</title>[1][3]</html>",
        ),
        (
            "<head><title>t</title>\n<p>a</p></head><body>b",
            "<head>[2]<title>t</title>\n[1][3]<p>a</p></head><body>b",
        ),
        (
            "<head><template><body></template><body>a",
            "<head>[2]<template><body></template>[1][3]<body>a",
        ),
        (
            "<head><template></head></template><title>t</title></head><body>a",
            "<head>[2]<template></head></template><title>t</title></head>[1][3]<body>a",
        ),
        ("<head><title>t</title>", "<head>[2]<title>t</title>[1][3]"),
        ("<title>t</title>", "[2][1][3]<title>t</title>"),
        (
            "<head></head><p><body>a",
            "<head>[2][1][3]</head><p><body>a",
        ),
    ] {
        assert_rewritten(rules, page, expected);
    }
}

#[test]
fn what_is_appended_to_a_body_stands_at_its_end_be_that_written_or_not() {
    for (page, expected) in [
        (
            "<html><body>a</body></html>",
            "<html><body>a[B]</body></html>",
        ),
        ("<html><body>a</html>", "<html><body>a[B]</html>"),
        ("<body>a<p>b", "<body>a<p>b[B]"),
        ("<p>a</p>", "<p>a</p>[B]"),
        ("<p>a</body></html>", "<p>a</body></html>[B]"),
        (
            "<body>a<body>b</body>c</body>",
            "<body>a<body>b</body>c[B]</body>",
        ),
        (
            "<body><script>'</body>'</script></body>",
            "<body><script>'</body>'</script>[B]</body>",
        ),
        (
            "<template><body></template><body>a</body>",
            "<template><body></template><body>a[B]</body>",
        ),
        (
            "<body><template><p></body></template>x</body>",
            "<body><template><p></body></template>x</body>[B]",
        ),
        (
            "<body><template><template></template></html></template>x",
            "<body><template><template></template></html></template>x[B]",
        ),
        (
            "<body><template><p></template>x</body></html>",
            "<body><template><p></template>x[B]</body></html>",
        ),
        (
            "<body><div><template></div></template>x</body></html>",
            "<body><div><template></div></template>x[B]</body></html>",
        ),
        (
            "<frameset><frame></frameset>",
            "<frameset><frame></frameset>",
        ),
        (
            "<frameset><noframes><body>a</body></noframes></frameset>",
            "<frameset><noframes><body>a</body></noframes></frameset>",
        ),
        ("", ""),
    ] {
        assert_rewritten(BODY, page, expected);
        assert_rewritten(&format!("{BODY}once = true"), page, expected);
    }
    let prepend = "[[html]]\nselect = 'body'\nprepend = '[B]'";
    assert_rewritten(prepend, "<body class=a>b<body>", "<body class=a>[B]b<body>");
    assert_rewritten(prepend, "<p>a", "[B]<p>a");
}

#[test]
fn what_is_prepended_to_a_body_stands_at_its_start_be_that_written_or_not() {
    let rules = "[[html]]\nselect = 'body'\nprepend = '[1]'\nappend = '[2]'\n[[html]]\nselect = 'body'\nprepend = '[3]'";
    for (page, expected) in [
        ("<body>a</body>", "<body>[3][1]a[2]</body>"),
        ("<title>t</title> <p>a", "<title>t</title> [3][1]<p>a[2]"),
        (
            "<head></head>\na<body class=x>b</body>",
            "<head></head>\n[3][1]a<body class=x>b[2]</body>",
        ),
        ("<html><head></html>", "<html><head>[3][1]</html>[2]"),
        (
            "<script>'<p>'</script>text",
            "<script>'<p>'</script>[3][1]text[2]",
        ),
        (
            "<template><p>a</template><p>b",
            "<template><p>a</template>[3][1]<p>b[2]",
        ),
        ("<!doctype html>", "<!doctype html>[3][1][2]"),
        ("<title>t", "<title>t[2]"),
        (
            "<frameset><frame></frameset>",
            "<frameset><frame></frameset>",
        ),
        ("", ""),
    ] {
        assert_rewritten(rules, page, expected);
    }
    let rules = format!("{HEAD}append = '[h]'\n{rules}");
    assert_rewritten(
        &rules,
        "<title>t</title><p>a",
        "[H][h]<title>t</title>[3][1]<p>a[2]",
    );
    assert_rewritten(
        &rules,
        "<head><title>t</title><p>a",
        "<head>[H]<title>t</title>[h][3][1]<p>a[2]",
    );
    assert_rewritten(&rules, "<!doctype html>", "<!doctype html>[H][h][3][1][2]");
}

#[test]
fn nothing_is_inserted_into_a_head_that_an_earlier_rule_unwrapped() {
    let rule = |action: &str| format!("[[html]]\nselect = 'head'\n{action}\n");
    for (first, second, expected) in [
        (
            "unwrap = true",
            "prepend = '1'\nappend = '2'",
            "<title>a</title><p>b",
        ),
        (
            "prepend = '1'\nappend = '2'",
            "unwrap = true",
            "1<title>a</title>2<p>b",
        ),
        (
            "unwrap = true\nappend = '1'",
            "append = '2'",
            "<title>a</title>1<p>b",
        ),
    ] {
        let rules = rule(first) + &rule(second);
        assert_rewritten(&rules, "<head><title>a</title></head><p>b", expected);
    }
}

#[test]
fn nothing_is_implied_in_xml() {
    let rules = "[[html]]\nselect = 'head'\nprepend = '[H]'\nwhen.media_type = '+xml'\n\
                 [[html]]\nselect = 'body'\nprepend = '[B]'\nappend = '[b]'\nwhen.media_type = '+xml'";
    let page = on_page(&compile(rules), "application/xhtml+xml");
    for (input, expected) in [
        (
            "<html><title>t</title><p>a</p></html>",
            "<html><title>t</title><p>a</p></html>",
        ),
        (
            "<html><head></head><body>a</body></html>",
            "<html><head>[H]</head><body>[B]a[b]</body></html>",
        ),
        ("<html><head/><body/></html>", "<html><head/><body/></html>"),
    ] {
        assert_page(rules, &page, input, expected);
    }
}

#[test]
fn a_longer_selector_is_no_request_for_an_implied_element() {
    assert_rewritten(
        "[[html]]\nselect = 'html > head'\nprepend = '1'",
        "<p>a",
        "<p>a",
    );
    assert_rewritten("[[html]]\nselect = 'body.x'\nappend = '1'", "<p>a", "<p>a");
}
