//! Tests of what is read at a position, and before it.

use super::*;

fn spells(text: &str, character: char) -> bool {
    Reader::new(text.as_bytes()).readings(0).contains(&Reading {
        character,
        end: text.len(),
    })
}

#[test]
fn a_character_is_read_in_every_escaping_and_in_escapes_of_escapes() {
    for slash in [
        "/",
        r"\/",
        r"\\\/",
        r"\\/",
        r"\u002F",
        r"\u{2f}",
        r"\\u002f",
        r"\x2F",
        "%2F",
        "%2f",
        "%252F",
        "%25252f",
        "&sol;",
        "&#47;",
        "&#47",
        "&#x2F;",
        "&#X2f;",
        "&#0000047;",
        "&amp;#47;",
        "&amp;sol;",
        "&amp;amp;#47;",
        r"\u0026#47;",
        r"\u0026sol;",
        "%26%2347%3B",
        "%5C%2F",
        "%5C%5C%5C%2F",
        r"\u00252F",
        "&percnt;2F",
        r"&bsol;/",
        r"&#92;/",
    ] {
        assert!(spells(slash, '/'), "{slash}");
    }
    for letter in ["ü", "%C3%BC", "%25C3%25BC", r"\u00fc", "&uuml;", "&#252;"] {
        assert!(spells(letter, 'ü'), "{letter}");
    }
    for nothing in ["&sol", "%2", r"\u002", "&#;", "&#x;", r"\o", "% 2F"] {
        assert!(!spells(nothing, '/'), "{nothing}");
    }
}

#[test]
fn the_character_before_is_the_longest_that_ends_there() {
    for (text, character, start) in [
        ("a", 'a', 0),
        (r"\n", '\n', 0),
        ("x%22", '"', 1),
        ("&quot;", '"', 0),
        ("&amp;quot;", '"', 0),
        (r"\u0022", '"', 0),
        ("é", 'é', 0),
        ("前", '前', 0),
        ("quot;", ';', 4),
    ] {
        let found = Reader::new(text.as_bytes()).before(text.len());
        assert_eq!(found, Some((character, start)), "{text}");
    }
    assert_eq!(Reader::new(b"").before(0), None);
    assert_eq!(Reader::new(b"\x83A").before(2), Some((OTHER, 1)));
}

#[test]
fn the_longest_run_of_escapes_is_read_in_no_time() {
    for part in ["\\", "%25", "&amp;", "%5C", "&bsol;", "\\u0025"] {
        let text = part.repeat(2000);
        let reader = Reader::new(text.as_bytes());
        for at in 0..reader.bytes.len() {
            assert!(!reader.readings(at).is_empty());
        }
    }
}
