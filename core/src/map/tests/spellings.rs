//! Spellings whose end is not marked, escaped letters, and replacements that must not become part
//! of another character.

use super::{check, check_default, check_untouched, origin, public};
use crate::map::UrlMap;

#[test]
fn references_need_no_semicolon() {
    check_default(&[
        (
            "https&#58&#47&#47origin.example.com&#47a",
            "https&#58&#47&#47www.example.org&#47a",
        ),
        (
            "https:&#x2f&#x2Forigin.example.com/",
            "https:&#x2f&#x2Fwww.example.org/",
        ),
        (
            "https:&#047&#x2f;origin.example.com/",
            "https:&#047&#x2f;origin.example.com/",
        ),
        (
            "https:&#47;&#47origin.example.com/",
            "https:&#47;&#47www.example.org/",
        ),
        (
            "https://origin&#46example&#46com/",
            "https://www&#46example&#46org/",
        ),
        ("&#34//origin.example.com&#34", "&#34//www.example.org&#34"),
        ("&#34origin.example.com&#34 ", "&#34www.example.org&#34 "),
    ]);
    // The number goes on, so the character is another one.
    check_untouched(&[
        "https:&#471&#47origin.example.com/",
        "https:&#x2f&#x2fa.origin.example.com/",
        "https://origin.example.com&#45x",
        "https://origin.example.com&#97 ",
    ]);
}

#[test]
fn css_escapes_are_read_and_written() {
    check_default(&[
        (
            r"url(https\3a\2f\2forigin.example.com\2f a)",
            r"url(https\3a\2f\2fwww.example.org\2f a)",
        ),
        (
            r"url(https\3A \2F \2F origin.example.com\2F a)",
            r"url(https\3A \2F \2F www.example.org\2F a)",
        ),
        (
            r"url(https\00003a\00002f\00002forigin.example.com)",
            r"url(https\00003a\00002f\00002fwww.example.org)",
        ),
        (
            r"url(\2f\2forigin\2e example\2e com/a)",
            r"url(\2f\2fwww\2e example\2e org/a)",
        ),
        ("\\22 //origin.example.com", "\\22 //www.example.org"),
        (
            "https:\\2f\r\n\\2f\torigin.example.com",
            "https:\\2f\r\n\\2f\twww.example.org",
        ),
        (r"\\2f\\2forigin.example.com/", r"\\2f\\2fwww.example.org/"),
    ]);
    check_untouched(&[
        // `\2fa` is one letter, and `\1` is no character of a URL.
        r"https:\2f\2fa.origin.example.com",
        r"x\1origin.example.com/",
        r"https:\2f\2f xorigin.example.com",
    ]);
    let map = UrlMap::new([origin("https://img.example.com")
        .below("/img")
        .expect("a path")]);
    check(
        &map,
        &public("https://e.example.org:8443"),
        &[
            (
                r"url(\2f\2fimg.example.com\2f a)",
                r"url(\2f\2f e.example.org\3a 8443\2fimg\2f a)",
            ),
            (
                r"url(\2f \2f img.example.com\2f a)",
                r"url(\2f \2f e.example.org\3a 8443\2f img\2f a)",
            ),
            (
                r"url(https:\2f\2fimg\2e example\2e com)",
                r"url(https:\2f\2f e\2e example\2e org:8443\2fimg)",
            ),
        ],
    );
}

#[test]
fn nothing_that_is_put_out_becomes_part_of_a_reference() {
    let map = UrlMap::new([
        origin("https://origin.test.com"),
        origin("https://img.test.com")
            .below("/cdn")
            .expect("a path"),
    ]);
    let rows = [
        (
            "https:&#47&#47origin.test.com/",
            "https:&#47&#47;3d.example.org:8443/",
        ),
        (
            "https&#58&#47&#47origin.test.com",
            "https&#58&#47&#47;3d.example.org&#58;8443",
        ),
        (
            "https:&#x2f&#x2forigin.test.com",
            "https:&#x2f&#x2f;3d.example.org:8443",
        ),
        ("&#34origin.test.com/&#34", "&#34;3d.example.org:8443/&#34"),
        (
            "https://origin&#x2etest&#x2e;com/",
            "https://3d&#x2e;example&#x2eorg:8443/",
        ),
        (
            "'&#x2f&#x2fimg.test.com/a",
            "'&#x2f&#x2f;3d.example.org&#x3a;8443&#x2f;cdn/a",
        ),
        (
            "'&#47&#47img.test.com/a",
            "'&#47&#47;3d.example.org&#58;8443&#47cdn/a",
        ),
    ];
    check(&map, &public("https://3d.example.org:8443"), &rows);
    let rows = [
        (
            "https:&#x2f&#x2forigin.test.com/",
            "https:&#x2f&#x2f;example.org./",
        ),
        (
            "https:&#47&#47origin.test.com/",
            "https:&#47&#47example.org./",
        ),
        (
            "https://origin&#46test&#46com&#47",
            "https://example&#46org&#46;&#47",
        ),
        (
            r"url(https:\2f\2f origin\2etest\2e com )",
            r"url(https:\2f\2f example\2eorg\2e  )",
        ),
    ];
    check(&map, &public("https://example.org."), &rows);
}

#[test]
fn code_points_in_braces_are_read_and_written() {
    let map = UrlMap::new([origin("https://origin.example.com")
        .below("/a")
        .expect("a path")]);
    check(
        &map,
        &public("https://www.example.org:8443"),
        &[
            (
                r"https:\u{2f}\u{2F}origin.example.com\u{2F}",
                r"https:\u{2f}\u{2F}www.example.org:8443\u{2F}a\u{2F}",
            ),
            (
                r"\u{22}\u{00002f}\u{00002f}origin\u{2e}example.com\u{22}",
                r"\u{22}\u{00002f}\u{00002f}www\u{2e}example\u{2e}org\u{00003a}8443\u{00002f}a\u{22}",
            ),
            (
                r"https:\u{}/origin.example.com",
                r"https:\u{}/origin.example.com",
            ),
        ],
    );
}

#[test]
fn letters_may_be_escaped_but_those_that_are_searched_for() {
    check_default(&[
        ("%68ttps://origin.example.com/", "https://www.example.org/"),
        ("http%73://origin.example.com/", "https://www.example.org/"),
        (
            "&#104;&#116;tp://origin.example.com/",
            "https://www.example.org/",
        ),
        (
            r"\u0068ttps://origin.example.com/",
            "https://www.example.org/",
        ),
        (
            "https://or%69%67in.example.com/",
            "https://www.example.org/",
        ),
        (
            "https://origin.example.%63o%6D/",
            "https://www.example.org/",
        ),
        ("\"origin.example.co&#109;\"", "\"www.example.org\""),
        (
            "https://origin.example%2ec\\u006fm/",
            "https://www%2eexample%2eorg/",
        ),
    ]);
    check_untouched(&[
        "https://origin.e%78ample.com/",
        "https://origin.ex%61mple.com/ https://example.com/",
        "x%68ttps://origin.example.com/",
        "https://orj%67in.example.com/",
    ]);
    let map = UrlMap::new([origin("https://www.example.com")]);
    let rows = [
        ("'%77ww.example.com'", "'www.example.org'"),
        ("https://&#119;ww.example.com/", "https://www.example.org/"),
        ("https://www.%65xample.com/", "https://www.%65xample.com/"),
    ];
    check(&map, &public("https://www.example.org"), &rows);
}

#[test]
fn an_escape_may_itself_be_escaped() {
    check_default(&[
        (
            "%22https%3A%5C%2F%5C%2Forigin.example.com%5C%2Fa%22",
            "%22https%3A%5C%2F%5C%2Fwww.example.org%5C%2Fa%22",
        ),
        (
            "https%253A%255C%252F%255C%252Forigin.example.com%255C%252F",
            "https%253A%255C%252F%255C%252Fwww.example.org%255C%252F",
        ),
        (
            "https:%5C/%5C/origin.example.com%5C/",
            "https:%5C/%5C/www.example.org%5C/",
        ),
        (
            "%5C%22%5C%5C%5C%2F%5C%5C%5C%2Forigin.example.com%5C%22",
            "%5C%22%5C%5C%5C%2F%5C%5C%5C%2Fwww.example.org%5C%22",
        ),
        (
            "https:&#92;/&#92;/origin.example.com&#92;/a",
            "https:&#92;/&#92;/www.example.org&#92;/a",
        ),
        (
            "https:&bsol;/&bsol;/origin.example.com&bsol;/a",
            "https:&bsol;/&bsol;/www.example.org&bsol;/a",
        ),
        (
            r"https:\&#x2F;\&#x2F;origin.example.com\&#x2F;a",
            r"https:\&#x2F;\&#x2F;www.example.org\&#x2F;a",
        ),
        (
            r"https\u0026#58;\u0026#47;\u0026#47;origin.example.com\u0026#47;",
            r"https\u0026#58;\u0026#47;\u0026#47;www.example.org\u0026#47;",
        ),
        (
            r"https:\u0026amp;#47;\u0026amp;#47;origin.example.com",
            r"https:\u0026amp;#47;\u0026amp;#47;www.example.org",
        ),
        (
            r"https:\u005C/\u005C/origin.example.com\u005C/a",
            r"https:\u005C/\u005C/www.example.org\u005C/a",
        ),
        (
            r"https:\\u005C\/\\u005C\/origin.example.com",
            r"https:\\u005C\/\\u005C\/www.example.org",
        ),
        (
            "https%3A%5Cu002F%5Cu002Forigin.example.com",
            "https%3A%5Cu002F%5Cu002Fwww.example.org",
        ),
        (
            "https%26colon%3B%26sol%3B%26%2347%3Borigin.example.com",
            "https%26colon%3B%26sol%3B%26%2347%3Borigin.example.com",
        ),
        (
            "https%26%2358%3B%26%2347%3B%26%2347%3Borigin.example.com",
            "https%26%2358%3B%26%2347%3B%26%2347%3Bwww.example.org",
        ),
        (
            "https:%26bsol%3B%2F%26bsol%3B%2Forigin.example.com",
            "https:%26bsol%3B%2F%26bsol%3B%2Fwww.example.org",
        ),
        (
            r"https://origin%5C.example%5C.com",
            r"https://www%5C.example%5C.org",
        ),
        (
            "%26quot%3Borigin.example.com%26quot%3B",
            "%26quot%3Bwww.example.org%26quot%3B",
        ),
        (
            r"\u0026quot;//origin.example.com\u0026quot;",
            r"\u0026quot;//www.example.org\u0026quot;",
        ),
    ]);
    check_untouched(&[
        "https:%5C%2F%2Forigin.example.com/",
        "https%3A%2F%2Felsewhere.test%5C%2F%5C%2Forigin.example.com",
        "https://origin.example.com%5C.test",
        r"https://origin.example.com\u0026#46;test",
    ]);
}

#[test]
fn what_is_put_out_is_escaped_as_often() {
    let map = UrlMap::new([origin("https://img.test.com")
        .below("/cdn")
        .expect("a path")]);
    let rows = [
        (
            "%22%5C%2F%5C%2Fimg.test.com%5C%2Fa%22",
            "%22%5C%2F%5C%2F3d.example.org%3A8443%5C%2Fcdn%5C%2Fa%22",
        ),
        (
            "'&#92;/&#92;/img.test.com&#92;/a'",
            "'&#92;/&#92;/3d.example.org:8443&#92;/cdn&#92;/a'",
        ),
        (
            "%22%5Cu002f%5Cu002fimg.test.com%22",
            "%22%5Cu002f%5Cu002f3d.example.org%5Cu003a8443%5Cu002fcdn%22",
        ),
        (
            "%22%26%2347%3B%26%2347%3Bimg.test.com%22",
            "%22%26%2347%3B%26%2347%3B3d.example.org%26%2358%3B8443%26%2347%3Bcdn%22",
        ),
        (
            "'&#92;&#47&#92;&#47img.test.com'",
            "'&#92;&#47&#92;&#47;3d.example.org&#58;8443&#92;&#47cdn'",
        ),
        (
            "%5C%22img.test.com%5C%22",
            "%5C%223d.example.org%3A8443%2Fcdn%5C%22",
        ),
    ];
    check(&map, &public("https://3d.example.org:8443"), &rows);
}
