//! Requests as the origin gets them.

mod identities;
mod queries;
mod routes;

use super::*;
use crate::config::Config;
use crate::site::{Site, requested_host};

fn client(uri: &str, fields: &[(&'static str, &'static str)]) -> Request<()> {
    // HTTP/1.0 lets a request name no host.
    let request = Request::builder().version(http::Version::HTTP_10);
    let mut request = request.uri(uri).body(()).unwrap();
    for (name, value) in fields {
        request
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    request
}

/// Compiles the site of a configuration.
fn site(text: &str) -> Site {
    Site::new(&Config::from_toml(text, "test").unwrap()).unwrap()
}

/// Returns the request that an origin of a site gets.
fn sent(site: &Site, request: &Request<()>) -> Result<Request<()>, BadRequest> {
    let requested = requested_host(request)?;
    let view = site.view(requested.as_ref(), request.uri().path());
    let accepted = AcceptEncoding::from_headers(request.headers());
    for_origin(request.clone(), &accepted, view, 1, None).map(|(request, _)| request)
}

fn at_origin(request: &Request<()>, host: Option<&str>) -> Request<()> {
    let host = host.map_or_else(String::new, |host| format!("host = '{host}'"));
    let site = site(&format!(
        "[origin]\nurl = 'https://origin.example.com'\n{host}"
    ));
    sent(&site, request).unwrap()
}

#[test]
fn the_target_reaches_the_origin_byte_for_byte() {
    for target in [
        "/",
        "/a//b/../c",
        "/%7euser/%2F?q=a%20b&&=?x",
        "/?",
        "/a;b=c?u=https://www.example.com/",
    ] {
        let request = client(&format!("https://www.example.com{target}"), &[]);
        assert_eq!(
            at_origin(&request, None).uri().to_string(),
            format!("https://origin.example.com{target}")
        );
    }
}

#[test]
fn an_absolute_target_without_a_path_means_the_root() {
    for (target, expected) in [
        ("https://www.example.com", "/"),
        ("https://www.example.com?a=b", "/?a=b"),
        ("https://www.example.com?", "/?"),
    ] {
        let request = at_origin(&client(target, &[]), None);
        let target = request.uri().path_and_query().unwrap();
        assert_eq!(target.as_str(), expected);
    }
    let site = site(
        "origin = { url = 'https://o.example', public = 'https://www.example.com' }\n\
         [[route]]\npublic = 'https://cdn.example.com'\norigin = 'https://c.example/assets'",
    );
    let request = sent(&site, &client("https://cdn.example.com?a=b", &[])).unwrap();
    assert_eq!(request.uri(), "https://c.example/assets/?a=b");
}

#[test]
fn a_target_that_is_no_path_is_refused() {
    let site = site("origin.url = 'https://origin.example.com'");
    assert_eq!(
        sent(&site, &client("*", &[])).unwrap_err(),
        BadRequest::NoPath
    );
}

#[test]
fn the_origin_is_named_as_it_knows_itself() {
    let request = client(
        "https://www.example.com/",
        &[
            ("host", "www.example.com"),
            ("origin", "https://www.example.com"),
            ("referer", "https://www.example.com/page?q"),
        ],
    );
    let own = at_origin(&request, None);
    assert_eq!(own.headers()["host"], "origin.example.com");
    assert_eq!(own.headers()["origin"], "https://origin.example.com");
    assert_eq!(
        own.headers()["referer"],
        "https://origin.example.com/page?q"
    );
    let other = at_origin(&request, Some("www.internal:8443"));
    assert_eq!(other.headers()["host"], "www.internal:8443");
    assert_eq!(other.headers()["origin"], "https://www.internal:8443");
    assert_eq!(other.uri().authority().unwrap(), "origin.example.com");
}

#[test]
fn other_origins_in_origin_and_referer_stay() {
    for value in [
        "null",
        "https://www.example.com.evil.test",
        "http://www.example.com",
        "https://other.test/",
    ] {
        let request = client(
            "https://www.example.com/",
            &[("origin", value), ("referer", value)],
        );
        let head = at_origin(&request, None);
        assert_eq!(
            (
                head.headers()["origin"].as_bytes(),
                head.headers()["referer"].as_bytes()
            ),
            (value.as_bytes(), value.as_bytes())
        );
    }
}

#[test]
fn who_asked_is_added_to_those_who_forwarded() {
    let mut request = client(
        "https://www.example.com/",
        &[
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-for", "192.0.2.2"),
            ("x-forwarded-proto", "gopher"),
            ("x-forwarded-host", "evil.test"),
            ("forwarded", "host=evil.test;proto=\"https"),
        ],
    );
    request
        .extensions_mut()
        .insert(ClientAddress("2001:db8::1".parse().unwrap()));
    let origin = "[origin]\nurl = 'https://origin.example.com'\n";
    let told = sent(&site(&format!("{origin}identity = 'forwarded'")), &request).unwrap();
    let head = told.headers();
    assert_eq!(head["x-forwarded-for"], "192.0.2.1, 192.0.2.2, 2001:db8::1");
    assert_eq!(head.get_all("x-forwarded-for").iter().count(), 1);
    assert_eq!(head["x-forwarded-proto"], "https");
    assert_eq!(head["x-forwarded-host"], "www.example.com");
    assert_eq!(
        head["forwarded"],
        "for=\"[2001:db8::1]\";host=\"www.example.com\";proto=https"
    );
    let untold = at_origin(&request, None);
    let head = untold.headers();
    assert_eq!(head["x-forwarded-for"], "192.0.2.1, 192.0.2.2, 2001:db8::1");
    assert_eq!(head["forwarded"], "for=\"[2001:db8::1]\"");
    for name in ["x-forwarded-proto", "x-forwarded-host"] {
        assert!(!head.contains_key(name), "{name}");
    }
    let silent = sent(&site(&format!("{origin}forwarded = []")), &request).unwrap();
    for name in ["x-forwarded-for", "x-forwarded-host", "forwarded"] {
        assert!(!silent.headers().contains_key(name), "{name}");
    }
}

#[test]
fn what_a_client_says_of_its_url_stays_behind() {
    for name in [
        "x-original-url",
        "x-forwarded-port",
        "x-real-ip",
        "x_forwarded_host",
        "x_forwarded_for",
        "proxy",
    ] {
        for uri in ["/", "https://www.example.com/"] {
            let request = at_origin(&client(uri, &[(name, "/admin"), (name, "x")]), None);
            assert!(!request.headers().contains_key(name), "{name}");
        }
    }
}

#[test]
fn fields_of_the_connection_stay_behind() {
    let fields = [
        ("connection", "x-mine"),
        ("x-mine", "1"),
        ("te", "trailers"),
        ("expect", "100-continue"),
        ("trailer", "x-sum"),
        ("cookie", "a=1"),
    ];
    let request = at_origin(&client("/", &fields), None);
    for name in ["connection", "x-mine", "te", "expect", "trailer"] {
        assert!(!request.headers().contains_key(name), "{name}");
    }
    assert_eq!(request.headers()["cookie"], "a=1");
}

#[test]
fn the_crumbs_of_a_cookie_are_one_field() {
    let fields = [("cookie", "a=1"), ("x", "y"), ("cookie", "b=2; c=3")];
    let request = at_origin(&client("/", &fields), None);
    let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
    assert_eq!(cookies, ["a=1; b=2; c=3"]);
}

#[test]
fn the_origin_learns_which_gate_sent_the_request() {
    let request = at_origin(&client("/", &[("cdn-loop", "front")]), None);
    assert_eq!(
        request.headers()["cdn-loop"],
        "front, streamgate-0000000000000001"
    );
}

#[test]
fn an_upgrade_is_offered_by_its_own_fields_alone() {
    let fields = [
        ("connection", "Upgrade, HTTP2-Settings"),
        ("upgrade", "h2c, websocket"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
    ];
    let site = site("origin.url = 'https://origin.example.com'");
    let (upgrade, _) = for_origin(
        client("/", &fields),
        &AcceptEncoding::default(),
        site.view(None, "/"),
        1,
        Some(HeaderValue::from_static("websocket")),
    )
    .unwrap();
    assert_eq!(upgrade.headers()["upgrade"], "websocket");
    assert_eq!(upgrade.headers()["connection"], "Upgrade");
    assert!(!upgrade.headers().contains_key("http2-settings"));
}
