//! Bytes that are held back between chunks, and bytes that are not.

#[cfg(feature = "idna")]
use super::stream;
use super::{origin, public};
use crate::map::UrlMap;
use crate::pipeline::{BLOCK, Transform};

#[test]
fn only_what_can_become_a_url_is_held_back() {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    for (chunk, sent) in [
        ("<p>a whole sentence.</p>\n", "<p>a whole sentence.</p>\n"),
        ("'https://elsewhere.test/", "'https://elsewhere.test/"),
        ("'https://origin.example.com/", "'https://www.example.org/"),
        (
            "'https://origin.example.com.evil.test/",
            "'https://origin.example.com.evil.test/",
        ),
        ("'ht", "'"),
        ("'https:/", "'"),
        ("'https://origin.example.c", "'"),
        ("'https://origin.example.com", "'"),
        ("'https://origin.example.com.", "'"),
        ("'https://elsewhere", "'"),
        ("\"https:\\", "\""),
        ("\"\\", "\""),
        ("a path/", "a path/"),
        ("a slash /", "a slash "),
        ("an entity &nbs", "an entity "),
        ("an entity &hell", "an entity &hell"),
        ("in the middle of orig", "in the middle of "),
        ("xhttps://orig", "xhttps://orig"),
        ("'origin.example.com", "'"),
        ("'origin.example.com'", "'www.example.org'"),
        ("me@origin.example.com", "me@origin.example.com"),
        ("an open &#47", "an open "),
        ("an open \\2f", "an open "),
        ("\\2f white space", "\\2f white space"),
    ] {
        let mut mapper = map.to(&public("https://www.example.org"));
        let mut out = Vec::new();
        mapper
            .push(&mut chunk.as_bytes(), &mut out)
            .expect("mapping never fails");
        assert_eq!(String::from_utf8_lossy(&out), sent, "of {chunk}");
    }
}

#[test]
fn a_large_input_is_taken_in_blocks() {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    let text = "<a href='https://origin.example.com/a'>a link</a>\n".repeat(10_000);
    let expected = text.replace("origin.example.com", "www.example.org");
    let public = public("https://www.example.org");
    let mut mapper = map.to(&public);
    let mut input = text.as_bytes();
    let mut whole = Vec::new();
    while !input.is_empty() {
        let mut out = Vec::new();
        mapper
            .push(&mut input, &mut out)
            .expect("mapping never fails");
        assert!(out.len() <= 2 * BLOCK);
        whole.extend(out);
    }
    mapper.finish(&mut whole).expect("mapping never fails");
    assert!(whole == expected.as_bytes());
}

#[test]
fn an_endless_word_is_not_held_back() {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    let mut mapper = map.to(&public("https://www.example.org"));
    for piece in [
        "https://",
        "aaaaaaaaaaaaaaaa",
        "%25",
        "\\",
        "&amp;",
        "\\2f ",
        "&#47",
        "origin.example.com.",
    ] {
        let (mut given, mut got) = (0, 0);
        for _ in 0..1_000 {
            let mut out = Vec::new();
            mapper
                .push(&mut piece.as_bytes(), &mut out)
                .expect("mapping never fails");
            (given, got) = (given + piece.len(), got + out.len());
            assert!(given <= got + 640, "of {piece}");
        }
    }
}

#[cfg(feature = "idna")] // One of the hosts is international.
#[test]
fn the_longest_spelling_of_a_url_is_mapped_however_it_is_cut() {
    let based = origin("https://a.b.c.example.com").at("/assets");
    let map = UrlMap::new([based.expect("a path"), origin("https://xn--tda.example")]);
    let public = public("https://www.example.org");
    let spell = |code: u32| format!("%2526amp%253B%2523x{code:06x}%253B");
    let (colon, slash, dot, at) = (spell(0x3a), spell(0x2f), spell(0x2e), spell(0x40));
    let word = |word: &str| word.bytes().map(|it| spell(it.into())).collect::<String>();
    let behind = format!("{colon}{slash}{slash}{}{at}", "u".repeat(64));
    let host = [&word("a"), &word("b"), &word("c"), "example", &word("com")].join(&dot);
    let base = format!("{slash}{}", word("assets"));
    let umlaut = "%252525C3%252525BC.example";
    let text = format!(
        "<p>{}{behind}{host}{dot}{colon}00443{base}{dot} https://{umlaut}</p>",
        word("https")
    );
    let mapped =
        format!("<p>https{behind}www{dot}example{dot}org{dot} https://www.example.org</p>");
    for size in 1..=text.len() {
        let streamed = stream(&map, &public, text.as_bytes().chunks(size));
        assert_eq!(
            String::from_utf8_lossy(&streamed),
            mapped,
            "in pieces of {size}"
        );
    }
}
