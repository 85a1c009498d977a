//! Hosts with letters above ASCII.

use super::{check, origin, public};
use crate::map::UrlMap;

fn check_host(host: &str, rows: &[(&str, &str)]) {
    let map = UrlMap::new([origin(&format!("https://{host}"))]);
    check(&map, &public("https://www.example.org"), rows);
}

fn check_untouched(host: &str, texts: &[&str]) {
    let rows: Vec<_> = texts.iter().map(|text| (*text, *text)).collect();
    check_host(host, &rows);
}

const BUECHER: &str = "xn--bcher-kva.example";
const PRIMER: &str = "xn--e1afmkfd.xn--p1ai";

#[test]
fn both_forms_of_a_host_are_mapped_in_every_escaping() {
    let expected = "https://www.example.org/";
    for host in [
        "xn--bcher-kva.example",
        "XN--Bcher-KVA.Example",
        "bücher.example",
        "BÜCHER.Example",
        "b%C3%BCcher.example",
        "B%c3%9ccher.example",
        "b%25C3%25BCcher.example",
        r"b\u00fccher.example",
        r"b\u00DCcher.example",
        r"b\\u00fccher.example",
        r"b\u{fc}cher.example",
        r"b\xfccher.example",
        r"b\xDCcher.example",
        "b&#252;cher.example",
        "b&#xFC;cher.example",
        "b&#x0000dc;cher.example",
        "b&amp;#252;cher.example",
    ] {
        check_host(BUECHER, &[(&format!("https://{host}/"), expected)]);
    }
    check_host(
        BUECHER,
        &[
            (
                "\"bücher.example\" '//bücher.example' =bücher.example/a",
                "\"www.example.org\" '//www.example.org' =www.example.org/a",
            ),
            (
                r"https:\/\/b\u00fccher.example\/a",
                r"https:\/\/www.example.org\/a",
            ),
            (
                "https%3A%2F%2Fb%C3%BCcher.example%2Fa",
                "https%3A%2F%2Fwww.example.org%2Fa",
            ),
            (
                "https://bücher.example:443. Ja",
                "https://www.example.org. Ja",
            ),
            (
                "https://user@bücher.example./",
                "https://user@www.example.org/",
            ),
        ],
    );
}

#[test]
fn a_host_without_ascii_letters_is_mapped_in_every_escaping() {
    let expected = "'https://www.example.org/'";
    for host in [
        PRIMER,
        "пример.рф",
        "ПРИМЕР.РФ",
        "Пример.рф",
        "%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84",
        "%D0%9F%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84",
        "%25D0%25BF%25D1%2580%25D0%25B8%25D0%25BC%25D0%25B5%25D1%2580.рф",
        r"\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        r"\u041F\u{440}и\u043c\u0435\u0440.\u0440\u0444",
        "&#1087;&#1088;&#1080;&#1084;&#1077;&#1088;.&#1088;&#1092;",
        "&#x43f;&#x440;&#x438;&#x43c;&#x435;&#x440;.&#x440;&#x444;",
    ] {
        check_host(PRIMER, &[(&format!("'https://{host}/'"), expected)]);
    }
    check_host(
        "xn--r8jz45g.xn--zckzah",
        &[
            ("https://例え.テスト/", "https://www.example.org/"),
            ("「https://例え.テスト」", "「https://www.example.org」"),
        ],
    );
    check_host(
        PRIMER,
        &[
            ("<b>пример.рф</b>", "<b>www.example.org</b>"),
            (r#""\u043fример.рф""#, r#""www.example.org""#),
            ("«https://пример.рф»", "«https://www.example.org»"),
            ("https://пример.рф, и", "https://www.example.org, и"),
        ],
    );
    // A character beyond the basic plane, also as two surrogates.
    check_host(
        "xn--ls8h.example",
        &[
            ("https://💩.example/", "https://www.example.org/"),
            (r"https://\ud83d\udca9.example/", "https://www.example.org/"),
            ("https://&#128169;.example/", "https://www.example.org/"),
            (r"https://\ud83d.example/", r"https://\ud83d.example/"),
        ],
    );
}

#[test]
fn other_international_hosts_stay() {
    check_untouched(
        BUECHER,
        &[
            "https://bucher.example/",
            "https://bûcher.example/",
            "https://bücherei.example/",
            "https://übücher.example/",
            "https://übücher.example/ \"übücher.example\"",
            "https://bücher.example.test/",
            "https://die.bücher.example/",
            "https://xn--bcher-kva9.example/",
            "https://xn--bcher.example/",
            "\"é.bücher.example\"",
            "https://b\u{fffd}cher.example/",
            "https://b%FCcher.example/",
            r"https://b\u00fbcher.example/",
        ],
    );
    check_untouched(
        PRIMER,
        &[
            "https://пример.рфы/",
            "https://пример.рф%D1%8B/",
            r"https://пример.рф\u044b/",
            "https://пример.рф&#1099;/",
            "https://пример.рф-x/",
            "https://пример.рф.ы/",
            "https://пример.рф\u{301}/",
            "https://например.рф/",
            "\"например.рф\"",
            "это пример.рфы",
            "https://при%25мер.рф/",
        ],
    );
    let map = UrlMap::new([origin(&format!("https://{PRIMER}"))]);
    let broken = [
        b"https://\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84".as_slice(),
        b"\xd1 ",
    ]
    .concat();
    assert_eq!(
        *map.map_bytes(&public("https://www.example.org"), &broken),
        *broken
    );
}

#[test]
fn a_label_that_only_looks_like_punycode_has_one_form() {
    let rows = [
        ("https://xn--abc-.example/", "https://www.example.org/"),
        ("https://abc.example/", "https://abc.example/"),
    ];
    check_host("xn--abc-.example", &rows);
    let rows = [
        ("https://xn--99999999.example/", "https://www.example.org/"),
        ("https://\u{fffd}.example/", "https://\u{fffd}.example/"),
    ];
    check_host("xn--99999999.example", &rows);
}
