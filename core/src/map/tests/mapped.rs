//! URLs that are mapped, and what they become.

use super::{check, check_default, check_untouched, origin, public};
use crate::map::UrlMap;

#[test]
fn a_url_is_mapped_wherever_a_language_puts_it() {
    check_default(&[
        ("https://origin.example.com", "https://www.example.org"),
        (
            r#"<a href="https://origin.example.com/a">"#,
            r#"<a href="https://www.example.org/a">"#,
        ),
        (
            "<a href=https://origin.example.com/a>",
            "<a href=https://www.example.org/a>",
        ),
        (
            r#"srcset="//origin.example.com/1 1x,//origin.example.com/2 2x""#,
            r#"srcset="//www.example.org/1 1x,//www.example.org/2 2x""#,
        ),
        (
            "url(//origin.example.com/a.png)",
            "url(//www.example.org/a.png)",
        ),
        (
            "@import'//origin.example.com/a.css'",
            "@import'//www.example.org/a.css'",
        ),
        (
            "<loc>https://origin.example.com/</loc>",
            "<loc>https://www.example.org/</loc>",
        ),
        (
            "https://other.test/?u=https://origin.example.com?",
            "https://other.test/?u=https://www.example.org?",
        ),
        (
            "https://origin.example.com#top",
            "https://www.example.org#top",
        ),
        (
            "`https://origin.example.com${path}`",
            "`https://www.example.org${path}`",
        ),
        (
            "https://archive.test/https://origin.example.com/",
            "https://archive.test/https://www.example.org/",
        ),
        (
            "(+https://origin.example.com)",
            "(+https://www.example.org)",
        ),
        (
            "前往https://origin.example.com，谢谢",
            "前往https://www.example.org，谢谢",
        ),
    ]);
}

#[test]
fn the_scheme_may_be_elsewhere() {
    check_default(&[
        (
            "protocol + '://origin.example.com/a'",
            "protocol + '://www.example.org/a'",
        ),
        ("`${s}://origin.example.com`", "`${s}://www.example.org`"),
        (
            "/^https?://origin.example.com/",
            "/^https?://www.example.org/",
        ),
        (
            r"/^(https|http):\/\/origin\.example\.com/",
            r"/^(https|http):\/\/www\.example\.org/",
        ),
        (
            "\"https\n  ://origin.example.com\"",
            "\"https\n  ://www.example.org\"",
        ),
        ("://origin.example.com", "://www.example.org"),
        (
            "%22%3A%2F%2Forigin.example.com",
            "%22%3A%2F%2Fwww.example.org",
        ),
        (
            r"\u0022\u003a\u002f\u002forigin.example.com",
            r"\u0022\u003a\u002f\u002fwww.example.org",
        ),
        (
            "&#39;&#58;&#47;&#47;origin.example.com",
            "&#39;&#58;&#47;&#47;www.example.org",
        ),
        ("“://origin.example.com”", "“://www.example.org”"),
    ]);
    check_untouched(&[
        "nytimes://origin.example.com/a",
        "ftp://origin.example.com/",
        "svn+://origin.example.com/",
        "x-1://origin.example.com/",
        "x.://origin.example.com/",
        "app%3A%2F%2Forigin.example.com",
        r"\u0070\u003a\u002f\u002forigin.example.com",
        "&#112&#58;//origin.example.com",
        "'app' '://notorigin.example.com/'",
    ]);
}

#[test]
fn every_scheme_and_letter_case_is_the_origin() {
    check_default(&[
        ("http://origin.example.com/", "https://www.example.org/"),
        ("HTTPS://Origin.EXAMPLE.com/", "https://www.example.org/"),
        ("ws://origin.example.com/s", "wss://www.example.org/s"),
        ("wss://origin.example.com/s", "wss://www.example.org/s"),
    ]);
    let map = UrlMap::new([origin("https://origin.example.com")]);
    check(
        &map,
        &public("http://localhost:8080"),
        &[
            ("https://origin.example.com/", "http://localhost:8080/"),
            ("wss://origin.example.com/", "ws://localhost:8080/"),
            ("\"//origin.example.com/", "\"//localhost:8080/"),
        ],
    );
}

#[test]
fn the_public_url_is_written_in_the_escaping_of_the_match() {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    check(
        &map,
        &public("https://www.example.org:8443"),
        &[
            (
                r"https:\/\/origin.example.com\/a",
                r"https:\/\/www.example.org:8443\/a",
            ),
            (
                r"https:\\\/\\\/origin.example.com\\\/a",
                r"https:\\\/\\\/www.example.org:8443\\\/a",
            ),
            (
                r"https:\u002F\u002Forigin.example.com\u002F",
                r"https:\u002F\u002Fwww.example.org:8443\u002F",
            ),
            (
                r"https\u003a\u002f\u002forigin.example.com",
                r"https\u003a\u002f\u002fwww.example.org\u003a8443",
            ),
            (
                r"https\x3a\x2f\x2forigin.example.com",
                r"https\x3a\x2f\x2fwww.example.org\x3a8443",
            ),
            (
                "https%3A%2F%2Forigin.example.com%2F",
                "https%3A%2F%2Fwww.example.org%3A8443%2F",
            ),
            (
                "https%3a%2f%2forigin.example.com",
                "https%3a%2f%2fwww.example.org%3a8443",
            ),
            (
                "https%253A%252F%252Forigin.example.com%252F",
                "https%253A%252F%252Fwww.example.org%253A8443%252F",
            ),
            (
                "https%3A//origin.example.com/",
                "https%3A//www.example.org%3A8443/",
            ),
            (
                "https&#x3A;&#x2F;&#x2F;origin.example.com",
                "https&#x3A;&#x2F;&#x2F;www.example.org&#x3A;8443",
            ),
            (
                "https&#58;&#47;&#47;origin.example.com",
                "https&#58;&#47;&#47;www.example.org&#58;8443",
            ),
            (
                "https&colon;&sol;&sol;origin.example.com",
                "https&colon;&sol;&sol;www.example.org&colon;8443",
            ),
            (
                "https&amp;#58;&amp;#47;&amp;#47;origin.example.com",
                "https&amp;#58;&amp;#47;&amp;#47;www.example.org&amp;#58;8443",
            ),
            (
                r#""\/\/origin.example.com\/""#,
                r#""\/\/www.example.org:8443\/""#,
            ),
            (
                r"\u0022\u002f\u002Forigin.example.com",
                r"\u0022\u002f\u002Fwww.example.org\u003A8443",
            ),
            (
                "=%2F%2Forigin.example.com%2F",
                "=%2F%2Fwww.example.org%3A8443%2F",
            ),
            (
                "'&#x2f;&#x2f;origin.example.com",
                "'&#x2f;&#x2f;www.example.org&#x3a;8443",
            ),
            (
                "'&#47;&#47;origin.example.com",
                "'&#47;&#47;www.example.org&#58;8443",
            ),
            (
                "'&sol;&sol;origin.example.com",
                "'&sol;&sol;www.example.org&colon;8443",
            ),
            ("%22origin.example.com%2Fa", "%22www.example.org%3A8443%2Fa"),
            (
                "https://origin%2Eexample%2Ecom/",
                "https://www%2Eexample%2Eorg:8443/",
            ),
            (r"(origin\.example\.com\/a)", r"(www\.example\.org:8443\/a)"),
        ],
    );
}

#[test]
fn a_url_starts_behind_an_escape() {
    check_default(&[
        (
            r"\nhttps://origin.example.com",
            r"\nhttps://www.example.org",
        ),
        (
            r"\\nhttps:\/\/origin.example.com",
            r"\\nhttps:\/\/www.example.org",
        ),
        (
            "%22https%3A%2F%2Forigin.example.com%22",
            "%22https%3A%2F%2Fwww.example.org%22",
        ),
        (
            "%3Dhttps://origin.example.com",
            "%3Dhttps://www.example.org",
        ),
        (
            r"\u0022https://origin.example.com\u0022",
            r"\u0022https://www.example.org\u0022",
        ),
        (
            "&quot;//origin.example.com&quot;",
            "&quot;//www.example.org&quot;",
        ),
        (
            r"\&quot;//origin.example.com\&quot;",
            r"\&quot;//www.example.org\&quot;",
        ),
        (
            "&#34;origin.example.com/&#34;",
            "&#34;www.example.org/&#34;",
        ),
        (r#"\"//origin.example.com\""#, r#"\"//www.example.org\""#),
        (r"\t//origin.example.com", r"\t//www.example.org"),
        (
            "%253D%252F%252Forigin.example.com%252F",
            "%253D%252F%252Fwww.example.org%252F",
        ),
    ]);
}

#[test]
fn a_dot_behind_the_host_is_dropped_in_a_url_and_kept_in_a_sentence() {
    check_default(&[
        ("https://origin.example.com./a", "https://www.example.org/a"),
        (
            "https://origin.example.com.:443/a",
            "https://www.example.org/a",
        ),
        (
            "See https://origin.example.com. Then",
            "See https://www.example.org. Then",
        ),
        (
            "https://origin.example.com...",
            "https://www.example.org...",
        ),
        ("https://origin.example.com.", "https://www.example.org."),
    ]);
}

#[test]
fn user_info_stays_in_front_of_the_public_host() {
    check_default(&[
        (
            "https://user:pw@origin.example.com/",
            "https://user:pw@www.example.org/",
        ),
        (
            "https%3A%2F%2Fuser%3Apw%40origin.example.com%2F",
            "https%3A%2F%2Fuser%3Apw%40www.example.org%2F",
        ),
        ("'//user@origin.example.com/", "'//user@www.example.org/"),
        (
            "https://origin.example.com@origin.example.com/",
            "https://origin.example.com@www.example.org/",
        ),
        (
            "https://evil.test/@origin.example.com/",
            "https://evil.test/@origin.example.com/",
        ),
    ]);
}

#[test]
fn several_origins_are_mapped_in_one_pass_each_to_its_own_place() {
    let map = UrlMap::new([
        origin("https://origin.example.com"),
        origin("https://origin.example.com:8443").to(public("https://admin.example.org")),
        origin("https://img.example.com")
            .below("/img/cdn")
            .expect("a path"),
        origin("https://img.example.com.test")
            .below("/test")
            .expect("a path"),
        origin("https://api.other.test:9000")
            .to(public("https://api.example.org"))
            .below("/v1")
            .expect("a path"),
    ]);
    check(
        &map,
        &public("https://www.example.org"),
        &[
            (
                "https://origin.example.com/ https://origin.example.com:8443/",
                "https://www.example.org/ https://admin.example.org/",
            ),
            (
                "https://origin.example.com/ http://img.example.com/a.png",
                "https://www.example.org/ https://www.example.org/img/cdn/a.png",
            ),
            (
                r"https:\/\/img.example.com\/a",
                r"https:\/\/www.example.org\/img\/cdn\/a",
            ),
            (
                "https%3A%2F%2Fimg.example.com",
                "https%3A%2F%2Fwww.example.org%2Fimg%2Fcdn",
            ),
            (
                "https://img.example.com.test/",
                "https://www.example.org/test/",
            ),
            ("'img.example.com%2Fa'", "'www.example.org%2Fimg%2Fcdn%2Fa'"),
            (
                "https://api.other.test:9000?q",
                "https://api.example.org/v1?q",
            ),
            ("https://api.other.test/", "https://api.other.test/"),
        ],
    );
}
