//! Whose cookies they are, and how public names are written.

use super::super::of_site;
use super::{API, BLOG, FILES, IMG, MAIN, SITE, check};

#[test]
fn cookies_are_for_where_the_browser_has_them_from() {
    check(&[
        // S3 and CloudFront, Cloudflare, Shopify, Rails.
        (
            IMG,
            "set-cookie",
            "AWSALB=x/y+z=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/",
            "AWSALB=x/y+z=; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/img",
        ),
        (
            IMG,
            "set-cookie",
            "__cf_bm=abc.1-2; path=/; expires=Wed, 21-Oct-26 07:28:00 GMT; domain=.cdn.example.net; HttpOnly; Secure; SameSite=None",
            "__cf_bm=abc.1-2; path=/img; expires=Wed, 21-Oct-26 07:28:00 GMT; domain=www.example.com; HttpOnly; Secure; SameSite=None",
        ),
        (
            IMG,
            "set-cookie",
            "a=1; Path=/x; Secure; Partitioned; Priority=High; Foo=/x",
            "a=1; Path=/img/x; Secure; Partitioned; Priority=High; Foo=/x",
        ),
        (
            IMG,
            "set-cookie",
            "a=/x;PATH= /x ;secure",
            "a=/x;PATH=/img/x;secure",
        ),
        (IMG, "set-cookie", "a=1", "a=1"),
        (IMG, "set-cookie", "a=1; Path", "a=1; Path"),
        (IMG, "set-cookie", "a=1; Path=", "a=1; Path="),
        (IMG, "set-cookie", "path=/; Path=/b", "path=/; Path=/img/b"),
        (
            IMG,
            "set-cookie",
            "__Host-id=1; Path=/; Secure",
            "__Host-id=1; Path=/; Secure",
        ),
        (
            IMG,
            "set-cookie",
            "__host-id=1; Secure; path=/",
            "__host-id=1; Secure; path=/",
        ),
        (
            IMG,
            "set-cookie",
            "__Secure-id=1; Path=/; Secure",
            "__Secure-id=1; Path=/img; Secure",
        ),
        (FILES, "set-cookie", "a=1; Path=/", "a=1; Path=/files"),
        (
            FILES,
            "set-cookie",
            "a=1; Path=/assets.example",
            "a=1; Path=/files",
        ),
        (
            FILES,
            "set-cookie",
            "a=1; Path=/assets.example/b",
            "a=1; Path=/files/b",
        ),
        (FILES, "set-cookie", "a=1; Path=/other", "a=1; Path=/other"),
        (
            API,
            "set-cookie",
            "sid=1; Path=/; Domain=api.example.net; SameSite=Strict",
            "sid=1; Path=/; Domain=www.example.com; SameSite=Strict",
        ),
        (API, "set-cookie", "sid=1; Path=/api/", "sid=1; Path=/api/"),
        // A domain that the public host does not belong to would have the browser refuse the
        // cookie.
        (
            API,
            "set-cookie",
            "sid=1; Domain=example.net; Path=/",
            "sid=1; Path=/",
        ),
        (
            BLOG,
            "set-cookie",
            "wp=1; path=/wp-admin; domain=.example.wordpress.com",
            "wp=1; path=/wp-admin; domain=blog.example.com",
        ),
        (
            BLOG,
            "set-cookie",
            "wp=1; domain=.example.com",
            "wp=1; domain=.example.com",
        ),
        (
            MAIN,
            "set-cookie",
            "_shopify_y=1; domain=origin.example.com; path=/; SameSite=Lax",
            "_shopify_y=1; domain=www.example.com; path=/; SameSite=Lax",
        ),
    ]);
}

#[test]
fn international_public_names_come_as_they_are_on_the_wire() {
    let config = "[origin]\nurl = 'https://xn--rsprung-d2a.example'\npublic = 'https://www.xn--mnchen-3ya.example'";
    assert_eq!(
        of_site(
            config,
            "https://www.xn--mnchen-3ya.example/",
            "location",
            "https://XN--rsprung-D2A.example/stra%C3%9Fe"
        ),
        ["https://www.xn--mnchen-3ya.example/stra%C3%9Fe"]
    );
}

proptest::proptest! {
    #[test]
    fn no_value_makes_the_mapping_panic_and_none_is_lost(value in "[ -~]{0,60}") {
        for name in [
            "location", "refresh", "link", "set-cookie", "report-to", "reporting-endpoints", "permissions-policy",
            "content-security-policy", "speculation-rules",
        ] {
            for url in [MAIN, IMG, FILES, API, BLOG] {
                proptest::prop_assert_eq!(of_site(SITE, url, name, value.trim()).len(), 1);
            }
        }
    }

    #[test]
    fn what_names_no_origin_stays_byte_for_byte(value in "[ -~]{0,60}") {
        for name in ["location", "refresh", "link", "report-to", "content-security-policy", "permissions-policy"] {
            for url in [MAIN, API] {
                if !value.contains("example") {
                    proptest::prop_assert_eq!(of_site(SITE, url, name, value.trim()), [value.trim()]);
                }
            }
        }
    }
}
