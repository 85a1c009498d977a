//! Texts that stay as they are, and what decides that.

use std::borrow::Cow;

use super::{check, check_default, check_untouched, origin, public};
use crate::map::UrlMap;

#[test]
fn what_only_looks_like_the_origin_is_not_touched() {
    check_untouched(&[
        "https://origin.example.com.evil.test/",
        "https://origin.example.com%2Eevil.test/",
        "https://origin.example.com&#46;evil.test/",
        "https://origin.example.com.é/",
        "https://origin.example.com-evil.test/",
        "https://origin.example.com_evil.test/",
        "https://origin.example.comm/",
        "https://origin.example.com%61/",
        r"https://origin.example.com\u0061/",
        "https://notorigin.example.com/",
        "https://not-origin.example.com/",
        "https://www.origin.example.com/",
        "https://example.com/",
        "xhttps://origin.example.com/",
        "%61https://origin.example.com/",
        "ftp://origin.example.com/",
        "https:/origin.example.com/",
        "https:/%2Forigin.example.com/",
        "https://evil.test//origin.example.com/",
        "https://evil.test/?//origin.example.com/",
        "https://origin.example.com@evil.test/",
        "https://origin.example.com%40evil.test/",
        "https://origin.example.com:pw@evil.test/",
        "https://origin.example.com:443@evil.test/",
        "https://origin.example.com:443:pw@evil.test/",
        "https://originxexample.com/",
    ]);
}

#[test]
fn a_default_port_is_the_origin_and_another_port_is_not() {
    check_default(&[
        (
            "https://origin.example.com:443/",
            "https://www.example.org/",
        ),
        (
            "https://origin.example.com:0443/",
            "https://www.example.org/",
        ),
        ("http://origin.example.com:80/", "https://www.example.org/"),
        ("\"//origin.example.com:443\"", "\"//www.example.org\""),
        (
            "https%3A%2F%2Forigin.example.com%3A443%2F",
            "https%3A%2F%2Fwww.example.org%2F",
        ),
        ("https://origin.example.com:/", "https://www.example.org/"),
        (
            "from https://origin.example.com: it",
            "from https://www.example.org: it",
        ),
    ]);
    check_untouched(&[
        "https://origin.example.com:80/",
        "https://origin.example.com:8443/",
        "https://origin.example.com:4431/",
        "https://origin.example.com:443443/",
        "https://origin.example.com:65979/",
        "https://origin.example.com%3A8443%2F",
    ]);
    let map = UrlMap::new([origin("http://127.0.0.1:8081"), origin("http://[::1]:8081")]);
    check(
        &map,
        &public("https://www.example.org"),
        &[
            ("http://127.0.0.1:8081/", "https://www.example.org/"),
            ("https://127.0.0.1:8081.", "https://www.example.org."),
            (
                "http%3A%2F%2F127.0.0.1%3A8081",
                "https%3A%2F%2Fwww.example.org",
            ),
            ("http://127.0.0.1/", "http://127.0.0.1/"),
            ("http://127.0.0.1:8082/", "http://127.0.0.1:8082/"),
            ("http://127.0.0.1:80810/", "http://127.0.0.1:80810/"),
            ("http://[::1]:8081/", "https://www.example.org/"),
            ("http://%5B%3A%3A1%5D:8081/", "https://www.example.org/"),
        ],
    );
}

#[test]
fn without_an_origin_nothing_is_mapped() {
    let map = UrlMap::new([]);
    let rows = [("https://origin.example.com/", "https://origin.example.com/")];
    check(&map, &public("https://www.example.org"), &rows);
}

#[test]
fn a_value_without_a_match_is_not_copied() {
    let map = UrlMap::new([origin("https://origin.example.com")]);
    let public = public("https://www.example.org");
    assert!(matches!(
        map.map_bytes(&public, b"https://elsewhere.test/"),
        Cow::Borrowed(_)
    ));
    assert!(matches!(
        map.map_bytes(&public, b"https://origin.example.com/"),
        Cow::Owned(_)
    ));
}
