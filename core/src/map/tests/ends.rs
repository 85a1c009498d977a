//! Texts that are an origin or a public URL, and texts that are not.

use super::origin;
use crate::map::{BaseUrl, MapError, Origin, Scheme};

#[test]
fn a_public_url_is_a_host_with_an_optional_port() {
    for (authority, expected) in [
        ("www.example.org", Some("www.example.org")),
        ("WWW.Example.org:443", Some("www.example.org")),
        ("www.example.org:", Some("www.example.org")),
        ("www.example.org:8443", Some("www.example.org:8443")),
        ("www.example.org.", Some("www.example.org.")),
        ("[::1]:3000", Some("[::1]:3000")),
        ("localhost", Some("localhost")),
        ("", None),
        (":80", None),
        ("user@www.example.org", None),
        ("www.example.org\"onload=x", None),
        ("www.example.org'", None),
        ("www..example.org", None),
        (".", None),
        ("www.example.org:99999", None),
        ("www.example.org:+80", None),
        ("[::1", None),
        ("[::1]x", None),
        ("[x]", None),
        ("www.exämple.org", None),
    ] {
        let public = BaseUrl::new(Scheme::Https, authority);
        let expected = expected.ok_or_else(|| MapError::Authority(authority.to_owned()));
        assert_eq!(
            public.as_ref().map(BaseUrl::authority),
            expected.as_ref().copied(),
            "of {authority}"
        );
    }
}

#[test]
fn a_url_with_more_than_scheme_and_authority_is_no_origin() {
    for (url, error) in [
        ("ftp://origin.example.com", MapError::Scheme),
        ("/path", MapError::Scheme),
        (
            "https://origin.example.com/path",
            MapError::Rest("https://origin.example.com/path".to_owned()),
        ),
        (
            "https://origin.example.com?q",
            MapError::Rest("https://origin.example.com/?q".to_owned()),
        ),
        (
            "https://user@origin.example.com",
            MapError::Authority("user@origin.example.com".to_owned()),
        ),
    ] {
        let uri: http::Uri = url.parse().expect("a URI");
        assert_eq!(Origin::try_from(&uri), Err(error.clone()), "of {url}");
        assert_eq!(BaseUrl::try_from(&uri), Err(error), "of {url}");
    }
    for path in ["", "img", "/", "/img/", "/a//b", "/a b", "/a\"", "/%2e"] {
        let error = Err(MapError::Path(path.to_owned()));
        assert_eq!(origin("https://img.example.com").below(path), error);
        assert_eq!(origin("https://img.example.com").at(path), error);
    }
}
