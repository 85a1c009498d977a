//! What is a script, against a parser that knows of trees.

use std::cell::RefCell;
use std::rc::Rc;

use lol_html::html_content::TextType;
use lol_html::{HtmlRewriter, Settings, text};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::flight::scripts::Scripts;

/// Neither `=>` nor, below, `<svg/>`: lol_html goes its own ways there.
const FRAGMENTS: [&str; 38] = [
    "@",
    "@",
    "@",
    "@",
    "<script>",
    "<script>",
    "</script>",
    "</script>",
    "<SCRIPT ",
    "</Script ",
    "<!--",
    "-->",
    "--!>",
    "<!",
    "<?",
    "</",
    "<",
    ">",
    "-",
    "/",
    "'",
    "\"",
    "=x",
    " ",
    "a",
    "<p title='",
    "<p title=\"",
    "<b class=x",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<style>",
    "</style>",
    "<noscript>",
    "</noscript>",
    "type=module ",
    "type=text/x ",
];
const FOREIGN: [&str; 7] = [
    "<svg>",
    "</svg>",
    "<math>",
    "</math>",
    "<![CDATA[",
    "]]>",
    "<title/>",
];

/// Returns whether each `@` of a page is inside of a script that runs.
fn told(pieces: &[&[u8]]) -> Vec<bool> {
    let mut scripts = Scripts::default();
    let mut all = Vec::new();
    for mut rest in pieces.iter().copied() {
        while !rest.is_empty() {
            let (len, in_script) = scripts.next(rest);
            let (now, later) = rest.split_at(len);
            all.extend(now.iter().filter(|byte| **byte == b'@').map(|_| in_script));
            rest = later;
        }
    }
    all
}

/// Returns the numbers of the `@`, which are followed by such, in the texts of scripts.
fn parsed(page: &str) -> Vec<usize> {
    let texts = Rc::new(RefCell::new(String::new()));
    let (sink, all) = (|_: &[u8]| {}, Rc::clone(&texts));
    let handler = text!("script", move |chunk| {
        if chunk.text_type() == TextType::ScriptData {
            all.borrow_mut().push_str(chunk.as_str());
        }
        Ok(())
    });
    let settings = Settings::new()
        .append_element_content_handler(handler)
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, sink);
    rewriter.write(page.as_bytes()).expect("no limit");
    rewriter.end().expect("no limit");
    let texts = texts.borrow();
    let digits = |text: &str| {
        text.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
    };
    texts
        .split('@')
        .skip(1)
        .filter_map(|text| digits(text).parse().ok())
        .collect()
}

fn numbered(fragments: &[&str]) -> String {
    let mut number = 0..;
    fragments
        .iter()
        .map(|fragment| match *fragment {
            "@" => format!(" @{};", number.next().unwrap_or(0)),
            other => other.to_owned(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn scripts_are_those_of_a_parser(fragments in vec(select(&FRAGMENTS[..]), 0..30), cuts in vec(any::<Index>(), 0..4)) {
        let page = numbered(&fragments);
        let told_of = told(&[page.as_bytes()]);
        let parsed = parsed(&page);
        for (number, is_script) in told_of.iter().enumerate() {
            prop_assert!(!is_script || parsed.contains(&number), "@{number} of {page}");
        }
        // What is in a script and not taken for it has a reason.
        let reasons = ["<!--", "type=text/x"];
        if !reasons.iter().any(|reason| page.contains(reason)) {
            let of_scripts: Vec<usize> = (0..told_of.len()).filter(|&number| told_of[number]).collect();
            prop_assert_eq!(of_scripts, parsed, "{}", page);
        }
        let bytes: Vec<&[u8]> = page.as_bytes().chunks(1).collect();
        prop_assert_eq!(&told(&bytes), &told_of);
        prop_assert_eq!(&told(&super::properties::pieces(page.as_bytes(), &cuts)), &told_of);
    }

    #[test]
    fn nothing_is_a_script_in_foreign_content_that_is_none(
        fragments in vec(prop_oneof![3 => select(&FRAGMENTS[..]), 1 => select(&FOREIGN[..])], 0..30)
    ) {
        // An end tag of foreign content that closes nothing is beyond this.
        let mut open = Vec::new();
        let balanced = fragments.iter().filter(|fragment| match **fragment {
            "<svg>" | "<math>" => { open.push(fragment.replace('<', "</")); true }
            "</svg>" | "</math>" => open.pop_if(|name| name == *fragment).is_some(),
            _ => true,
        }).copied().collect::<Vec<_>>();
        let page = numbered(&balanced);
        let parsed = parsed(&page);
        for (number, is_script) in told(&[page.as_bytes()]).iter().enumerate() {
            prop_assert!(!is_script || parsed.contains(&number), "@{number} of {page}");
        }
    }
}
