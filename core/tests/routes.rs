//! A site of several origins over an edge in memory: where requests go, and what comes back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(
    unreachable_pub,
    missing_docs,
    dead_code,
    reason = "seen by this test alone"
)]
mod support;

use http::Request;
use streamgate::Config;
use streamgate::{FetchError, Gate};
use support::{By, Scripted, Seen, exchange, request, scripted};

/// A main origin, a CDN that knows nothing of its path, an API that does know, and a shop on a host
/// of its own.
const SITE: &str = r#"
[origin]
url = "https://origin.example.com"
public = "https://www.example.com"

[gate]
explain = true

[[html]]
select = "body"
append = "<!--main-->"

[[route]]
path = "/img"
origin = "https://cdn.example.net"

[[route]]
path = "/img/raw"
origin = "http://raw.example.net:8080"
host = "raw.internal.test"

[[route]]
path = "/api"
origin = "https://api.example.net"
prefix = "keep"

[[route.html]]
select = "body"
append = "<!--api-->"

[[route]]
path = "/files"
origin = "https://store.example.net/bucket/7"

[[route]]
public = "https://shop.example.com"
origin = "https://shop.example.org"
html = []
"#;

fn gate(text: &str) -> Gate {
    Gate::new(Config::from_toml(text, "test").unwrap()).unwrap()
}

/// Requests a URL from the site, whose origins answer by `answer`, and returns what the client saw.
fn get(url: &str, answer: &dyn Fn(&Request<()>) -> Result<Scripted, FetchError>) -> Seen {
    let mut asked = request("GET", &[]);
    *asked.uri_mut() = url.parse().unwrap();
    exchange(&gate(SITE), asked, answer)
}

#[allow(clippy::unnecessary_wraps, reason = "an origin can fail")]
fn ok(_: &Request<()>) -> Result<Scripted, FetchError> {
    Ok(scripted(200, &[("content-type", "image/png")], &["x"]))
}

#[test]
fn host_and_path_pick_the_origin() {
    let www = "https://www.example.com";
    for (url, fetched, host) in [
        (
            format!("{www}/"),
            "https://origin.example.com/",
            "origin.example.com",
        ),
        (
            format!("{www}/img/"),
            "https://cdn.example.net/",
            "cdn.example.net",
        ),
        (
            format!("{www}/img/?a=b"),
            "https://cdn.example.net/?a=b",
            "cdn.example.net",
        ),
        (
            format!("{www}/img/a//b.png?"),
            "https://cdn.example.net/a//b.png?",
            "cdn.example.net",
        ),
        (
            format!("{www}/img//evil.test/a"),
            "https://cdn.example.net//evil.test/a",
            "cdn.example.net",
        ),
        (
            format!("{www}/img/a%2Fb%20c?q=%20"),
            "https://cdn.example.net/a%2Fb%20c?q=%20",
            "cdn.example.net",
        ),
        (
            format!("{www}/img/raw/a"),
            "http://raw.example.net:8080/a",
            "raw.internal.test",
        ),
        (
            format!("{www}/img/rawer"),
            "https://cdn.example.net/rawer",
            "cdn.example.net",
        ),
        (
            format!("{www}/api/v1?x"),
            "https://api.example.net/api/v1?x",
            "api.example.net",
        ),
        (
            format!("{www}/api"),
            "https://api.example.net/api",
            "api.example.net",
        ),
        (
            format!("{www}/files/a/../b"),
            "https://store.example.net/bucket/7/a/../b",
            "store.example.net",
        ),
        (
            format!("{www}/files"),
            "https://store.example.net/bucket/7",
            "store.example.net",
        ),
        (
            "https://shop.example.com/img/a".to_owned(),
            "https://shop.example.org/img/a",
            "shop.example.org",
        ),
        (
            "https://SHOP.example.com:443/a".to_owned(),
            "https://shop.example.org/a",
            "shop.example.org",
        ),
        (
            "http://shop.example.com/a".to_owned(),
            "https://shop.example.org/a",
            "shop.example.org",
        ),
        (
            "https://other.example.com/img/a".to_owned(),
            "https://cdn.example.net/a",
            "cdn.example.net",
        ),
        (
            "https://shop.example.com.evil.test/a".to_owned(),
            "https://origin.example.com/a",
            "origin.example.com",
        ),
    ] {
        let seen = get(&url, &ok);
        let [sent] = seen.requests.as_slice() else {
            panic!("{url}: {} requests", seen.requests.len())
        };
        assert_eq!(sent.uri().to_string(), fetched, "{url}");
        assert_eq!(sent.headers()["host"], host, "{url}");
    }
}

#[test]
fn a_route_that_repeats_the_sites_host_does_not_beat_a_longer_path() {
    let site = gate(
        "[origin]\nurl = 'https://o.example'\npublic = 'https://www.example.com'
        [[route]]\npath = '/a'\npublic = 'http://www.example.com.'\norigin = 'https://short.example'
        [[route]]\npath = '/a/b'\norigin = 'https://long.example'",
    );
    for (path, fetched) in [
        ("/a/b/c", "https://long.example/c"),
        ("/a/c", "https://short.example/c"),
        ("/c", "https://o.example/c"),
    ] {
        let mut asked = request("GET", &[]);
        *asked.uri_mut() = format!("https://www.example.com{path}").parse().unwrap();
        let seen = exchange(&site, asked, &ok);
        assert_eq!(seen.requests[0].uri().to_string(), fetched);
    }
}

#[test]
fn the_bare_path_of_a_route_leads_to_its_root() {
    for (method, path, location) in [
        ("GET", "/img", "/img/"),
        ("HEAD", "/img", "/img/"),
        ("GET", "/img?", "/img/?"),
        ("GET", "/img?a=/b&c", "/img/?a=/b&c"),
        ("GET", "/img/raw", "/img/raw/"),
    ] {
        let mut asked = request(method, &[]);
        *asked.uri_mut() = format!("https://www.example.com{path}").parse().unwrap();
        let seen = exchange(&gate(SITE), asked, &ok);
        assert!(seen.requests.is_empty(), "{path}");
        assert_eq!(seen.head.status(), 308, "{path}");
        assert_eq!(seen.field("location"), Some(location));
        assert_eq!(seen.field("cache-control"), Some("no-store"));
        let route = path.split('?').next().unwrap();
        let said = format!("buffered; reason=route-root; route=\"{route}\"");
        assert_eq!(seen.field("streamgate"), Some(&*said));
        assert_eq!(seen.body.is_empty(), method == "HEAD");
    }
    // Other routes have a page at their path, and a method that retrieves nothing means that very
    // resource.
    for (method, path, fields) in [
        ("POST", "/img", &[][..]),
        ("OPTIONS", "/img", &[]),
        ("GET", "/img/", &[]),
        ("GET", "/api", &[]),
        ("GET", "/files", &[]),
        ("GET", "/", &[]),
    ] {
        let mut asked = request(method, fields);
        *asked.uri_mut() = format!("https://www.example.com{path}").parse().unwrap();
        let seen = exchange(&gate(SITE), asked, &ok);
        assert_eq!(seen.requests.len(), 1, "{method} {path}");
    }
}

#[test]
fn what_only_looks_like_a_route_goes_to_the_main_origin_as_it_is() {
    for path in [
        "/imgx",
        "/IMG",
        "/img%2Fa",
        "/img;a",
        "//img/a",
        "/./img/a",
        "/a/../img/a",
        "/%69mg/a",
        "/.img",
        "/img.png",
        "/img,a",
        "/img%3Fa",
    ] {
        let seen = get(&format!("https://www.example.com{path}"), &ok);
        assert_eq!(
            seen.requests[0].uri().to_string(),
            format!("https://origin.example.com{path}")
        );
        assert_eq!(
            seen.field("streamgate"),
            Some("pass-through; row=3; reason=not-processable")
        );
    }
}

#[test]
fn a_path_that_leads_out_of_its_route_is_refused() {
    for path in [
        "/img/..",
        "/img/../a",
        "/img/a/../../b",
        "/img/%2e%2e/a",
        "/img/..%2fa",
        "/img/..\\a",
        "/files/../8/secret",
        "/files/%2E./8/secret",
        "/api/../admin",
        "/img/..;/a",
    ] {
        let seen = get(&format!("https://www.example.com{path}"), &ok);
        assert_eq!(seen.head.status(), 400, "{path}");
        assert!(seen.requests.is_empty(), "{path}");
        assert!(!seen.text().contains("example.net"), "{path}");
    }
}

#[test]
fn the_decision_names_the_route() {
    for (url, said) in [
        ("https://www.example.com/img/raw/a", "/img/raw"),
        ("https://shop.example.com/a", "shop.example.com"),
    ] {
        let seen = get(url, &ok);
        let expected = format!("pass-through; row=3; reason=not-processable; route=\"{said}\"");
        assert_eq!(seen.field("streamgate"), Some(expected.as_str()));
    }
}

#[test]
fn every_origin_is_mapped_in_every_response_and_rules_are_the_routes() {
    const PAGE: &str = "<body><img src=https://cdn.example.net/a.png><a href='https://shop.example.org/cart'></a>\
        <script>f(\"https:\\/\\/api.example.net\\/api\\/v1\",\"//raw.internal.test/x\",\"https://origin.example.com\")</script></body>";
    const MAPPED: &str = "<body><img src=https://www.example.com/img/a.png><a href='https://shop.example.com/cart'></a>\
        <script>f(\"https:\\/\\/www.example.com\\/api\\/v1\",\"//www.example.com/img/raw/x\",\"https://www.example.com\")</script>";
    let page = |_: &Request<()>| Ok(scripted(200, &[("content-type", "text/html")], &[PAGE]));
    for (url, end) in [
        ("https://www.example.com/", "<!--main-->"),
        ("https://www.example.com/img/", "<!--main-->"),
        ("https://www.example.com/api/", "<!--api-->"),
        ("https://shop.example.com/", ""),
    ] {
        let seen = get(url, &page);
        assert_eq!(seen.by, By::Stream);
        assert_eq!(seen.text(), format!("{MAPPED}{end}</body>"), "{url}");
    }
}

#[test]
fn an_origin_that_fails_is_a_502_that_does_not_name_it_and_the_others_go_on() {
    let broken = |asked: &Request<()>| match asked.uri().host() {
        Some("cdn.example.net") => Err(FetchError::Connect("cdn.example.net".to_owned())),
        _ => ok(asked),
    };
    let seen = get("https://www.example.com/img/a", &broken);
    assert_eq!(seen.head.status(), 502);
    assert!(!seen.text().contains("example.net"));
    assert_eq!(get("https://www.example.com/", &broken).head.status(), 200);
}

#[test]
fn without_a_public_host_the_requested_one_is_that_of_every_path() {
    let text = "origin.url = 'https://origin.example.com'\n[[route]]\npath = '/img'\norigin = 'https://cdn.example.net'";
    let page = |_: &Request<()>| {
        let body = "<img src=https://cdn.example.net/a><a href=https://origin.example.com/b>";
        Ok(scripted(200, &[("content-type", "text/html")], &[body]))
    };
    let mut asked = request("GET", &[]);
    *asked.uri_mut() = "http://127.0.0.1:8080/img/x".parse().unwrap();
    let seen = exchange(&gate(text), asked, &page);
    assert_eq!(
        seen.text(),
        "<img src=http://127.0.0.1:8080/img/a><a href=http://127.0.0.1:8080/b>"
    );
    let mut nameless = request("GET", &[]);
    *nameless.uri_mut() = "/img/x".parse().unwrap();
    // HTTP/1.1 wants a `Host` (RFC 9112 §3.2).
    *nameless.version_mut() = http::Version::HTTP_10;
    let redirect = |_: &Request<()>| Ok(scripted(302, &[("location", "/y")], &[]));
    let seen = exchange(&gate(text), nameless, &redirect);
    assert_eq!(seen.requests[0].uri(), "https://cdn.example.net/x");
    assert_eq!(seen.field("location"), Some("/img/y"));
}

proptest::proptest! {
    #[test]
    fn no_path_reaches_another_origin_than_it_says(path in "/(img|api|files)?[/.%2eEfF\\\\;a]{0,12}(\\?[/.a]{0,4})?") {
        let Ok(url) = format!("https://www.example.com{path}").parse::<http::Uri>() else {
            return Ok(());
        };
        let mut asked = request("GET", &[]);
        *asked.uri_mut() = url;
        let seen = exchange(&gate(SITE), asked, &ok);
        let below = |prefix: &str| {
            path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        let host = if below("/img/raw") {
            "raw.example.net"
        } else if below("/img") {
            "cdn.example.net"
        } else if below("/api") {
            "api.example.net"
        } else if below("/files") {
            "store.example.net"
        } else {
            "origin.example.com"
        };
        match seen.requests.as_slice() {
            [sent] => {
                proptest::prop_assert_eq!(sent.uri().host(), Some(host));
                proptest::prop_assert!(sent.uri().path().starts_with('/'));
            }
            _ if path.split('?').next() == Some("/img") => {
                proptest::prop_assert_eq!(seen.head.status(), 308);
            }
            _ => proptest::prop_assert_eq!(seen.head.status(), 400),
        }
    }
}
