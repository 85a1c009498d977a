//! Marks and letters above ASCII around a URL.

use super::{check_default, check_untouched, origin, public, stream};
use crate::map::UrlMap;

#[test]
fn a_url_without_a_scheme_starts_behind_a_mark_of_any_script() {
    for mark in [
        "“",
        "”",
        "„",
        "‘",
        "’",
        "«",
        "»",
        "…",
        "–",
        "—",
        "\u{a0}",
        "\u{2009}",
        "¿",
        "·",
        "•",
        "→",
        "、",
        "。",
        "「",
        "\u{3000}",
        "：",
        "（",
        "，",
        "\\u201c",
        "&#8220;",
        "&#x2013",
        "%E2%80%9C",
        "%25C2%25AB",
        "\\u0026#8220;",
    ] {
        let rows = ["//HOST", "//HOST/a", "HOST", "HOST/a", "HOST”"]
            .map(|url| url.replace("HOST", "origin.example.com"))
            .map(|url| format!("x{mark}{url}"))
            .map(|url| (url.replace("origin.example.com", "www.example.org"), url));
        check_default(
            &rows
                .each_ref()
                .map(|(mapped, url)| (url.as_str(), mapped.as_str())),
        );
    }
}

#[test]
fn no_host_starts_behind_a_letter_of_any_script_or_what_joins() {
    for letter in [
        "é",
        "ª",
        "²",
        "往",
        "々",
        "Ａ",
        "\u{301}",
        "\u{ad}",
        "\u{200d}",
        "‐",
        "．",
        "／",
        "＠",
        "＿",
        "\\u00e9",
        "%C3%A9",
        "&#233;",
        "%80%9C",
        "\\xe2\\x80\\x9c",
    ] {
        check_untouched(&[
            &format!("{letter}//origin.example.com/"),
            &format!("{letter}origin.example.com"),
        ]);
    }
}

#[test]
fn marks_are_looked_for_in_utf_8_only() {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    let public = public("https://www.example.org");
    // The last bytes of a character in UTF-8 without its first; Shift_JIS; Latin-1; a lone
    // surrogate.
    for before in [
        b"\x80\x9c".as_slice(),
        b"\x83\x5c\x81",
        b"\xa0",
        b"\xed\xa0\x80",
    ] {
        let text = [before, b"origin.example.com/"].concat();
        assert_eq!(*map.map_bytes(&public, &text), *text);
        assert_eq!(stream(&map, &public, text.chunks(1)), text);
    }
}

#[test]
fn a_dot_before_a_mark_is_the_sentences() {
    check_default(&[
        (
            "“https://origin.example.com.”",
            "“https://www.example.org.”",
        ),
        (
            "«https://origin.example.com.»",
            "«https://www.example.org.»",
        ),
        (
            "https://origin.example.com.\u{a0}It",
            "https://www.example.org.\u{a0}It",
        ),
        (
            "https://origin.example.com:443.”",
            "https://www.example.org.”",
        ),
        (
            "https://origin.example.com.\\u201d",
            "https://www.example.org.\\u201d",
        ),
        (
            "https://origin.example.com.%C2%BB",
            "https://www.example.org.%C2%BB",
        ),
        (" origin.example.com.”", " www.example.org.”"),
    ]);
    check_untouched(&[
        "https://origin.example.com.é",
        "https://origin.example.com.\\u00e9",
        "https://origin.example.com.%C3%A9",
        "https://origin.example.com.例え",
        "https://origin.example.com:443.é",
    ]);
}
