//! Requests to a site of several origins, as each origin gets them.

use super::*;

const SITE: &str = r#"
[origin]
url = "https://origin.example.com"
public = "https://www.example.com"

[[route]]
path = "/img"
origin = "https://cdn.example.net"

[[route]]
path = "/files"
origin = "https://store.example.net/bucket"

[[route]]
path = "/shop"
origin = "http://10.0.0.7:8080"
host = "shop.internal.test"
prefix = "keep"

[[route]]
public = "https://blog.example.com"
origin = "https://example.wordpress.com"
"#;

/// Returns a field as an origin gets it when the client sends `fields`.
fn got(uri: &str, fields: &[(&'static str, &'static str)], name: &str) -> Option<String> {
    got_of(&site(SITE), uri, fields, name)
}

fn got_of(
    site: &Site,
    uri: &str,
    fields: &[(&'static str, &'static str)],
    name: &str,
) -> Option<String> {
    let sent = sent(site, &client(uri, fields)).unwrap();
    let mut values = sent.headers().get_all(name).into_iter();
    let value = values.next()?.to_str().unwrap().to_owned();
    assert!(values.next().is_none(), "{name} comes twice");
    Some(value)
}

#[test]
fn a_referer_names_the_origin_that_its_path_is_of() {
    for (referer, expected) in [
        (
            "https://www.example.com/page?q#f",
            "https://origin.example.com/page?q#f",
        ),
        ("https://www.example.com", "https://origin.example.com"),
        (
            "https://www.example.com/img/a?b",
            "https://cdn.example.net/a?b",
        ),
        ("https://www.example.com/img", "https://cdn.example.net/"),
        (
            "https://www.example.com/img?b",
            "https://cdn.example.net/?b",
        ),
        (
            "https://www.example.com/imgs/a",
            "https://origin.example.com/imgs/a",
        ),
        (
            "https://www.example.com/files/a",
            "https://store.example.net/bucket/a",
        ),
        (
            "https://WWW.example.com:443/shop/cart",
            "http://shop.internal.test/shop/cart",
        ),
        (
            "https://blog.example.com/img/a",
            "https://example.wordpress.com/img/a",
        ),
        (
            "https://blog.example.com/",
            "https://example.wordpress.com/",
        ),
        (
            "http://www.example.com/img/a",
            "http://www.example.com/img/a",
        ),
        (
            "https://www.example.com:8443/",
            "https://www.example.com:8443/",
        ),
        (
            "https://www.example.com.evil.test/img/",
            "https://www.example.com.evil.test/img/",
        ),
        (
            "https://user@www.example.com/",
            "https://user@www.example.com/",
        ),
        ("android-app://com.example/", "android-app://com.example/"),
        ("about:blank", "about:blank"),
    ] {
        for uri in [
            "https://www.example.com/x",
            "https://www.example.com/img/x",
            "https://blog.example.com/x",
        ] {
            let got = got(uri, &[("referer", referer)], "referer");
            assert_eq!(got.as_deref(), Some(expected), "{referer}");
        }
    }
}

#[test]
fn an_origin_is_that_of_the_page_that_asks() {
    let www = "https://www.example.com";
    for (fields, expected) in [
        // Nothing tells the page's path: an application of the same host asks itself.
        (&[("origin", www)][..], "http://shop.internal.test"),
        (
            &[("origin", www), ("referer", "https://www.example.com/")],
            "http://shop.internal.test",
        ),
        (
            &[("origin", www), ("referer", "https://www.example.com")],
            "http://shop.internal.test",
        ),
        (
            &[("origin", www), ("referer", "https://www.example.com/?a")],
            "https://origin.example.com",
        ),
        (
            &[("origin", www), ("referer", "https://www.example.com/page")],
            "https://origin.example.com",
        ),
        // A form of the shop's own, which compares `Origin` with its name.
        (
            &[
                ("origin", www),
                ("referer", "https://www.example.com/shop/cart"),
            ],
            "http://shop.internal.test",
        ),
        (
            &[
                ("origin", www),
                ("referer", "https://www.example.com/img/x.html"),
            ],
            "https://cdn.example.net",
        ),
        (
            &[("origin", www), ("referer", "https://elsewhere.test/shop/")],
            "http://shop.internal.test",
        ),
        (
            &[("origin", "https://blog.example.com")],
            "https://example.wordpress.com",
        ),
        (
            &[
                ("origin", "https://blog.example.com"),
                ("referer", "https://www.example.com/shop/"),
            ],
            "https://example.wordpress.com",
        ),
        (&[("origin", "null")], "null"),
        (
            &[
                ("origin", "https://elsewhere.test"),
                ("referer", "https://www.example.com/shop/"),
            ],
            "https://elsewhere.test",
        ),
        (
            &[("origin", "https://www.example.com/")],
            "https://www.example.com/",
        ),
    ] {
        let got = got("https://www.example.com/shop/cart", fields, "origin");
        assert_eq!(got.as_deref(), Some(expected), "{fields:?}");
    }
}

#[test]
fn an_origin_that_is_of_another_host_than_the_request_is_the_main_one_of_its_host() {
    let fields = [("origin", "https://www.example.com")];
    let got = got("https://blog.example.com/shop/x", &fields, "origin");
    assert_eq!(got.as_deref(), Some("https://origin.example.com"));
}

#[test]
fn fields_that_tell_a_page_name_its_origin() {
    for (sent, expected) in [
        (
            "https://www.example.com/list?p=2#x",
            "https://origin.example.com/list?p=2#x",
        ),
        ("https://www.example.com/img/a", "https://cdn.example.net/a"),
        (
            "https://elsewhere.test/img/a",
            "https://elsewhere.test/img/a",
        ),
        ("/img/a", "/img/a"),
        ("messages", "messages"),
    ] {
        for name in [
            "hx-current-url",
            "turbo-frame",
            "turbolinks-referrer",
            "x-xhr-referer",
            "ping-from",
            "ping-to",
        ] {
            let got = got("https://www.example.com/img/x", &[(name, sent)], name);
            assert_eq!(got.as_deref(), Some(expected), "{name}: {sent}");
        }
        let site = site(&format!("{SITE}[map]\nrequest_fields = ['X-Page']"));
        let request = client("https://www.example.com/x", &[("x-page", sent)]);
        let request = super::sent(&site, &request).unwrap();
        assert_eq!(request.headers()["x-page"], expected);
    }
}

#[test]
fn who_asked_says_below_which_path_an_origin_is() {
    let site = site(&SITE.replace("[origin]", "[origin]\nidentity = 'forwarded'"));
    let got = |uri, fields, name| got_of(&site, uri, fields, name);
    let lie = [
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-host", "evil.test"),
    ];
    for (uri, prefix, host) in [
        (
            "https://www.example.com/img/a",
            Some("/img"),
            "www.example.com",
        ),
        ("https://www.example.com/x", None, "www.example.com"),
        ("https://www.example.com/shop/x", None, "www.example.com"),
        // A URL made of `/files` and a path of the origin's own would be no URL of the site.
        ("https://www.example.com/files/x", None, "www.example.com"),
        ("https://blog.example.com/x", None, "blog.example.com"),
    ] {
        assert_eq!(
            got(uri, &lie, "x-forwarded-prefix").as_deref(),
            prefix,
            "{uri}"
        );
        assert_eq!(
            got(uri, &lie, "x-forwarded-host").as_deref(),
            Some(host),
            "{uri}"
        );
        let forwarded = format!("host=\"{host}\";proto=https");
        assert_eq!(got(uri, &lie, "forwarded"), Some(forwarded), "{uri}");
        assert_eq!(
            got(uri, &lie, "x-forwarded-proto").as_deref(),
            Some("https")
        );
    }
}

#[test]
fn a_destination_is_one_at_the_origin() {
    for (uri, destination, expected) in [
        (
            "/img/a",
            "https://www.example.com/img/b%20c",
            "https://cdn.example.net/b%20c",
        ),
        ("/img/a", "/img/b", "/b"),
        (
            "/files/a",
            "https://www.example.com/files/d/../b",
            "https://store.example.net/bucket/d/../b",
        ),
        ("/files/a", "/files/b", "/bucket/b"),
        (
            "/shop/a",
            "https://WWW.example.com:443/shop/b",
            "http://shop.internal.test/shop/b",
        ),
        (
            "/a",
            "https://www.example.com/b",
            "https://origin.example.com/b",
        ),
        ("/a", "/b/../../c", "/b/../../c"),
        // A main origin judges for itself that the URL is elsewhere.
        ("/a", "https://elsewhere.test/b", "https://elsewhere.test/b"),
    ] {
        let uri = format!("https://www.example.com{uri}");
        let got = got(&uri, &[("destination", destination)], "destination");
        assert_eq!(got.as_deref(), Some(expected), "{destination}");
    }
}

#[test]
fn a_destination_out_of_its_route_is_refused() {
    for (uri, destination) in [
        ("/img/a", "/b"),
        ("/img/a", "/imgs/b"),
        ("/img/a", "/img/../b"),
        ("/img/a", "/img/c%2fd/../../b"),
        ("/img/a", "//cdn.example.net/b"),
        ("/img/a", "https://www.example.com/b"),
        ("/img/a", "https://www.example.com/files/b"),
        ("/img/a", "https://www.example.com/img/%2e%2e/b"),
        ("/img/a", "https://blog.example.com/img/b"),
        ("/img/a", "https://cdn.example.net/b"),
        ("/img/a", "https://elsewhere.test/img/b"),
        ("/img/a", "b"),
        ("/img/a", ""),
        ("/files/a", "https://www.example.com/files/../../other/b"),
        ("/shop/a", "/shop/..\\b"),
        ("/a", "/img/b"),
        ("/a", "https://www.example.com/shop/b"),
        ("/a", "https://blog.example.com/b"),
    ] {
        let uri = format!("https://www.example.com{uri}");
        let request = client(&uri, &[("destination", destination)]);
        assert_eq!(
            sent(&site(SITE), &request).unwrap_err(),
            BadRequest::ForeignDestination,
            "{uri}: {destination}"
        );
    }
    let request = client("/img/a", &[("destination", "/img/b")]);
    let nameless = sent(
        &site(
            "[origin]\nurl = 'https://o.example'\n[[route]]\npath = '/img'\norigin = 'https://c.example'",
        ),
        &request,
    );
    assert_eq!(nameless.unwrap().headers()["destination"], "/b");
}

#[test]
fn what_a_preflight_asks_for_is_the_pages_own_business() {
    for (name, value) in [
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-a, content-type"),
        ("access-control-request-private-network", "true"),
        ("cookie", "a=https://www.example.com/img"),
        ("authorization", "Basic YTpi"),
        ("if-none-match", "\"a\""),
        ("range", "bytes=0-1"),
    ] {
        let got = got("https://www.example.com/img/a", &[(name, value)], name);
        assert_eq!(got.as_deref(), Some(value), "{name}");
    }
}

#[test]
fn the_host_is_the_routes() {
    for (uri, host, url) in [
        (
            "https://www.example.com/img/a",
            "cdn.example.net",
            "https://cdn.example.net/a",
        ),
        (
            "https://www.example.com/shop/a",
            "shop.internal.test",
            "http://10.0.0.7:8080/shop/a",
        ),
        (
            "https://blog.example.com/a",
            "example.wordpress.com",
            "https://example.wordpress.com/a",
        ),
    ] {
        let request = sent(&site(SITE), &client(uri, &[("host", "www.example.com")])).unwrap();
        assert_eq!(request.headers()["host"], host);
        assert_eq!(request.uri(), url);
    }
}
