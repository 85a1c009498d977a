//! Tests of what counts as a change that should not have happened.

use super::{Rules, Stray, strays};
use streamgate_sight::Origin;
use streamgate_sight::sightings;

fn found(public: &str, before: &str, after: &str) -> Vec<(String, String)> {
    let origin = Origin::parse("https://www.a-b.example").unwrap();
    let public = Origin::parse(public).unwrap();
    let rules = Rules {
        public: &public,
        lenient: false,
        rows: true,
    };
    let places = sightings(before.as_bytes(), &[origin]);
    strays(before.as_bytes(), after.as_bytes(), &places, rules)
        .into_iter()
        .map(
            |Stray {
                 before: b,
                 after: a,
             }| (before[b].to_owned(), after[a].to_owned()),
        )
        .collect()
}

#[test]
fn an_origin_mapped_or_left_in_its_escaping_is_no_stray() {
    for (public, before, after) in [
        (
            "https://p.test",
            "<a href=https://www.a-b.example/x>",
            "<a href=https://p.test/x>",
        ),
        (
            "https://p.test",
            "<a href=https://www.a-b.example/x>",
            "<a href=https://www.a-b.example/x>",
        ),
        (
            "https://p.test",
            "http://u:p@www.a-b.example:80/x",
            "https://u:p@p.test/x",
        ),
        (
            "https://p.test",
            "'https://www.a-b.example./'",
            "'https://p.test/'",
        ),
        ("http://p.test", "wss://www.a-b.example", "ws://p.test"),
        ("https://p-q.test", r"www\.a\-b\.example", r"p-q\.test"),
        ("https://p-q.test", r"www\.a\-b\.example", r"p\-q\.test"),
        (
            "https://p.test:1",
            "https%3a%2f%2fwww.a-b.example",
            "https%3a%2f%2fp.test%3a1",
        ),
        (
            "https://p.test:1",
            "=%2F%2Fwww.a-b.example",
            "=%2F%2Fp.test%3A1",
        ),
        ("https://p.test:1", "\"www.a-b.example\"", "\"p.test:1\""),
        (
            "https://p.test",
            "me@www.a-b.example, www.a-b.example",
            "me@www.a-b.example, p.test",
        ),
    ] {
        assert_eq!(found(public, before, after), [], "{before} -> {after}");
    }
}

#[test]
fn every_other_change_is_a_stray_with_its_place() {
    for (before, after, strays) in [
        ("abc", "abd", &[("c", "d")][..]),
        ("abc", "ab", &[("c", "")]),
        ("abc", "abcd", &[("", "d")]),
        (
            "me@www.a-b.example",
            "me@p.test",
            &[("www.a-b.example", "p.test")],
        ),
        (
            "0123456789abcdefghij www.a-b.example 0123456789abcdefghijk",
            "01234x6789abcdefghij p.test 0123456789abcdefghiijk",
            &[("5", "x"), ("", "i")],
        ),
        (
            r"https:\/\/www.a-b.example\/0123456789abcdef",
            r"https://p.test\/0123456789abcdef",
            &[(r"\/\/www.a-b.example", "//p.test")],
        ),
        (
            "http://www.a-b.example/0123456789abcdef",
            "http://p.test/0123456789abcdef",
            &[("www.a-b.example", "p.test")],
        ),
        (
            r"www\.a-b\.example 0123456789abcdef",
            r"p.test 0123456789abcdef",
            &[(r"www\.a-b\.example", "p.test")],
        ),
    ] {
        let found = found("https://p.test", before, after);
        let strays: Vec<_> = strays
            .iter()
            .map(|(b, a)| ((*b).to_owned(), (*a).to_owned()))
            .collect();
        assert_eq!(found, strays, "{before} -> {after}");
    }
}

#[test]
fn a_rows_length_may_change_and_nothing_else_of_it() {
    let before = "1:T1c,https://www.a-b.example/xyz2:[]\n";
    assert_eq!(
        found("https://p.test", before, "1:T12,https://p.test/xyz2:[]\n"),
        []
    );
    assert_eq!(
        found("https://p.test", before, "3:T12,https://p.test/xyz2:[]\n"),
        [("1:T1c".to_owned(), "3:T12".to_owned())]
    );
}
