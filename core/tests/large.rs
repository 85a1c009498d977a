//! Pages that are too large or too odd for a parser. However they are cut, they arrive complete and
//! mapped, the rules act on everything before the point where lol_html gives up, and the memory
//! held stays within lol_html's limit.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that process much data.
#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod common;
mod heap;
mod log;
mod page;

use common::{cut, rewriter, run};
use futures::stream;
use page::Page;
use streamgate::internals::MEMORY_LIMIT;
use streamgate::{BodyError, Gate};

const MIB: usize = 1 << 20;
const ORIGIN: &str = "https://origin.example.com";
const PUBLIC: &str = "https://www.example.com";

/// The bytes that a response may hold: a chunk, blocks of 64 KiB between the stages, and a little
/// of lol_html's own.
const HELD: usize = MIB;
/// The bytes that a response may hold if lol_html reaches its limit: everything that it holds then
/// comes out at once, into a buffer that grows by doubling.
const HELD_AT_LIMIT: usize = 3 * MEMORY_LIMIT + HELD;

/// More open elements than lol_html's limit allows.
const NESTED: usize = 40_000;

/// Rules, and the characters that they insert.
type Rules<'a> = (&'a str, &'a str);

const NONE: Rules<'static> = ("", "");
/// Acts at the start of a page, and makes no use of lol_html afterwards.
const HEAD: Rules<'static> = (
    "[[html]]\nselect = 'head'\nprepend = '^'\nonce = true\n",
    "^",
);
/// Acts on names alone, so that lol_html need not hold tags.
const PARAGRAPHS: Rules<'static> = (
    "[[html]]\nselect = 'p'\nprepend = '+'\nappend = '-'\n",
    "+-",
);
/// Acts on attributes, so that lol_html must hold each tag of an image.
const IMAGES: Rules<'static> = ("[[html]]\nselect = 'img[alt]'\nbefore = '!'\n", "!");

/// The log message for the point where lol_html gives up.
const GIVEN_UP: &str = "WARN structure rules given up: the rest of the page flows unmodified";

fn gate(rules: &str) -> Gate {
    let config = format!("[origin]\nurl = '{ORIGIN}'\npublic = '{PUBLIC}'\n{rules}");
    Gate::from_toml(&config, "test").unwrap()
}

/// Checks the output for a page in chunks of several lengths, and whether lol_html gives up on the
/// page.
fn check(name: &str, page: &Page, (rules, inserted): Rules<'_>, gives_up: bool) {
    let gate = gate(rules);
    let (sent, expected) = (page.fill(ORIGIN, ""), page.fill(PUBLIC, inserted));
    for length in [64 << 10, 4099] {
        let context = format!("{name}, rules {inserted:?}, in chunks of {length}");
        let through = || {
            let chunks = sent.chunks(length).map(Ok::<_, BodyError>);
            let mut body = rewriter(&gate, "text/html").over(stream::iter(chunks));
            let mut expected = expected.expected();
            while let Some(piece) = common::next(&mut body) {
                expected.take(&piece.unwrap(), &context);
            }
            expected.end(&context);
        };
        let mut held = 0;
        let lines = log::of(|| held = heap::peak(through));
        let expected_lines: &[&str] = if gives_up { &[GIVEN_UP] } else { &[] };
        assert_eq!(lines, expected_lines, "{context}");
        let most = if gives_up { HELD_AT_LIMIT } else { HELD };
        assert!(held < most, "{context}: {held} bytes were held");
    }
}

/// Checks a page with each of the rules; `gives_up` are the rules with which lol_html gives up.
fn check_all(name: &str, page: &Page, gives_up: &[Rules<'_>]) {
    for rules in [NONE, HEAD, PARAGRAPHS, IMAGES] {
        check(name, page, rules, gives_up.contains(&rules));
    }
}

/// Returns a text of some 2 KB with a single URL: most of a page's text is no URL.
fn text(url: &str) -> String {
    "Lorem ipsum dolor sit amet, consetetur sadipscing elitr. ".repeat(40) + url
}

/// Returns the start of a page, with some of everything, to precede a large part.
fn start() -> Page {
    Page::of("<!DOCTYPE html>{^}<p id=1>{+}<a href='{o}/a'>a</a>{-}</p>{!}<img alt=1 src='{o}/1'>")
}

#[test]
fn a_data_url_of_10_mib() {
    let page = start()
        .then("<img alt=2 src=\"data:image/png;base64,")
        .bytes("iVBORw0KGgoAAAANSUhEUg", 10 * MIB)
        .then("\" srcset='{o}/2'><p>{+}b{-}</p><img alt=3 src={o}/3>");
    check_all("a data: URL", &page, &[IMAGES]);
}

#[test]
fn a_page_of_50_mib_without_a_newline() {
    let unit = text("<p>{+}<a href={o}/a>more</a>{-}</p><div>{!}<img alt=''></div>");
    check_all("a long line", &start().bytes(&unit, 50 * MIB), &[]);
}

#[test]
fn a_hundred_thousand_nested_elements() {
    let page = start()
        .times("<div>", 100_000)
        .then("<p>b</p><img alt=2 src={o}/2>")
        .times("</div>", 100_000)
        .then("<p>c <a href={o}/>c</a></p>");
    check_all("nested elements", &page, &[PARAGRAPHS, IMAGES]);
}

#[test]
fn a_million_tags() {
    let closed = start()
        .times("<b></b>", 250_000)
        .times("<br>", 250_000)
        .times("</i>", 250_000)
        .then("<p>{+}b{-}</p>{!}<img alt=2 src={o}/2>");
    check_all("tiny tags", &closed, &[]);
    let open = start()
        .times("<b>", 1_000_000)
        .then("<p>b</p><img alt=2 src={o}/2>");
    check_all("tiny open tags", &open, &[PARAGRAPHS, IMAGES]);
}

#[test]
fn an_unclosed_tag_of_20_mib() {
    for (name, tag) in [("a value", "<img alt=\""), ("attributes", "<img alt ")] {
        let page = start().then(tag).bytes(&text(" x={o}/2 "), 20 * MIB);
        check_all(name, &page, &[IMAGES]);
    }
    let page = start().then("<").bytes("img", 20 * MIB);
    check_all("a name", &page, &[PARAGRAPHS, IMAGES]);
}

fn long_name() -> String {
    format!("<x-{}>", "y".repeat(7000))
}

#[test]
fn elements_with_names_that_nobody_gives_them() {
    let page = start()
        .times(&long_name(), 40)
        .then("<p>{+}b{-}</p>{!}<img alt=2 src={o}/2>");
    check_all("long names", &page.clone().then("<p>{+}c{-}</p>"), &[]);
    check_all(
        "too long names",
        &page.times(&long_name(), 1000).then("<p>c</p>"),
        &[PARAGRAPHS, IMAGES],
    );
}

#[test]
fn an_attribute_of_20_mib() {
    let page = start()
        .then("<img alt=2 srcset=\"")
        .bytes(&text(", {o}/2?a=1&amp;b=&#x27;<p> 2x, "), 20 * MIB)
        .then("\"><p>{+}b{-}</p><img alt=3 src={o}/3>");
    check_all("an attribute", &page, &[IMAGES]);
    let page = Page::of("<html class='")
        .bytes(&text("<head> {o} "), 20 * MIB)
        .then("'>{^}<title>{o}</title><p>{+}b{-}</p>");
    check_all("an attribute before the head", &page, &[]);
}

#[test]
fn a_comment_of_20_mib() {
    for (name, before, after) in [("a comment", "<!--", "-->"), ("a bogus comment", "<?", ">")] {
        let text = text("<p {o}/comment -- ");
        let page = start()
            .then(before)
            .bytes(&text, 20 * MIB)
            .then(after)
            .then("<p>{+}b{-}</p>{!}<img alt=2 src={o}/2>");
        check_all(name, &page, &[]);
        let page = Page::of(before)
            .bytes(&text, 20 * MIB)
            .then(after)
            .then("{^}<title>{o}</title><p>{+}b{-}</p>");
        check_all(&format!("{name} before the head"), &page, &[]);
    }
}

#[test]
fn a_script_of_5_mib_in_one_line() {
    let page = start()
        .then("<script>")
        .bytes("f('{o}/a',\"<p><img alt=x>\",a<b,'<\\/script>');", 5 * MIB)
        .then("</script><p>{+}b{-}</p>{!}<img alt=2 src={o}/2>");
    check_all("a script", &page, &[]);
}

#[test]
fn elements_that_swallow_the_rest() {
    for tag in [
        "<script>",
        "<textarea>",
        "<title>",
        "<style>",
        "<xmp>",
        "<iframe>",
        "<noembed>",
        "<plaintext>",
        "<!--",
    ] {
        let page = start()
            .then(tag)
            .bytes(&text("<p>a</p>< <img alt={o}/a"), 2 * MIB);
        check_all(tag, &page, &[]);
    }
}

#[test]
fn where_attributes_alone_were_mapped_all_that_follows_is() {
    let attributes = ("[map]\nscope = 'attributes'\n", "");
    let begin = || Page::of("<p id=1><a href=\"{o}/a\">a</a></p>");
    let cases = [
        begin()
            .then("<b>text</b><img alt='")
            .bytes(&text(" {o}/2 "), 2 * MEMORY_LIMIT)
            .then("'>"),
        begin().times("<b>", 100_000),
        begin()
            .then("<img")
            .times(" alt=x", MEMORY_LIMIT / 8)
            .then(">"),
        begin().times(&long_name(), 200),
    ];
    for page in cases {
        let page = page
            .then("<p><a href={o}/b>{o}/c</a></p>")
            .bytes(&text(" {o}/d "), MIB);
        check("attributes", &page, attributes, true);
    }
    // Before lol_html gave up, only attributes were mapped; afterwards, everything that it held.
    let text = "<i>https://origin.example.com/</i>";
    let link = "<a href=\"https://origin.example.com/a\">";
    let mapped = |text: &str| text.replace("origin", "www");
    // The lengths that a framework's scripts state remain correct.
    let row = |length, host| {
        let row = format!(r#"1:T{length},https://{host}.example.com/a2:\"$1\"\n"#);
        format!("<script>self.__next_f.push([1,\"{row}\"])</script>")
    };
    let elements = "<b>".repeat(NESTED);
    let page = [text, link, &elements, text, link, &row("1c", "origin")].concat();
    let expected = [
        text,
        &mapped(link),
        &elements,
        &mapped(text),
        &mapped(link),
        &row("19", "www"),
    ]
    .concat();
    assert!(cut_anyhow(page.as_bytes(), attributes) == expected.as_bytes());
}

#[test]
fn bytes_that_no_page_should_have() {
    let unit = "\0<p\0 a=\0>\0{o}/a\0</p\0><p>{+}\0{-}</p>\0<!\0>&\0;{!}<img alt=\0\u{FFFE}\u{85}\x0C\x0B\x1A>";
    check_all("control characters", &start().bytes(unit, MIB), &[]);
}

/// Checks that the output for a page is the same however the page is cut, and returns that output.
fn cut_anyhow(page: &[u8], rules: Rules<'_>) -> Vec<u8> {
    let gate = gate(rules.0);
    let through =
        |lengths: &[usize]| run(rewriter(&gate, "text/html"), cut(page, lengths)).unwrap();
    let whole = through(&[page.len()]);
    for lengths in [&[1000][..], &[8192], &[3, 70_000], &[4108, 8192], &[65_536]] {
        assert!(
            through(lengths) == whole,
            "{} bytes cut by {lengths:?}",
            page.len()
        );
    }
    whole
}

#[test]
fn whether_a_tag_is_too_long_does_not_depend_on_how_it_was_cut() {
    let mut acted = 0;
    for length in (MEMORY_LIMIT - 20_000..MEMORY_LIMIT + 4_000).step_by(4_000) {
        let page = format!(
            "<p>a<img alt='{}'><img alt=b>{}",
            "x".repeat(length),
            "y".repeat(10_000)
        );
        acted += cut_anyhow(page.as_bytes(), IMAGES).len() - page.len();
    }
    assert!((1..12).contains(&acted), "{acted}");
}

#[test]
fn what_shows_of_a_removed_element_does_not_depend_on_how_it_was_cut() {
    for (actions, insertion) in [
        ("remove = true", ""),
        ("inner = '1'\nappend = '2'\nrename = 'b'", "<b>1"),
    ] {
        let rules = format!("[[html]]\nselect = 'div'\nonce = true\n{actions}\n");
        let nested = format!("<p>a<div>{}</div>b", "text<p>".repeat(NESTED));
        let long = format!(
            "<p>a<div>{}<div title='{}'></div></div>b",
            "text".repeat(5000),
            "<x>".repeat(MEMORY_LIMIT / 5 * 2)
        );
        for page in [nested, long] {
            let shown = cut_anyhow(page.as_bytes(), (&rules, ""));
            // The output continues with a tag.
            let start = format!("<p>a{insertion}");
            let rest = shown.strip_prefix(start.as_bytes()).unwrap();
            assert!(rest.starts_with(b"<") && page.as_bytes().ends_with(rest));
        }
    }
}

#[test]
fn what_shows_of_an_element_that_is_removed_last_does_not_depend_on_how_it_was_cut() {
    let page = "<p>".repeat(NESTED);
    let open = cut_anyhow(page.as_bytes(), PARAGRAPHS).len() - page.len();
    for (actions, inserted) in [
        ("remove = true", ""),
        ("inner = '1'\nappend = '2'", "<div>1"),
    ] {
        let rules = format!("[[html]]\nselect = 'div'\n{actions}\n");
        // lol_html gives up this many elements behind the removed one.
        for behind in [1, 2, 100, 1000, 3000] {
            let before = "<p>".repeat(open - behind);
            let page = format!("{before}<div>{}</div>b", "text<p>".repeat(NESTED));
            let rest = format!("<p>{}</div>b", "text<p>".repeat(NESTED - behind));
            let shown = cut_anyhow(page.as_bytes(), (&rules, ""));
            assert!(
                shown == [before.as_str(), inserted, &rest].concat().as_bytes(),
                "{actions} {behind}"
            );
        }
    }
}
