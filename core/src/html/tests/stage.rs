//! The stage as a whole: when there is one, when it leaves lol_html, what it does at its limits.

use std::sync::Arc;

use encoding_rs::{GBK, SHIFT_JIS, UTF_8, WINDOWS_1252};

use super::{BODY, HEAD, assert_rewritten, compile, on_page, rewrite, stage};
use crate::config::{HtmlAction, HtmlRule};
use crate::counts::Counts;
use crate::html::nonce::Nonces;
use crate::html::progress::{Shared, Tally};
use crate::html::{AttributeMap, HtmlRules, MEMORY_LIMIT, Syntax, rule_stage};
use crate::pipeline::Transform;

#[test]
fn lol_html_is_left_once_every_rule_has_acted_for_the_last_time() {
    let once = format!("{HEAD}[[html]]\nselect = 'p'\nonce = true\nappend = '[P]'\n");
    for (rules, page, left) in [
        (HEAD, "<html>", false),
        (HEAD, "<head>", true),
        (HEAD, "<p>", true),
        (once.as_str(), "<head>", false),
        (once.as_str(), "<head><p>a", false),
        (once.as_str(), "<head><p>a</p>", true),
        (BODY, "<body>a", false),
        (BODY, "<body>a</body>", true),
        ("[[html]]\nselect = 'p'\nprepend = '1'", "<p>", false),
        (
            "[[html]]\nselect = 'p'\nonce = true\nremove = true",
            "<p>a",
            false,
        ),
        (
            "[[html]]\nselect = 'p'\nonce = true\nremove = true",
            "<p>a</p>",
            true,
        ),
    ] {
        let rules_of_page = compile(rules).rules;
        let tally = Tally::new(Counts::default(), Vec::new());
        let progress = Shared::new(Arc::clone(&rules_of_page), tally, Nonces::default());
        let mut stage = rule_stage::RuleStage::new(
            rules_of_page,
            &[],
            Some(UTF_8),
            Syntax::Html,
            progress,
            None,
            None,
            None,
        );
        let mut out = Vec::new();
        stage
            .push(&mut page.as_bytes(), &mut out)
            .expect("no input fails");
        assert_eq!(stage.has_left(), left, "{rules}\n{page}");
    }
}

#[test]
fn what_lol_html_still_held_when_it_was_left_comes_out_once_and_in_order() {
    let tail = "<div class='</p>'><!-- a --><script>if (a < b) '</scr'</script></ x><p>b</p><p";
    let rules = "[[html]]\nselect = 'p'\nprepend = '1'\nonce = true";
    assert_rewritten(
        rules,
        &format!("<p>a</p>{tail}"),
        &format!("<p>1a</p>{tail}"),
    );
}

#[test]
fn a_page_over_the_memory_limit_flows_on_unmodified_and_whole() {
    let data = "x".repeat(2 * MEMORY_LIMIT);
    let page = format!("<img alt=a><p>a</p><img alt='{data}'><img alt=b>");
    let expected = format!("[1]<img alt=a><p>a</p><img alt='{data}'><img alt=b>");
    let rules = compile("[[html]]\nselect = 'img[alt]'\nbefore = '[1]'");
    for size in [1000, 65_536, page.len()] {
        let cuts: Vec<usize> = (0..page.len()).step_by(size).collect();
        assert!(
            rewrite(stage(&rules, UTF_8), page.as_bytes(), &cuts) == expected.as_bytes(),
            "{size}"
        );
    }
    // As many open elements as no memory limit allows.
    let page = "<div>".repeat(100_000) + "<p>";
    let rules = compile("[[html]]\nselect = 'p'\nprepend = '1'");
    assert!(rewrite(stage(&rules, UTF_8), page.as_bytes(), &[]) == page.as_bytes());
}

#[test]
fn output_is_given_out_in_blocks_however_much_the_rules_insert() {
    let markup = "m".repeat(10_000);
    let rules = compile(&format!("[[html]]\nselect = 'p'\nprepend = '{markup}'"));
    let page = "<p></p>".repeat(10_000);
    let mut stage = stage(&rules, UTF_8);
    let (mut input, mut out, mut total) = (page.as_bytes(), Vec::new(), 0);
    while !input.is_empty() {
        stage.push(&mut input, &mut out).expect("no input fails");
        assert!(out.len() < 8 * 1024 / 7 * 10_010 + 10_010 + crate::pipeline::BLOCK);
        total += out.len();
        out.clear();
    }
    stage.finish(&mut out).expect("no input fails");
    assert_eq!(total + out.len(), 10_000 * 10_007);
}

#[test]
fn markup_is_written_in_the_charset_of_the_page() {
    let rules = compile(
        "[[html]]\nselect = 'head'\nprepend = 'é漢'\n[[html]]\nselect = 'p'\nprepend = 'é漢'\n",
    );
    for (encoding, page, expected) in [
        (UTF_8, &b"<head><p>"[..], "<head>é漢<p>é漢".as_bytes()),
        (UTF_8, b"<p>", "é漢<p>é漢".as_bytes()),
        (
            WINDOWS_1252,
            b"<head><p>\xFF",
            b"<head>\xE9&#28450;<p>\xE9&#28450;\xFF",
        ),
        (WINDOWS_1252, b"<p>\xFF", b"\xE9&#28450;<p>\xE9&#28450;\xFF"),
        (
            SHIFT_JIS,
            b"\x81<p>",
            b"&#233;\x8A\xBF\x81<p>&#233;\x8A\xBF",
        ),
        (GBK, b"<p>", b"\xA8\xA6\x9D\x68<p>\xA8\xA6\x9D\x68"),
    ] {
        assert_eq!(
            rewrite(stage(&rules, encoding), page, &[]),
            expected,
            "{}",
            encoding.name()
        );
    }
}

#[test]
fn selectors_find_names_and_values_in_the_charset_of_the_page() {
    let rules = compile("[[html]]\nselect = '.é, [title=\"漢字\"]'\nprepend = '1'");
    for (encoding, page, expected) in [
        (
            UTF_8,
            "<p class=é><p title=漢字><p class=è>".as_bytes(),
            "<p class=é>1<p title=漢字>1<p class=è>".as_bytes(),
        ),
        (
            WINDOWS_1252,
            b"<p class='x \xE9'><p title='??'>",
            b"<p class='x \xE9'>1<p title='??'>",
        ),
        (
            SHIFT_JIS,
            b"<p title=\x8A\xBF\x8E\x9A><p class=\xE9>",
            b"<p title=\x8A\xBF\x8E\x9A>1<p class=\xE9>",
        ),
    ] {
        let output = rewrite(stage(&rules, encoding), page, &[]);
        assert_eq!(output, expected, "{}", encoding.name());
    }
}

#[test]
fn there_is_no_stage_where_there_is_nothing_to_do() {
    let map = || -> AttributeMap { Box::new(|_| None) };
    for (rules, encoding, with_map, expected) in [
        ("", UTF_8, false, false),
        ("", UTF_8, true, true),
        ("", encoding_rs::UTF_16LE, true, false),
        (HEAD, UTF_8, false, true),
        (HEAD, encoding_rs::UTF_16LE, false, false),
        (HEAD, encoding_rs::ISO_2022_JP, false, false),
    ] {
        let page = on_page(&compile(rules), "text/html");
        let stage = page.rewriter(Some(encoding), with_map.then(map), None);
        assert_eq!(
            stage.is_some(),
            expected,
            "{rules} {} {with_map}",
            encoding.name()
        );
    }
}

#[test]
fn a_selector_that_lol_html_does_not_take_is_refused() {
    let rule = HtmlRule {
        select: "p:hover".to_owned(),
        actions: vec![HtmlAction::Remove],
        ..HtmlRule::default()
    };
    assert_eq!(
        HtmlRules::compile(&[rule], "html")
            .map_err(|error| error.to_string())
            .err()
            .as_deref(),
        Some("\"p:hover\" is no selector: Unsupported pseudo-class or pseudo-element in selector.")
    );
}
