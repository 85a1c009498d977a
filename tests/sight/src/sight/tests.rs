//! Tests of what is seen in a text, where it starts and ends, and how it is classified.

use super::{Kept, Place, sightings};
use crate::origin::Origin;

fn seen(origin: &str, text: &str) -> Vec<(String, Place)> {
    let origins: Vec<_> = origin
        .split(' ')
        .map(|origin| Origin::parse(origin).unwrap())
        .collect();
    sightings(text.as_bytes(), &origins)
        .into_iter()
        .map(|sighting| (text[sighting.span].to_owned(), sighting.place))
        .collect()
}

/// Checks that each text has the expected sighting, or none.
fn check(origin: &str, rows: &[(&str, Option<(&str, Place)>)]) {
    for (text, expected) in rows {
        let expected: Vec<_> = expected
            .iter()
            .map(|(span, place)| ((*span).to_owned(), *place))
            .collect();
        assert_eq!(seen(origin, text), expected, "{text}");
    }
}

const ORIGIN: &str = "https://www.a-b.example";

#[test]
fn a_url_is_seen_in_every_escaping() {
    for url in [
        "https://www.a-b.example",
        "HTTP://WWW.A-B.Example",
        r"https:\/\/www.a-b.example",
        r"https:\\\/\\\/www.a-b.example",
        r"https:\u002F\u002Fwww.a-b.example",
        r"https\u003a\u002f\u002fwww\u002ea\u002db\u002eexample",
        r"https\x3a\x2f\x2fwww.a-b.example",
        "https%3A%2F%2Fwww.a-b.example",
        "https%253a%252f%252fwww%252ea%252db.example",
        "https&#x3A;&#x2F;&#x2F;www.a-b.example",
        "https&#58;&#47;&#47;www&#46;a&#45;b.example",
        "https&colon;&sol;&sol;www&period;a-b.example",
        "https&amp;#58;&amp;#47;&amp;#47;www.a-b.example",
        "https%26%2358%3B%26%2347%3B%26%2347%3Bwww.a-b.example",
        "https:%5C%2F%5C%2Fwww.a-b.example",
        "https:&#47&#47www.a-b.example",
        "https://%77ww.a-b.example",
        "https://user:pw@www.a-b.example",
        "https://www.a-b.example:443",
    ] {
        for (before, after) in [
            ("", ""),
            ("\"", "/x\""),
            ("u=", "&v"),
            ("&quot;", "&quot;"),
            ("%22", "%22"),
            (r"\n", r"\n"),
            ("前往", "，谢谢"),
            ("(", ")."),
            ("“", ".”"),
            ("\u{A0}", ".\u{A0}"),
            ("see ", ". Then"),
            ("https://archive.test/", "?"),
        ] {
            let text = format!("{before}{url}{after}");
            assert_eq!(
                seen(ORIGIN, &text),
                [(url.to_owned(), Place::Web)],
                "{text}"
            );
        }
    }
}

#[test]
fn a_longer_name_is_another_host() {
    for text in [
        "https://www.a-b.example.org/",
        "https://www.a-b.example%2Eorg/",
        "https://www.a-b.example&#46;org/",
        "https://www.a-b.example.é/",
        "https://www.a-b.example-c/",
        "https://www.a-b.examples/",
        r"https://www.a-b.example\u0061/",
        "https://new.www.a-b.example/",
        "https://xwww.a-b.example/",
        "https://-www.a-b.example/",
        "_www.a-b.example/",
        "éwww.a-b.example/",
        "https://wwwxa-b.example/",
        r"\u0061www.a-b.example/",
    ] {
        assert_eq!(seen(ORIGIN, text), [], "{text}");
    }
}

#[test]
fn what_is_around_a_host_says_what_it_is() {
    let host = "www.a-b.example";
    let kept = |kept| Some((host, Place::Kept(kept)));
    check(
        ORIGIN,
        &[
            ("'//www.a-b.example/'", Some((host, Place::Slashes))),
            (r#""\/\/www.a-b.example""#, Some((host, Place::Slashes))),
            ("p + '://www.a-b.example'", Some((host, Place::Slashes))),
            (
                "wss://www.a-b.example/s",
                Some(("wss://www.a-b.example", Place::Socket)),
            ),
            ("\"www.a-b.example\"", Some((host, Place::Bare))),
            ("at www.a-b.example today", Some((host, Place::Bare))),
            ("«www.a-b.example»", Some((host, Place::Bare))),
            ("前往www.a-b.example，", Some((host, Place::Bare))),
            ("tar:www.a-b.example;", Some((host, Place::Bare))),
            ("at www.a-b.example.", Some((host, Place::Bare))),
            ("at www.a-b.example: it", Some((host, Place::Bare))),
            ("www.a-b.example(1)", kept(Kept::Word)),
            ("mailto:me@www.a-b.example", kept(Kept::Mail)),
            ("me%40www.a-b.example", kept(Kept::Mail)),
            ("https://c.test/www.a-b.example/x.js", kept(Kept::Path)),
            ("https://c.test//www.a-b.example/x.js", kept(Kept::Path)),
            ("https:/%2Fwww.a-b.example", kept(Kept::Path)),
            ("ftp://www.a-b.example/", kept(Kept::Scheme)),
            ("xhttps://www.a-b.example/", kept(Kept::Scheme)),
            (
                "https://www.a-b.example@evil.test/",
                Some(("https://www.a-b.example", Place::Kept(Kept::UserInfo))),
            ),
            (
                "https://www.a-b.example:pw@evil.test/",
                Some(("https://www.a-b.example", Place::Kept(Kept::UserInfo))),
            ),
            (
                "https://www.a-b.example:8443/",
                Some(("https://www.a-b.example:8443", Place::Kept(Kept::Port))),
            ),
            (
                "https://www.a-b.example:80/",
                Some(("https://www.a-b.example:80", Place::Kept(Kept::Port))),
            ),
            (
                "http://www.a-b.example:80/",
                Some(("http://www.a-b.example:80", Place::Web)),
            ),
            (
                "https://www.a-b.example:/",
                Some(("https://www.a-b.example:", Place::Web)),
            ),
            (
                "https://www.a-b.example./",
                Some(("https://www.a-b.example.", Place::Web)),
            ),
        ],
    );
}

#[test]
fn a_name_with_one_dot_is_a_value_between_quotes_or_tags_before_a_path_or_among_words() {
    let bare = Some(("my.name", Place::Bare));
    let word = Some(("my.name", Place::Kept(Kept::Word)));
    check(
        "https://my.name",
        &[
            ("\"my.name\"", bare),
            ("&quot;my.name&quot;", bare),
            ("<b>my.name</b>", bare),
            ("=my.name/x", bare),
            ("my.name", bare),
            ("\"my.name'", word),
            (r#"\"my.name""#, word),
            ("if (my.name) {", word),
            ("(my.name)", word),
            ("return my.name", word),
            ("x in my.name", word),
            (r"\n my.name", word),
            ("'my.name in lights'", word),
            ("x my.name = 1", word),
            ("a, my.name", word),
            ("at my.name today", bare),
            ("<p>my.name is", bare),
            ("© 2026 my.name<", bare),
            ("on my.name.", bare),
            ("the.my.name", None),
            ("https://my.name", Some(("https://my.name", Place::Web))),
        ],
    );
}

#[test]
fn what_a_length_counts_is_kept() {
    let url = "https://www.a-b.example";
    for text in [
        r#"s:23:"URL""#,
        r#"a:1:{s:3:"url";s:30:"at URL""#,
        r#"s:23:\"URL\";"#,
        "s:23:&quot;URL&quot;;",
    ] {
        let text = text.replace("URL", url);
        let kept = Place::Kept(Kept::Counted);
        assert_eq!(seen(ORIGIN, &text), [(url.to_owned(), kept)], "{text}");
    }
    for text in [r#"s:1:"a";"URL""#, r#"css:23:"URL""#, "s:23:'URL'"] {
        let text = text.replace("URL", url);
        assert_eq!(
            seen(ORIGIN, &text),
            [(url.to_owned(), Place::Web)],
            "{text}"
        );
    }
}

#[test]
fn a_host_in_a_regular_expression_is_a_value() {
    let host = r"www\.a-b\.example";
    for (text, place) in [
        ("/^HOST$/", Place::Bare),
        ("/HOST/.test(x)", Place::Bare),
        ("return/HOST/", Place::Bare),
        ("/(^|x)HOST(:1)?$/", Place::Bare),
        ("/^HOST[/:]/", Place::Bare),
        (r"/^(https?:)?\/\/HOST\//", Place::Slashes),
        (r"/\/\/HOST/", Place::Slashes),
        (r"/^\/\/HOST/", Place::Slashes),
        ("cdn/HOST/a", Place::Kept(Kept::Path)),
        (r"/https:\/\/cdn\.test\/HOST/", Place::Kept(Kept::Path)),
        (r"/^HOST\.[a-z]+/", Place::Kept(Kept::Word)),
    ] {
        let text = text.replace("HOST", host);
        assert_eq!(seen(ORIGIN, &text), [(host.to_owned(), place)], "{text}");
    }
    assert_eq!(
        seen("https://my.name", r"/^my\.name$/"),
        [(r"my\.name".to_owned(), Place::Bare)]
    );
    assert_eq!(
        seen(ORIGIN, "/^[www.a-b.example]$/"),
        [("www.a-b.example".to_owned(), Place::Bare)]
    );
}

#[test]
fn a_name_without_a_dot_is_a_host_only_in_a_url_or_with_a_port() {
    check(
        "http://test",
        &[
            ("a test", None),
            ("\"test\"", None),
            ("/test/x", None),
            ("\"//test/x\"", Some(("test", Place::Slashes))),
            ("http://test/", Some(("http://test", Place::Web))),
        ],
    );
    check(
        "http://localhost:8081",
        &[
            ("\"localhost:8081\"", Some(("localhost:8081", Place::Bare))),
            ("=localhost:8081/", Some(("localhost:8081", Place::Bare))),
            (
                "{localhost:8081}",
                Some(("localhost:8081", Place::Kept(Kept::Word))),
            ),
            (
                "http://localhost/",
                Some(("http://localhost", Place::Kept(Kept::Port))),
            ),
        ],
    );
}

#[test]
fn an_ipv4_address_is_a_host_only_in_a_url_or_with_its_port() {
    let word = Some(("10.0.0.7", Place::Kept(Kept::Word)));
    check(
        "http://10.0.0.7",
        &[
            ("http://10.0.0.7/", Some(("http://10.0.0.7", Place::Web))),
            ("\"//10.0.0.7\"", Some(("10.0.0.7", Place::Slashes))),
            ("\"10.0.0.7:80\"", Some(("10.0.0.7:80", Place::Bare))),
            ("\"10.0.0.7\"", word),
            ("\"10.0.0.7/8\"", word),
            ("at 10.0.0.7.", word),
        ],
    );
}

#[test]
fn both_forms_of_an_international_name_are_seen() {
    for host in [
        "münchen.example",
        "MÜNCHEN.example",
        "xn--mnchen-3ya.example",
        "m%C3%BCnchen.example",
        r"m\u00fcnchen.example",
        "m&uuml;nchen.example",
    ] {
        let text = format!("https://{host}/");
        let url = format!("https://{host}");
        assert_eq!(
            seen("https://münchen.example", &text),
            [(url, Place::Web)],
            "{text}"
        );
    }
}

#[test]
fn one_host_with_two_ports_is_seen_once() {
    assert_eq!(
        seen(
            "https://a.b.test https://a.b.test:8443",
            "https://a.b.test:8443/ https://a.b.test/"
        ),
        [
            ("https://a.b.test:8443".to_owned(), Place::Web),
            ("https://a.b.test".to_owned(), Place::Web)
        ]
    );
}
