//! Fields of real sites, before and after.

mod routes;

use http::{HeaderValue, Uri};

use super::*;
use crate::config::Config;
use crate::head::response::unmodified;
use crate::map::Scheme;
use crate::site::Site;

/// Returns one field of the response to a request for `url`, mapped for the site of a
/// configuration.
fn of_site(config: &str, url: &'static str, name: &'static str, value: &str) -> Vec<String> {
    let site = Site::new(&Config::from_toml(config, "test").unwrap()).unwrap();
    let url = Uri::from_static(url);
    let requested = BaseUrl::new(Scheme::Https, url.authority().unwrap().as_str()).ok();
    let mut head = HeaderMap::new();
    head.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    unmodified(&mut head, site.view(requested.as_ref(), url.path()));
    head.get_all(name)
        .into_iter()
        .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
        .collect()
}

/// Returns one field, mapped for a site at `https://origin.example.com` whose public host is
/// another.
fn mapped(name: &'static str, value: &str, public: &'static str) -> Vec<String> {
    let config = format!("[origin]\nurl = 'https://origin.example.com'\npublic = '{public}'");
    of_site(&config, "https://www.example.com/x", name, value)
}

#[test]
fn urls_of_the_origin_become_public() {
    let nel = r#"{"report_to":"x","max_age":1}"#;
    let table = [
        (
            "location",
            "https://origin.example.com/a?b#c",
            "https://www.example.com/a?b#c",
        ),
        ("location", "//origin.example.com/a", "//www.example.com/a"),
        ("location", "/relative", "/relative"),
        (
            "location",
            "https://origin.example.com.evil.test/",
            "https://origin.example.com.evil.test/",
        ),
        (
            "content-location",
            "http://origin.example.com/a",
            "https://www.example.com/a",
        ),
        (
            "refresh",
            "5; url=https://origin.example.com/a",
            "5; url=https://www.example.com/a",
        ),
        (
            "link",
            "<https://origin.example.com/a.css>; rel=preload, </b>; rel=next",
            "<https://www.example.com/a.css>; rel=preload, </b>; rel=next",
        ),
        (
            "access-control-allow-origin",
            "https://origin.example.com",
            "https://www.example.com",
        ),
        ("access-control-allow-origin", "*", "*"),
        (
            "sourcemap",
            "https://origin.example.com/a.map",
            "https://www.example.com/a.map",
        ),
        ("nel", nel, nel),
        (
            "report-to",
            r#"{"endpoints":[{"url":"https://origin.example.com/r"}]}"#,
            r#"{"endpoints":[{"url":"https://www.example.com/r"}]}"#,
        ),
        (
            "reporting-endpoints",
            "a=\"https://origin.example.com/r\"",
            "a=\"https://www.example.com/r\"",
        ),
        (
            "x-other",
            "https://origin.example.com/",
            "https://origin.example.com/",
        ),
    ];
    for (name, value, expected) in table {
        assert_eq!(
            mapped(name, value, "https://www.example.com"),
            [expected],
            "{name}: {value}"
        );
    }
}

#[test]
fn host_sources_of_a_policy_are_mapped_and_nothing_else_of_it() {
    let table = [
        (
            "default-src 'self' origin.example.com",
            "default-src 'self' www.example.com",
        ),
        (
            "img-src https://Origin.example.com:443 data:; script-src",
            "img-src https://www.example.com data:; script-src",
        ),
        (
            "img-src ORIGIN.example.com/img/;report-uri https://origin.example.com/r",
            "img-src www.example.com/img/;report-uri https://www.example.com/r",
        ),
        (
            "script-src 'nonce-origin.example.com' 'sha256-abc='",
            "script-src 'nonce-origin.example.com' 'sha256-abc='",
        ),
        (
            "img-src *.origin.example.com notorigin.example.com",
            "img-src *.origin.example.com notorigin.example.com",
        ),
    ];
    for (policy, expected) in table {
        for name in [
            "content-security-policy",
            "content-security-policy-report-only",
        ] {
            assert_eq!(mapped(name, policy, "https://www.example.com"), [expected]);
        }
    }
}

#[test]
fn a_host_source_with_a_port_is_the_same_host() {
    for (policy, expected) in [
        ("img-src origin.example.com:443", "img-src www.example.com"),
        ("img-src origin.example.com:*", "img-src www.example.com:*"),
        (
            "img-src http://origin.example.com:*/a",
            "img-src https://www.example.com:*/a",
        ),
        (
            "connect-src wss://origin.example.com:*",
            "connect-src wss://www.example.com:*",
        ),
        (
            "img-src origin.example.com:8443",
            "img-src origin.example.com:8443",
        ),
    ] {
        assert_eq!(
            mapped("content-security-policy", policy, "https://www.example.com"),
            [expected]
        );
    }
}

#[test]
fn a_cookies_domain_fits_the_public_host_or_goes_away() {
    let www = "https://www.example.com";
    let table = [
        ("a=1; Path=/; Secure", www, "a=1; Path=/; Secure"),
        (
            "a=1; Domain=origin.example.com; SameSite=Lax",
            www,
            "a=1; Domain=www.example.com; SameSite=Lax",
        ),
        (
            "a=1;domain=.Origin.Example.com",
            www,
            "a=1;domain=www.example.com",
        ),
        ("a=1; Domain=.example.com", www, "a=1; Domain=.example.com"),
        (
            "a=1; Domain=example.com; HttpOnly",
            "https://www.other.test",
            "a=1; HttpOnly",
        ),
        (
            "a=1; Domain=origin.example.com",
            "http://127.0.0.1:8080",
            "a=1",
        ),
        (
            "domain=origin.example.com; Path=/",
            www,
            "domain=origin.example.com; Path=/",
        ),
        (
            "a=\"x;y\"; Domain=origin.example.com",
            "https://www.example.com:8443",
            "a=\"x;y\"; Domain=www.example.com",
        ),
    ];
    for (cookie, public, expected) in table {
        assert_eq!(mapped("set-cookie", cookie, public), [expected], "{cookie}");
    }
}

#[test]
fn a_cookie_for_a_parent_of_several_origins_is_for_the_parent_of_their_public_hosts() {
    let site = |main: &str, api: &str, key: &str| {
        format!(
            "[origin]\nurl = 'https://www.internal.test'\npublic = 'https://{main}'\n\
             [map]\n{key}\n\
             [[route]]\norigin = 'https://api.internal.test'\npublic = 'https://{api}'"
        )
    };
    let (www, api) = ("https://www.example.com/x", "https://api.example.com/x");
    let key = "cookie_domain = 'example.com'";
    for (main, at, key, expected) in [
        // The parent is a public host: it is no public suffix.
        ("example.com", api, "", "a=1; Domain=example.com; Secure"),
        (
            "example.com",
            "https://example.com/",
            "",
            "a=1; Domain=example.com; Secure",
        ),
        // It is no public suffix.
        (
            "www.example.com",
            www,
            "",
            "a=1; Domain=example.com; Secure",
        ),
        (
            "www.example.com",
            api,
            "",
            "a=1; Domain=example.com; Secure",
        ),
        // The hosts share nothing but a top-level domain.
        ("www.other.com", "https://www.other.com/", "", "a=1; Secure"),
        (
            "www.example.com",
            www,
            key,
            "a=1; Domain=example.com; Secure",
        ),
        (
            "www.example.com",
            api,
            key,
            "a=1; Domain=example.com; Secure",
        ),
        // The browser would refuse it.
        (
            "www.other.test",
            "https://www.other.test/",
            key,
            "a=1; Secure",
        ),
    ] {
        let config = site(main, "api.example.com", key);
        let cookie = "a=1; Domain=internal.test; Secure";
        assert_eq!(
            of_site(&config, at, "set-cookie", cookie),
            [expected],
            "{main} {at} {key}"
        );
    }
    let one_host = "[origin]\nurl = 'https://www.internal.test'\npublic = 'https://example.com'\n\
                    [[route]]\norigin = 'https://api.internal.test'\npath = '/api'";
    let cookie = "a=1; Domain=internal.test";
    assert_eq!(
        of_site(one_host, "https://example.com/api", "set-cookie", cookie),
        ["a=1"]
    );
    // What they share is a public suffix, or above one.
    for (main, api, at) in [
        (
            "a.s3.eu-west-1.amazonaws.com",
            "b.s3.us-east-1.amazonaws.com",
            "https://a.s3.eu-west-1.amazonaws.com/",
        ),
        ("www.github.io", "api.github.io", "https://api.github.io/"),
        ("www.co.uk", "api.co.uk", "https://www.co.uk/"),
    ] {
        let config = site(main, api, "");
        assert_eq!(of_site(&config, at, "set-cookie", cookie), ["a=1"]);
    }
    let config = site("www.example.com", "api.example.com", key);
    for (cookie, expected) in [
        (
            "a=1; Domain=www.internal.test",
            "a=1; Domain=www.example.com",
        ),
        ("a=1; Domain=.Internal.test", "a=1; Domain=example.com"),
        ("a=1; Domain=elsewhere.test", "a=1"),
        ("a=1; Domain=nal.test", "a=1"),
        (
            "__Host-a=1; Domain=internal.test",
            "__Host-a=1; Domain=internal.test",
        ),
    ] {
        assert_eq!(
            of_site(&config, www, "set-cookie", cookie),
            [expected],
            "{cookie}"
        );
    }
}

#[test]
fn bytes_above_ascii_survive_beside_a_mapped_url() {
    assert_eq!(
        mapped(
            "link",
            "<https://origin.example.com/caf\u{e9}>; title=\"caf\u{e9}\"",
            "https://www.example.com"
        ),
        ["<https://www.example.com/caf\u{e9}>; title=\"caf\u{e9}\""]
    );
}

#[test]
fn other_ways_to_the_origin_go_away() {
    assert!(mapped("alt-svc", "h3=\":443\"", "https://www.example.com").is_empty());
}
