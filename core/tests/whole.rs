//! Properties of all stages together, whatever a body contains, whatever the rules are, and however
//! the body is cut.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that share `common`.
#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod common;

use common::{cut, rewriter, run};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use streamgate::Gate;

/// Parts of pages, complete and broken, but no part of a URL of the origin.
const MARKUP: &str = "<html> <head> </head> <head <body> </body> <body </html> <p> <p </p> <div </div> > /> < </ <!-- --> --!> \
    <!doctype <!doctypehtml> <![CDATA[ ]]> <script> </script> </script <style> </style> <title> </title> <textarea> \
    </textarea> <svg> </svg> <math> <mi> <template> </template> <frameset> <noscript> <plaintext> <table><tr><td> </table> \
    <img <a <a/href= href= src=' alt data-x=\"} class=\"p \" ' = & &amp; &# &#x2F; % %2 %2F \\ \\\\ \\u00 \\x ` { } [ ] ( ) , ; \
    : / // https: // ftp:// origin example com www text é漢 \u{85} <?x <foreignObject> <x-y <br></br> </ - <! ;base64,AAAA";

/// Bytes that no text contains.
const BYTES: [&[u8]; 8] = [
    b"\0",
    b"\x80",
    b"\xFF",
    b"\x81",
    b"\xF0\x9F",
    b"\r\n",
    b"\x0C",
    b"\x1A",
];

/// URLs of the origin in various spellings, and what each is mapped to.
const URLS: &[(&str, &str)] = &[
    ("https://origin.example.com", "https://www.example.com"),
    ("http://origin.example.com/", "https://www.example.com/"),
    ("HTTPS://Origin.Example.COM/A", "https://www.example.com/A"),
    ("//origin.example.com/a", "//www.example.com/a"),
    ("wss://origin.example.com:443/a", "wss://www.example.com/a"),
    (
        "https://u:p@origin.example.com/a",
        "https://u:p@www.example.com/a",
    ),
    (
        r"https:\/\/origin.example.com\/a",
        r"https:\/\/www.example.com\/a",
    ),
    (r"\/\/origin.example.com\/a", r"\/\/www.example.com\/a"),
    (
        r"https:\\\/\\\/origin.example.com\\\/",
        r"https:\\\/\\\/www.example.com\\\/",
    ),
    (
        r"https:\u002F\u002forigin.example.com\u002F",
        r"https:\u002F\u002fwww.example.com\u002F",
    ),
    (
        r"https:\x2F\x2Forigin.example.com",
        r"https:\x2F\x2Fwww.example.com",
    ),
    (
        r"https:\/\/origin\.example\.com\/",
        r"https:\/\/www\.example\.com\/",
    ),
    (
        "https%3A%2F%2Forigin.example.com%2Fa",
        "https%3A%2F%2Fwww.example.com%2Fa",
    ),
    (
        "https%3a%2f%2forigin.example.com",
        "https%3a%2f%2fwww.example.com",
    ),
    (
        "https%253A%252F%252Forigin.example.com",
        "https%253A%252F%252Fwww.example.com",
    ),
    (
        "https:&#x2F;&#x2F;origin.example.com",
        "https:&#x2F;&#x2F;www.example.com",
    ),
    (
        "https&#58;&#47;&#47;origin&#46;example&#46;com",
        "https&#58;&#47;&#47;www&#46;example&#46;com",
    ),
    (
        "https&colon;&sol;&sol;origin.example.com",
        "https&colon;&sol;&sol;www.example.com",
    ),
    (
        "https:&amp;#47;&amp;#47;origin.example.com",
        "https:&amp;#47;&amp;#47;www.example.com",
    ),
];

/// Texts that look like a URL of the origin but are none.
const OTHERS: [&str; 6] = [
    "https://origin.example.com.evil.test/",
    "https://notorigin.example.com/",
    "https://origin.example.community",
    "https://origin.example.com:8443/",
    "me@origin.example.com",
    "https://origin.example.com@elsewhere.test/",
];

const SELECTORS: [&str; 12] = [
    "head",
    "body",
    "p",
    "*",
    "div, svg, title",
    "a[href]",
    "img[src*='origin']",
    "p > a",
    "script",
    "template p",
    "[data-x]",
    "x-none",
];
const TYPES: [&str; 6] = [
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=windows-1252",
    "text/html; charset=Shift_JIS",
    "text/html; charset=gbk",
    "application/json",
];
const SCOPES: [&str; 2] = ["", "[map]\nscope = 'attributes'\n"];

/// Generates a body, and the same body with its URLs mapped. Both start with a letter, so that
/// there is no byte order mark.
fn soup() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let tokens: Vec<&str> = MARKUP.split(' ').collect();
    let unchanged = |bytes: &[u8]| (bytes.to_vec(), bytes.to_vec());
    // Surrounds a URL with characters that make it a URL, whatever its neighbours are.
    let quoted = |(before, (url, mapped), after): (&str, (&str, &str), &str)| {
        let between = |url| format!("{before}{url}{after}").into_bytes();
        (between(url), between(mapped))
    };
    let others = OTHERS.map(|other| (other, other)).to_vec();
    let url = prop_oneof![4 => select(URLS), 1 => select(others)];
    let url = (
        select(&["\"", "'", " ", "(", "=\"", "\n", ">"][..]),
        url,
        select(&["\"", "'", " ", ")", "\n", "<p>"][..]),
    );
    let part = prop_oneof![
        12 => select(tokens).prop_map(move |token| unchanged(token.as_bytes())),
        4 => Just(unchanged(b" ")),
        1 => select(&BYTES[..]).prop_map(unchanged),
        5 => url.prop_map(quoted),
    ];
    vec(part, 0..40).prop_map(|parts| {
        let (bodies, mapped): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        (
            [b"x".to_vec(), bodies.concat()].concat(),
            [b"x".to_vec(), mapped.concat()].concat(),
        )
    })
}

/// Generates rules that insert texts, each of which differs from everything else in a page.
fn insertions() -> impl Strategy<Value = String> {
    let rule = (select(&SELECTORS[..]), vec(any::<bool>(), 5));
    vec(rule, 0..4).prop_map(|rules| {
        let rules = rules
            .into_iter()
            .enumerate()
            .map(|(number, (selector, chosen))| {
                let keys = ["prepend", "append", "before", "after"];
                let keys = keys.iter().zip(&chosen).filter(|(_, chosen)| **chosen);
                let actions: String = keys
                    .map(|(key, _)| format!("{key} = '[[{number}]]'\n"))
                    .collect();
                let once = chosen.last().unwrap();
                let default = if actions.is_empty() {
                    "after = '[[9]]'\n"
                } else {
                    ""
                };
                format!("[[html]]\nselect = \"{selector}\"\nonce = {once}\n{actions}{default}")
            });
        rules.collect()
    })
}

/// Generates rules that change or remove parts of a page.
fn changes() -> impl Strategy<Value = String> {
    let action = select(
        &[
            "remove = true",
            "set = { alt = 'a', class = 'b' }",
            "set = { href = 'https://elsewhere.test/' }",
        ][..],
    );
    let rule = (select(&SELECTORS[..]), action, any::<bool>());
    let rule = rule.prop_map(|(selector, action, once)| {
        format!("[[html]]\nselect = \"{selector}\"\n{action}\nonce = {once}\n")
    });
    vec(rule, 0..3).prop_map(|rules| rules.concat())
}

/// Runs a body in chunks of these lengths through the stages, and returns the output.
fn through(rules: &str, media_type: &'static str, body: &[u8], lengths: &[usize]) -> Vec<u8> {
    let config = format!(
        "[origin]\nurl = 'https://origin.example.com'\npublic = 'https://www.example.com'\n{rules}"
    );
    let gate = Gate::from_toml(&config, "test").unwrap();
    run(rewriter(&gate, media_type), cut(body, lengths)).unwrap()
}

/// Removes the texts that [`insertions`] insert from a body.
fn without_insertions(body: &[u8]) -> Vec<u8> {
    let text: String = body.iter().map(|&byte| char::from(byte)).collect();
    let text = (0..10).fold(text, |text, number| {
        text.replace(&format!("[[{number}]]"), "")
    });
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn urls_are_mapped_and_no_other_byte_changes((body, mapped) in soup(), media_type in select(&TYPES[..]), lengths in vec(1..60_usize, 1..5)) {
        for lengths in [&[usize::MAX][..], &[1], &lengths] {
            let out = through("", media_type, &body, lengths);
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&mapped));
            prop_assert_eq!(&out, &mapped);
        }
    }

    #[test]
    fn rules_insert_and_no_other_byte_changes((body, mapped) in soup(), rules in insertions(), media_type in select(&TYPES[..]), lengths in vec(1..60_usize, 1..5)) {
        let whole = through(&rules, media_type, &body, &[usize::MAX]);
        let rest = without_insertions(&whole);
        prop_assert_eq!(String::from_utf8_lossy(&rest), String::from_utf8_lossy(&mapped));
        for lengths in [&[1][..], &lengths] {
            let out = through(&rules, media_type, &body, lengths);
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole));
        }
    }

    #[test]
    fn no_cut_changes_what_comes_out((body, _) in soup(), insertions in insertions(), changes in changes(), scope in select(&SCOPES[..]), media_type in select(&TYPES[..]), lengths in vec(1..60_usize, 1..5)) {
        let rules = format!("{scope}{insertions}{changes}{insertions}");
        let whole = through(&rules, media_type, &body, &[usize::MAX]);
        for lengths in [&[1][..], &lengths] {
            let out = through(&rules, media_type, &body, lengths);
            prop_assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(&whole));
            prop_assert!(out == whole);
        }
    }
}
