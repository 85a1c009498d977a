//! Pages through mapping, integrity and structure rules: no cut changes what comes out, rules that
//! insert change nothing else, and without rules a browser makes the same tree of the page, but for
//! the URLs.

use std::sync::LazyLock;

use http::Request;
use streamgate::{Gate, Reason};

use super::common::{cut, run};
use super::edge::response;
use super::input::{Input, show};
use super::tree;

/// What rules do to a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Nothing: URLs are mapped, and that is all.
    None,
    /// They insert the texts in [`INSERTED`].
    Insertion,
    Any,
}

const INSERTED: [&str; 4] = ["[[1]]", "[[2]]", "[[3]]", "[[4]]"];

/// Rules of every kind, alone and together.
const RULES: [(Effect, &str); 10] = [
    (Effect::None, "map.integrity = 'keep'"),
    (
        Effect::None,
        "map.integrity = 'keep'\n[[html]]\nselect = 'x-none > [none]'\nremove = true\n\
         [[html]]\nselect = '*'\nunset = ['none']",
    ),
    (
        Effect::Insertion,
        "map.integrity = 'keep'\n[[html]]\nselect = '*'\nprepend = '[[1]]'\nappend = '[[2]]'\n\
         before = '[[3]]'\nafter = '[[4]]'",
    ),
    (
        Effect::Insertion,
        "map.integrity = 'keep'\n[[html]]\nselect = 'head'\nprepend = '[[1]]'\nonce = true\n\
         [[html]]\nselect = 'body'\nappend = '[[2]]'\n[[html]]\nselect = 'p a, svg'\n\
         before = '[[3]]'\nafter = '[[4]]'",
    ),
    (Effect::Any, ""),
    (
        Effect::Any,
        "[[html]]\nselect = 'p'\nremove = true\n[[html]]\nselect = 'a[href]'\nunwrap = true\n\
         [[html]]\nselect = 'svg, title'\nremove = true\nonce = true",
    ),
    (
        Effect::Any,
        "[[html]]\nselect = 'div'\nrename = 'section'\nset = { id = 'a', class = 'b' }\n\
         [[html]]\nselect = 'body'\nappend = '<script>x()</script>'\nnonce = true\n\
         [[html]]\nselect = 'p'\ninner = '<b>i</b>'\nunset = ['class']",
    ),
    (
        Effect::Any,
        "[[html]]\nselect = 'p, div, script'\n\
         replace_text = [{ find = 'te', with = '<' }, { find = '&amp;', with = 'text' }]",
    ),
    (
        Effect::Any,
        "map.scope = 'attributes'\n[[html]]\nselect = 'head'\nprepend = '<meta>'",
    ),
    (
        Effect::Any,
        "map.except_tags = ['script[src]', 'a']\n[[html]]\nselect = 'a'\nafter = '!'",
    ),
];

/// The most bytes of a page that is read byte by byte, too.
const SHORT: usize = 256;

const TYPES: [&str; 5] = [
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=windows-1252",
    "text/html; charset=Shift_JIS",
    "application/xhtml+xml",
];

/// Policies of the page: with them some scripts and hashes stay as they are.
const POLICIES: [&str; 3] = [
    "x-none: 1",
    "content-security-policy: script-src 'nonce-N' 'strict-dynamic'",
    "content-security-policy: script-src 'sha256-AAAA' origin.example.com; style-src 'sha256-B='",
];

static GATES: LazyLock<Vec<(Effect, Gate)>> = LazyLock::new(|| {
    let gate = |(effect, rules)| {
        let text = format!(
            "origin.url = 'https://origin.example.com'\n\
             origin.public = 'https://www.example.com'\n{rules}"
        );
        (effect, Gate::from_toml(&text, "fuzz").unwrap())
    };
    RULES.into_iter().map(gate).collect()
});

pub(crate) fn html(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (effect, gate) = input.choose(&GATES);
    let (media_type, policy) = (input.choose(&TYPES), input.choose(&POLICIES));
    let lengths = input.lengths();
    let page = input.rest();
    let through = |gate: &Gate, lengths: &[usize]| {
        let head = format!("content-type: {media_type}\n{policy}");
        let public = "https://www.example.com".parse().unwrap();
        let head = response(200, head.as_bytes());
        match gate.rewriter(&Request::new(()), &head, &public) {
            Ok(pipeline) => run(pipeline, cut(page, lengths)).unwrap(),
            // With attributes alone to map and no rule for XHTML, there is nothing to do.
            Err(decision) => {
                assert_eq!(decision.reason, Reason::NotProcessable);
                assert_eq!(*media_type, TYPES[4]);
                page.to_vec()
            }
        }
    };
    let whole = through(gate, &[usize::MAX]);
    // Byte by byte takes long.
    let single: &[usize] = if page.len() <= SHORT { &[1] } else { &[7] };
    for lengths in [single, &lengths] {
        let other = through(gate, lengths);
        assert_eq!(show(&other), show(&whole), "by {lengths:?}");
    }
    match effect {
        Effect::None if *media_type != TYPES[4] => tree::check_alike(page, &whole, "origin"),
        Effect::Insertion if !holds_marks(page) => {
            let mapped = through(&GATES[0].1, &[usize::MAX]);
            assert_eq!(without_inserted(&whole), show(&mapped));
        }
        _ => {}
    }
}

fn holds_marks(page: &[u8]) -> bool {
    page.windows(2).any(|two| two == b"[[" || two == b"]]")
}

fn without_inserted(page: &[u8]) -> String {
    INSERTED
        .iter()
        .fold(show(page), |page, mark| page.replace(mark, ""))
}
