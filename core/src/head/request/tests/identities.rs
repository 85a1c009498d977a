//! One story for every identity: whoever compares fields with each other finds them to agree.

use super::*;

const IDENTITIES: [&str; 3] = ["origin", "forwarded", "transparent"];

/// Compiles a site whose origins are asked under an identity.
fn site_of(identity: &str) -> Site {
    site(&format!(
        r#"
[origin]
url = "http://10.0.0.7:8080"
host = "origin.internal.test"
public = "https://www.example.com"
identity = "{identity}"

[[route]]
path = "/shop"
origin = "http://shop.internal.test"
prefix = "keep"

[[route]]
path = "/img"
origin = "https://cdn.example.net"

[[route]]
public = "https://blog.example.com:8443"
origin = "https://example.wordpress.com"
"#
    ))
}

/// Returns the value of a field, which is there once at most.
fn field(request: &Request<()>, name: &str) -> Option<String> {
    let values: Vec<_> = request.headers().get_all(name).into_iter().collect();
    assert!(values.len() < 2, "{name}: {values:?}");
    values
        .first()
        .map(|value| value.to_str().unwrap().to_owned())
}

/// Requests of each application to itself: the public origin, and the paths that it has.
const APPLICATIONS: [(&str, &str); 4] = [
    ("https://www.example.com", "/form"),
    ("https://www.example.com", "/shop/form"),
    ("https://www.example.com", "/img/form"),
    ("https://blog.example.com:8443", "/form"),
];

/// Sends a request of an application to itself, with and without a `Referer`, as a handshake and
/// not, and returns what the origin gets.
fn of_applications(identity: &str) -> Vec<Request<()>> {
    let site = site_of(identity);
    let mut all = Vec::new();
    for (public, path) in APPLICATIONS {
        for referer in [None, Some(""), Some("/"), Some(path)] {
            for offer in [None, Some(HeaderValue::from_static("websocket"))] {
                let mut request = client(
                    &format!("{public}{path}"),
                    &[("connection", "upgrade"), ("upgrade", "websocket")],
                );
                request
                    .extensions_mut()
                    .insert(ClientAddress("192.0.2.1".parse().unwrap()));
                let head = request.headers_mut();
                head.insert("origin", public.parse().unwrap());
                if let Some(referer) = referer {
                    let referer = format!("{public}{referer}");
                    head.insert("referer", referer.parse().unwrap());
                    head.insert("hx-current-url", referer.parse().unwrap());
                }
                let requested = requested_host(&request).unwrap();
                let view = site.view(requested.as_ref(), path);
                let accepted = AcceptEncoding::default();
                let sent = for_origin(request, &accepted, view, 1, offer);
                all.push(sent.unwrap().0);
            }
        }
    }
    all
}

#[test]
fn origin_and_the_host_that_a_framework_believes_are_the_same() {
    for identity in IDENTITIES {
        for sent in of_applications(identity) {
            // Frameworks take the forwarded fields where there are any, and else what they know of
            // the connection.
            let host = field(&sent, "x-forwarded-host").or(field(&sent, "host"));
            let scheme =
                field(&sent, "x-forwarded-proto").or(sent.uri().scheme_str().map(str::to_owned));
            let (host, scheme) = (host.unwrap(), scheme.unwrap());
            let own = format!("{scheme}://{host}");
            assert_eq!(field(&sent, "origin"), Some(own.clone()), "{identity}");
            for name in ["referer", "hx-current-url"] {
                if let Some(page) = field(&sent, name) {
                    let rest = page.strip_prefix(&own);
                    let is_of_own =
                        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                    // A page whose path is not told is the main origin's.
                    assert!(
                        is_of_own
                            || page == "http://origin.internal.test/"
                            || page == "http://origin.internal.test",
                        "{identity}: {name}: {page}, not of {own}"
                    );
                }
            }
            let forwarded = field(&sent, "forwarded").unwrap();
            let told = identity != "origin";
            let element = format!("for=192.0.2.1;host=\"{host}\";proto={scheme}");
            assert_eq!(forwarded, if told { &element } else { "for=192.0.2.1" });
            for name in ["x-forwarded-host", "x-forwarded-proto"] {
                assert_eq!(
                    sent.headers().contains_key(name),
                    told,
                    "{identity}: {name}"
                );
            }
            assert_eq!(
                field(&sent, "x-forwarded-for").as_deref(),
                Some("192.0.2.1")
            );
        }
    }
}

#[test]
fn only_the_transparent_identity_changes_the_host_and_none_the_address() {
    for (identity, hosts) in [
        (
            "origin",
            [
                "origin.internal.test",
                "shop.internal.test",
                "cdn.example.net",
                "example.wordpress.com",
            ],
        ),
        (
            "forwarded",
            [
                "origin.internal.test",
                "shop.internal.test",
                "cdn.example.net",
                "example.wordpress.com",
            ],
        ),
        (
            "transparent",
            [
                "www.example.com",
                "www.example.com",
                "www.example.com",
                "blog.example.com:8443",
            ],
        ),
    ] {
        for ((public, path), host) in APPLICATIONS.iter().zip(hosts) {
            let request = client(&format!("{public}{path}"), &[("host", "evil.test")]);
            let sent = sent(&site_of(identity), &request).unwrap();
            assert_eq!(field(&sent, "host").as_deref(), Some(host), "{identity}");
            let authority = sent.uri().authority().unwrap().as_str();
            let addresses = [
                "10.0.0.7:8080",
                "shop.internal.test",
                "cdn.example.net",
                "example.wordpress.com",
            ];
            assert!(addresses.contains(&authority), "{identity}: {authority}");
        }
    }
}

#[test]
fn a_prefix_is_told_with_the_public_host_alone() {
    for identity in IDENTITIES {
        let request = client(
            "https://www.example.com/img/a",
            &[("x-forwarded-prefix", "/evil")],
        );
        let sent = sent(&site_of(identity), &request).unwrap();
        let told = (identity != "origin").then(|| "/img".to_owned());
        assert_eq!(field(&sent, "x-forwarded-prefix"), told, "{identity}");
        assert_eq!(sent.uri().path(), "/a");
    }
}

#[test]
fn a_destination_is_at_the_host_that_the_origin_is_asked_for() {
    for (identity, expected) in [
        ("origin", "https://cdn.example.net/b"),
        ("forwarded", "https://cdn.example.net/b"),
        ("transparent", "https://www.example.com/b"),
    ] {
        let request = client(
            "https://www.example.com/img/a",
            &[("destination", "https://www.example.com/img/b")],
        );
        let sent = sent(&site_of(identity), &request).unwrap();
        assert_eq!(field(&sent, "destination").as_deref(), Some(expected));
    }
}

#[test]
fn foreign_pages_stay_foreign_under_every_identity() {
    for identity in IDENTITIES {
        for name in ["origin", "referer", "hx-current-url"] {
            let request = client(
                "https://www.example.com/shop/x",
                &[(name, "https://elsewhere.test")],
            );
            let sent = sent(&site_of(identity), &request).unwrap();
            assert_eq!(
                field(&sent, name).as_deref(),
                Some("https://elsewhere.test")
            );
        }
    }
}

#[test]
fn a_site_without_a_public_host_of_its_own_is_asked_for_the_clients() {
    let site = site("[origin]\nurl = 'https://o.example'\nidentity = 'transparent'");
    let asked = sent(&site, &client("/", &[("host", "a.test")])).unwrap();
    assert_eq!(field(&asked, "host").as_deref(), Some("a.test"));
    let nameless = sent(&site, &client("/", &[])).unwrap();
    assert_eq!(field(&nameless, "host").as_deref(), Some("o.example"));
    assert_eq!(field(&nameless, "x-forwarded-host"), None);
}
