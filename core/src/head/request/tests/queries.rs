//! URLs in queries that come back.

use super::{client, sent, site};

const SITE: &str = r#"
[origin]
url = "https://origin.example.net"
public = "https://www.example.com"

[[route]]
path = "/img"
origin = "https://cdn.example.net"

[[route]]
public = "https://blog.example.com"
origin = "https://example.wordpress.com"
"#;

/// Returns the path and query that the origin is asked for.
fn asked(config: &str, target: &str) -> String {
    let request = client(&format!("https://www.example.com{target}"), &[]);
    let sent = sent(&site(&format!("{SITE}{config}")), &request).unwrap();
    sent.uri().path_and_query().unwrap().to_string()
}

#[test]
fn urls_in_parameters_of_known_applications_become_the_origins() {
    for (target, expected) in [
        (
            "/_next/image?url=https%3A%2F%2Fwww.example.com%2Fpic.png&w=256&q=75",
            "/_next/image?url=https%3A%2F%2Forigin.example.net%2Fpic.png&w=256&q=75",
        ),
        (
            "/_next/image?w=1&url=https%3a%2f%2fwww.example.com%2fpic%2epng",
            "/_next/image?w=1&url=https%3a%2f%2forigin.example.net%2fpic%2epng",
        ),
        (
            "/docs/_next/image?url=https://www.example.com/img/a%20b.png&url=/c.png",
            "/docs/_next/image?url=https://cdn.example.net/a%20b.png&url=/c.png",
        ),
        (
            "/_image?href=https%3A%2F%2Fblog.example.com%2Fa.png%3Fx%3D1&f=webp",
            "/_image?href=https%3A%2F%2Fexample.wordpress.com%2Fa.png%3Fx%3D1&f=webp",
        ),
        (
            "/wp-login.php?redirect_to=https%3A%2F%2Fwww.example.com%2Fwp-admin%2F&reauth=1",
            "/wp-login.php?redirect_to=https%3A%2F%2Forigin.example.net%2Fwp-admin%2F&reauth=1",
        ),
        (
            "/wp-json/oembed/1.0/embed?ur%6C=https%3A%2F%2Fwww.example.com",
            "/wp-json/oembed/1.0/embed?ur%6C=https%3A%2F%2Forigin.example.net",
        ),
    ] {
        assert_eq!(asked("", target), expected);
        // Where the origin reads the public host in its fields, it does so here.
        let forwarded = SITE.replace("[origin]", "[origin]\nidentity = 'forwarded'");
        let request = client(&format!("https://www.example.com{target}"), &[]);
        let sent = sent(&site(&forwarded), &request).unwrap();
        assert_eq!(sent.uri().path_and_query().unwrap(), target);
    }
}

#[test]
fn other_queries_reach_the_origin_byte_for_byte() {
    for target in [
        "/search?url=https%3A%2F%2Fwww.example.com%2F",
        "/_next/image?src=https%3A%2F%2Fwww.example.com%2F",
        "/_next/image?url=https%3A%2F%2Felsewhere.test%2F",
        "/_next/image?url=https%3A%2F%2Fwww.example.com.evil.test%2F",
        "/_next/image?url=%2Fpic.png&w=1",
        "/_next/image?url",
        "/_next/image?url=%",
        "/_next/image?url=https%3A%2F%2Fwww.example.com%2F&X-Amz-Signature=1",
        "/_next/image?url=https%3A%2F%2Fwww.example.com%2F&sig=1",
        "/_next/image?",
        "/_next/image",
    ] {
        assert_eq!(asked("", target), target);
    }
}

#[test]
fn a_list_in_the_configuration_takes_the_place_of_the_known_ones() {
    let config = "[map]\nqueries = ['/go/*?to', '*?back']";
    for (target, expected) in [
        (
            "/go/x?to=https://www.example.com/a&sig=1",
            "/go/x?to=https://origin.example.net/a&sig=1",
        ),
        (
            "/a?back=https://www.example.com",
            "/a?back=https://origin.example.net",
        ),
        (
            "/_next/image?url=https://www.example.com/",
            "/_next/image?url=https://www.example.com/",
        ),
    ] {
        assert_eq!(asked(config, target), expected);
        assert_eq!(asked("[map]\nqueries = []", target), target);
    }
}
