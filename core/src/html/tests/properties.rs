//! What holds for every page, however broken and however cut.

use encoding_rs::{Encoding, GBK, SHIFT_JIS, UTF_8, WINDOWS_1252};
use proptest::prelude::*;

use super::{compile, nonce, on_page, rewrite, stage};
use crate::counts::Counts;
use crate::html::AttributeMap;
use crate::html::head_stage::HeadStage;

const TOKENS: &[&[u8]] = &[
    b"<html>",
    b"<head>",
    b"</head>",
    b"<body ",
    b"class=x",
    b"</body>",
    b"</html>",
    b"<p>",
    b"<p class='x'>",
    b"</p>",
    b"<div",
    b">",
    b"/>",
    b"<",
    b"</",
    b"<!--",
    b"-->",
    b"--!>",
    b"<!doctype html>",
    b"<![CDATA[",
    b"]]>",
    b"<script>",
    b"</script>",
    b"<style>",
    b"</style>",
    b"<title>",
    b"</title>",
    b"<textarea>",
    b"<svg>",
    b"</svg>",
    b"<math>",
    b"<mi>",
    b"<template>",
    b"</template>",
    b"<frameset>",
    b"<noscript>",
    b"<plaintext>",
    b"<table><tr><td>",
    b"</table>",
    b"<img src=\"",
    b"\"",
    b"'",
    b"=",
    b" ",
    b"\n",
    b"\0",
    b"text",
    b"&amp;",
    "é漢".as_bytes(),
    b"\xFF\xFE",
    b"\x81",
    b"<?x",
    b"<font color=a>",
    b"<foreignObject>",
    b"<annotation-xml encoding='text/html'>",
    b"<a b=c b=d>",
    b"\xEF\xBB\xBF",
    b"<!",
    b"<s",
    b"-",
    b"<!-",
    b"</s",
    b"cript>",
    b"<head",
    b"<br></br>",
    b"</ x>",
    b"<x-y Z>",
    b"<meta http-equiv=content-security-policy content=\"script-src 'nonce-N'\">",
    b"te",
    b"xt",
    b"</div>",
    b"</title",
    b"<iframe>",
    b"&am",
    b"p;",
    b"__next_f",
    b"__FLIGHT_DATA",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        20 => proptest::sample::select(TOKENS).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(token, 0..30).prop_map(|tokens| tokens.concat())
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..200_usize, 0..6).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts
    })
}

fn charset() -> impl Strategy<Value = &'static Encoding> {
    proptest::sample::select(vec![
        UTF_8,
        WINDOWS_1252,
        SHIFT_JIS,
        GBK,
        encoding_rs::BIG5,
        encoding_rs::X_USER_DEFINED,
    ])
}

/// Up to three rules with any actions that can stand together.
fn rules() -> impl Strategy<Value = String> {
    let select = proptest::sample::select(vec![
        "head",
        "body",
        "p",
        "*",
        "div, svg, title",
        "template",
        "script",
        "p.x",
        "html > *",
        "[class]",
    ]);
    let insertion = proptest::sample::subsequence(
        vec![
            "prepend = '<script>é</script>'",
            "append = '<style>漢</style>'",
            "before = '[3]'",
            "after = '[4]'",
            "nonce = true",
        ],
        0..5,
    );
    let change = proptest::sample::select(vec![
        vec!["remove = true"],
        vec!["unwrap = true"],
        vec!["unwrap = true", "inner = 'i'"],
        vec![
            "unwrap = true",
            "replace_text = { find = 'te', with = 'é<' }",
        ],
        vec!["rename = 'section'"],
        vec![
            "rename = 'div'",
            "set = { id = 'é' }",
            "unset = ['class', 'b']",
        ],
        vec!["inner = '<p>'", "unset = ['class']"],
        vec![
            "replace_text = [{ find = 'ex', with = '' }, { find = 'text', with = 'ex' }, { find = 'é', with = '&' }]",
        ],
        vec!["replace_text = { find = ' ', with = '</script' }"],
        vec![
            "set = { class = 'y' }",
            "replace_text = { find = '&amp;', with = '漢t' }",
        ],
    ]);
    let rule =
        (select, insertion, change, any::<bool>()).prop_map(|(select, insertion, change, once)| {
            let mut lines = change.clone();
            if !change.contains(&"remove = true") {
                let has_tags = insertion.iter().any(|line| line.contains("<s"));
                lines.extend(
                    insertion
                        .iter()
                        .filter(|line| has_tags || **line != "nonce = true"),
                );
            }
            format!(
                "[[html]]\nselect = '{select}'\nonce = {once}\n{}\n",
                lines.join("\n")
            )
        });
    proptest::collection::vec(rule, 1..4).prop_map(|rules| rules.concat())
}

/// `output` without the markup that the rules below insert, which no input holds.
fn without_markers(output: &[u8]) -> Vec<u8> {
    let text: String = output.iter().map(|&byte| char::from(byte)).collect();
    let text = ["[[1]]", "[[2]]", "[[3]]", "[[4]]"]
        .iter()
        .fold(text, |text, marker| text.replace(marker, ""));
    text.chars()
        .filter_map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

proptest! {
    #[test]
    fn a_page_that_no_rule_changes_comes_out_byte_for_byte(page in soup(), cuts in cuts(), encoding in charset()) {
        let rules = compile(
            "[[html]]\nselect = 'x-none'\nremove = true\n[[html]]\nselect = 'p > [none]'\nappend = '1'\n\
             [[html]]\nselect = '*'\nunset = ['none']\nreplace_text = { find = 'text text text text', with = '' }",
        );
        prop_assert_eq!(rewrite(stage(&rules, encoding), &page, &cuts), page.clone());
        let map: AttributeMap = Box::new(|_| None);
        let mapped = on_page(&rules, "text/html").rewriter(Some(encoding), Some(map), None).expect("something to do");
        prop_assert_eq!(rewrite(mapped, &page, &cuts), page);
    }

    #[test]
    fn what_rules_insert_is_all_that_they_change_and_no_cut_moves_it(page in soup(), cuts in cuts(), encoding in charset()) {
        for once in ["", "once = true\n"] {
            for select in ["head", "body", "p", "div, svg, title", "*"] {
                let rules = compile(&format!(
                    "[[html]]\nselect = '{select}'\nprepend = '[[1]]'\nappend = '[[2]]'\nbefore = '[[3]]'\nafter = '[[4]]'\n{once}"
                ));
                let whole = rewrite(stage(&rules, encoding), &page, &[]);
                prop_assert_eq!(without_markers(&whole), page.clone(), "{}", select);
                prop_assert_eq!(rewrite(stage(&rules, encoding), &page, &cuts), whole, "{}", select);
            }
        }
    }

    #[test]
    fn what_is_prepended_to_the_head_stands_where_lol_html_puts_it(
        page in soup(),
        cuts in cuts(),
        encoding in charset(),
    ) {
        let first = "[[html]]\nselect = 'head'\nprepend = '<script>é</script>'\nnonce = true\n";
        let second = "[[html]]\nselect = ' HEAD'\nprepend = '[漢]'\nonce = true\n";
        for rules in [first, second, &[first, second].concat()] {
            let counts = [Counts::new(&"html".into(), 2), Counts::new(&"html".into(), 2)];
            let of = |counts| nonce::with_policy(rules, "script-src 'nonce-S'").counted(counts);
            let [ours, theirs] = counts.each_ref().map(of);
            let in_charset = theirs.in_charset(Some(encoding));
            let lol_html = theirs.rule_stage(in_charset.into(), Some(encoding), None, None);
            let filled = ours.in_charset(Some(encoding));
            let ours = HeadStage::of(&filled, &ours.nonces, ours.tally()).expect("no other rule");
            let theirs = rewrite(Box::new(lol_html), &page, &[]);
            prop_assert_eq!(rewrite(Box::new(ours), &page, &cuts), theirs, "{}", rules);
            let [ours, theirs] = counts.each_ref().map(|counts| counts.rules().collect::<Vec<_>>());
            prop_assert_eq!(ours, theirs, "{}", rules);
        }
    }

    #[test]
    fn no_cut_changes_what_any_rules_do(rules in rules(), page in soup(), cuts in cuts(), encoding in charset()) {
        let compiled = compile(&rules);
        let whole = rewrite(stage(&compiled, encoding), &page, &[]);
        prop_assert_eq!(&rewrite(stage(&compiled, encoding), &page, &cuts), &whole, "{}", rules);
        let each: Vec<usize> = (0..page.len()).collect();
        prop_assert_eq!(rewrite(stage(&compiled, encoding), &page, &each), whole, "{}", rules);
    }

    #[test]
    fn no_cut_changes_what_is_removed_set_or_mapped(page in soup(), cuts in cuts(), encoding in charset()) {
        let rules = compile(
            "[[html]]\nselect = 'p'\nremove = true\nonce = true\n[[html]]\nselect = 'svg'\nremove = true\n[[html]]\nselect = 'div'\nset = { id = 'a' }",
        );
        let make = || {
            let map: AttributeMap = Box::new(|value| (value.len() > 3).then(|| value.to_ascii_uppercase()));
            on_page(&rules, "text/html").rewriter(Some(encoding), Some(map), None).expect("something to do")
        };
        prop_assert_eq!(rewrite(make(), &page, &cuts), rewrite(make(), &page, &[]));
        prop_assert_eq!(rewrite(stage(&rules, encoding), &page, &cuts), rewrite(stage(&rules, encoding), &page, &[]));
    }
}
