//! What policies ask for.

use super::{Policies, Purpose, SiteUrl};
use crate::map::{BaseUrl, Scheme};

fn page() -> BaseUrl {
    BaseUrl::new(Scheme::Https, "www.example.com").expect("a host")
}

fn under(policy: &str) -> Policies {
    let mut policies = Policies::default();
    policies.add_field(policy);
    policies
}

fn url(base: Option<BaseUrl>, path: Option<&str>) -> SiteUrl {
    SiteUrl {
        base,
        path: path.map(str::to_owned),
    }
}

#[test]
fn text_is_allowed_by_its_hash_where_hashes_are_listed_and_not_its_nonce() {
    for (policy, script, style) in [
        ("default-src 'self'", false, false),
        ("script-src 'unsafe-inline'", false, false),
        ("script-src 'self' 'sha256-abc='", true, false),
        ("script-src 'unsafe-inline' 'SHA512-abc'", true, false),
        ("default-src 'sha384-abc'; style-src 'self'", true, false),
        (
            "default-src 'self'; style-src-elem 'sha384-abc'",
            false,
            true,
        ),
        (
            "script-src-elem 'self'; script-src 'sha256-a'",
            false,
            false,
        ),
        ("script-src 'self', script-src 'sha256-a'", true, false),
        ("script-src 'nonce-N' 'sha256-a'", true, false),
        ("script-src 'md5-a' 'sha256' sha256-a", false, false),
        ("img-src 'sha256-a'", false, false),
    ] {
        let policies = under(policy);
        assert_eq!(
            policies.ask_for_hash(Purpose::Script, None),
            script,
            "{policy}"
        );
        assert_eq!(
            policies.ask_for_hash(Purpose::Style, None),
            style,
            "{policy}"
        );
    }
    let policies = under("script-src 'nonce-N' 'sha256-a'");
    assert!(!policies.ask_for_hash(Purpose::Script, Some("N")));
    assert!(policies.ask_for_hash(Purpose::Script, Some("n")));
}

#[test]
fn a_policy_in_a_page_is_read_as_an_attribute_is() {
    let mut policies = Policies::default();
    policies.add_meta("script-src &#39;sha256-a&apos;");
    assert!(policies.ask_for_hash(Purpose::Script, None));
    policies = Policies::default();
    policies.add_meta("script-src 'self'");
    assert!(policies.is_empty());
}

#[test]
fn metadata_is_asked_for_where_a_policy_lists_all_of_it_and_nothing_else_fits() {
    let relative = url(None, Some("/js/a.js"));
    for (policy, metadata, expected) in [
        ("script-src 'sha384-a+/='", "sha384-a+/=", true),
        ("script-src 'sha384-a-_='", "SHA384-a+/=?x", true),
        ("script-src 'sha384-A'", "sha384-a", false),
        (
            "script-src 'sha384-a' 'sha256-b'",
            " sha384-a\tsha256-b ",
            true,
        ),
        ("script-src 'sha384-a'", "sha384-a sha256-b", false),
        ("script-src 'sha384-a'", "sha384-a md5-b", true),
        ("script-src 'sha384-a'", "", false),
        ("script-src 'sha384-a'", "md5-a", false),
        ("script-src 'sha384-a' 'self'", "sha384-a", false),
        (
            "script-src 'sha384-a' 'self' 'strict-dynamic'",
            "sha384-a",
            true,
        ),
        (
            "script-src 'sha384-a' 'nonce-N' 'strict-dynamic'",
            "sha384-a",
            false,
        ),
        ("script-src 'sha384-a', script-src 'self'", "sha384-a", true),
        (
            "script-src 'sha384-b', script-src 'self'",
            "sha384-a",
            false,
        ),
        ("style-src 'sha384-a'", "sha384-a", false),
    ] {
        let needed = under(policy).ask_for_integrity(&relative, &page(), Some("N"), metadata);
        assert_eq!(needed, expected, "{policy} {metadata}");
    }
}

#[test]
fn sources_stand_for_urls() {
    let own = |authority| BaseUrl::new(Scheme::Https, authority).ok();
    for (source, of_page, of_other) in [
        ("*", true, true),
        ("'self'", true, false),
        ("'SELF'", true, false),
        ("https:", true, true),
        ("http:", true, true),
        ("wss:", false, false),
        ("www.example.com", true, false),
        ("WWW.example.com:443", true, false),
        ("https://www.example.com", true, false),
        ("http://www.example.com:80", true, false),
        ("www.example.com:*", true, false),
        ("www.example.com:8443", false, false),
        ("*.example.com", true, false),
        ("*.example.com:8443", false, true),
        ("*:8443", false, true),
        ("example.com", false, false),
        ("https://www.example.com/", true, false),
        ("https://www.example.com/js/", true, false),
        ("https://www.example.com/js/a.js", true, false),
        ("https://www.example.com/js", false, false),
        ("'none'", false, false),
        ("'unsafe-inline'", false, false),
    ] {
        let matches = |url| super::source::matches(source, &url, &page());
        let path = Some("/js/a.js");
        assert_eq!(matches(url(None, path)), of_page, "{source}");
        assert_eq!(
            matches(url(own("www.example.com"), path)),
            of_page,
            "{source}"
        );
        assert_eq!(
            matches(url(own("img.example.com:8443"), path)),
            of_other,
            "{source}"
        );
    }
    let unknown = url(None, None);
    assert!(super::source::matches("'self'", &unknown, &page()));
    assert!(!super::source::matches(
        "www.example.com/js/",
        &unknown,
        &page()
    ));
}
