//! Several origins: with base paths, with ports, with hosts that contain each other.

use super::{check, origin, public};
use crate::map::{Origin, UrlMap};

fn at(url: &str, base: &str) -> Origin {
    origin(url).at(base).expect("a path")
}

fn below(origin: Origin, path: &str) -> Origin {
    origin.below(path).expect("a path")
}

fn check_base(rows: &[(&str, &str)]) {
    let map = UrlMap::new([below(at("https://cdn.example.net", "/assets/v1"), "/img")]);
    check(&map, &public("https://www.example.org"), rows);
}

#[test]
fn a_base_is_replaced_and_what_is_not_below_it_stays() {
    check_base(&[
        (
            "https://cdn.example.net/assets/v1/a.png",
            "https://www.example.org/img/a.png",
        ),
        ("'//cdn.example.net/assets/v1'", "'//www.example.org/img'"),
        (
            "\"cdn.example.net/assets/v1/a\"",
            "\"www.example.org/img/a\"",
        ),
        (
            "https://user@cdn.example.net:443/assets/v1?a",
            "https://user@www.example.org/img?a",
        ),
        (
            r"https:\/\/cdn.example.net\/assets\/v1\/a",
            r"https:\/\/www.example.org\/img\/a",
        ),
        (
            "https%3A%2F%2Fcdn.example.net%2Fassets%2Fv1%2Fa",
            "https%3A%2F%2Fwww.example.org%2Fimg%2Fa",
        ),
        (
            "https://cdn.example.net\\u002fassets\\u002Fv1/",
            "https://www.example.org/img/",
        ),
    ]);
    for stays in [
        "https://cdn.example.net",
        "https://cdn.example.net/",
        "https://cdn.example.net/assets",
        "https://cdn.example.net/assets/v2/a",
        "https://cdn.example.net/Assets/v1/a",
        "https://cdn.example.net//assets/v1/a",
        "https://cdn.example.net?/assets/v1/a",
        "'cdn.example.net'",
    ] {
        check_base(&[(stays, stays)]);
    }
}

#[test]
fn a_base_ends_where_its_segment_ends() {
    for end in [
        "", "\"", "'", "`", "/", "?", "#", " ", "\n", "<", ">", ")", "]", "}", ",", ";", "&",
        "&amp;", "&quot;", "\\\"", "\\u0022", "\\n", "|", ". Then", ": then", "...", "!", "${x}",
        "\\/a",
    ] {
        let url = format!("https://cdn.example.net/assets/v1{end}");
        let mapped = format!("https://www.example.org/img{end}");
        check_base(&[(&url, &mapped)]);
    }
    for goes_on in [
        "0", "x", "-", "_", "~", "%20", "%2F", "%s", "+", "=", "@2x", "*", ".png", "./", ":80",
        ":/", "é", "%C3%A9", "\\u0061", "&#97;", "&#97",
    ] {
        let url = format!("https://cdn.example.net/assets/v1{goes_on}");
        check_base(&[(&url, &url)]);
    }
}

#[test]
fn what_is_percent_encoded_as_often_as_the_url_is_around_it() {
    check_base(&[
        (
            "https%3A%2F%2Fcdn.example.net%2Fassets%2Fv1%22",
            "https%3A%2F%2Fwww.example.org%2Fimg%22",
        ),
        (
            "https%253A%252F%252Fcdn.example.net%252Fassets%252Fv1%26x",
            "https%253A%252F%252Fwww.example.org%252Fimg%26x",
        ),
        (
            "https%3A%2F%2Fcdn.example.net%2Fassets%2Fv1%2520x",
            "https%3A%2F%2Fcdn.example.net%2Fassets%2Fv1%2520x",
        ),
    ]);
}

#[test]
fn the_longest_base_of_a_host_wins() {
    let origins = [
        below(at("https://x.example.net", "/a"), "/one"),
        below(at("https://x.example.net", "/a/b"), "/two"),
        below(at("https://x.example.net", "/a/b"), "/late"),
        at("https://x.example.net", "/c").to(public("https://c.example.org")),
        below(at("https://x.example.net:8443", "/a/b/d"), "/three"),
        below(at("https://y.example.net", "/a"), "/four"),
        below(origin("https://y.example.net"), "/rest"),
    ];
    let rows = [
        ("https://x.example.net/a", "https://www.example.org/one"),
        ("https://x.example.net/a/", "https://www.example.org/one/"),
        ("https://x.example.net/a/b", "https://www.example.org/two"),
        (
            "https://x.example.net/a/b/d",
            "https://www.example.org/two/d",
        ),
        (
            "https://x.example.net/a/bc",
            "https://www.example.org/one/bc",
        ),
        ("https://x.example.net/c/d", "https://c.example.org/d"),
        ("https://x.example.net/d", "https://x.example.net/d"),
        (
            "https://x.example.net:8443/a/b/d",
            "https://www.example.org/three",
        ),
        (
            "https://x.example.net:8443/a/b",
            "https://x.example.net:8443/a/b",
        ),
        (
            "https://y.example.net/a/b",
            "https://www.example.org/four/b",
        ),
        ("https://y.example.net/b", "https://www.example.org/rest/b"),
        ("https://y.example.net", "https://www.example.org/rest"),
    ];
    let www = public("https://www.example.org");
    check(&UrlMap::new(origins.clone()), &www, &rows);
    // The order decides between equal bases alone.
    let mut reversed = origins;
    reversed.reverse();
    reversed.swap(3, 4);
    reversed.swap(3, 4);
    let rows = rows.map(|(from, to)| (from, to.replace("/two", "/late")));
    let rows: Vec<_> = rows.iter().map(|(from, to)| (*from, to.as_str())).collect();
    check(&UrlMap::new(reversed), &www, &rows);
}

#[test]
fn a_base_that_stays_maps_a_url_without_a_path_too() {
    let map = UrlMap::new([
        below(at("https://api.example.net", "/api"), "/api"),
        below(at("https://api.example.net", "/feeds/all"), "/feeds/all"),
    ]);
    check(
        &map,
        &public("https://www.example.org"),
        &[
            (
                "\"https://api.example.net\"+path",
                "\"https://www.example.org\"+path",
            ),
            (
                "`https://api.example.net${path}`",
                "`https://www.example.org${path}`",
            ),
            ("'api.example.net'", "'www.example.org'"),
            (
                "See https://api.example.net.",
                "See https://www.example.org.",
            ),
            (
                r"https:\/\/api.example.net\/feeds\/all\/1",
                r"https:\/\/www.example.org\/feeds\/all\/1",
            ),
            (
                "https://api.example.net/api?q",
                "https://www.example.org/api?q",
            ),
            ("https://api.example.net/", "https://api.example.net/"),
            ("https://api.example.net/x", "https://api.example.net/x"),
            (
                "https://api.example.net/apis",
                "https://api.example.net/apis",
            ),
            ("https://api.example.net?q", "https://api.example.net?q"),
            ("https://api.example.net#f", "https://api.example.net#f"),
        ],
    );
    // If the host as a whole has an origin of its own, a URL without a path belongs to that one.
    let map = UrlMap::new([
        below(at("https://api.example.net", "/api"), "/api"),
        below(origin("https://api.example.net"), "/rest"),
    ]);
    let rows = [("https://api.example.net", "https://www.example.org/rest")];
    check(&map, &public("https://www.example.org"), &rows);
}

#[test]
fn hosts_that_contain_each_other_and_ports_are_told_apart() {
    let origins = [
        origin("https://example.com"),
        below(origin("https://origin.example.com"), "/origin"),
        below(origin("https://origin.example.com:8443"), "/tls"),
        below(origin("http://origin.example.com:84"), "/84"),
        below(origin("https://origin.example.com.test"), "/test"),
        below(origin("https://the-origin.example.com"), "/the"),
    ];
    let rows = [
        ("https://example.com/a", "https://www.example.org/a"),
        (
            "https://origin.example.com/a",
            "https://www.example.org/origin/a",
        ),
        (
            "https://origin.example.com:8443/a",
            "https://www.example.org/tls/a",
        ),
        (
            "https://origin.example.com:84/a",
            "https://www.example.org/84/a",
        ),
        (
            "https://origin.example.com:8/a",
            "https://origin.example.com:8/a",
        ),
        (
            "https://origin.example.com.test/a",
            "https://www.example.org/test/a",
        ),
        (
            "https://the-origin.example.com/a",
            "https://www.example.org/the/a",
        ),
        (
            "https://new.origin.example.com/a",
            "https://new.origin.example.com/a",
        ),
        (
            "'origin.example.com:8443' 'example.com' 'origin.example.com.test'",
            "'www.example.org/tls' 'www.example.org' 'www.example.org/test'",
        ),
    ];
    let www = public("https://www.example.org");
    check(&UrlMap::new(origins.clone()), &www, &rows);
    check(&UrlMap::new(origins.into_iter().rev()), &www, &rows);
}
