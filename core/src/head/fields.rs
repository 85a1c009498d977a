//! Fields whose values name the origin, and what the browser gets to see instead.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::remove;
use crate::map::{Public, Scheme, UrlMap};

/// Fields with URLs in them, whatever their grammar: URL mapping finds them.
const URLS: [HeaderName; 11] = [
    header::LOCATION,
    header::CONTENT_LOCATION,
    header::REFRESH,
    header::LINK,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    HeaderName::from_static("timing-allow-origin"),
    HeaderName::from_static("sourcemap"),
    HeaderName::from_static("x-sourcemap"),
    HeaderName::from_static("nel"),
    HeaderName::from_static("report-to"),
    HeaderName::from_static("reporting-endpoints"),
];

/// Fields whose values have source expressions, in which a host stands alone (CSP Level 3 §2.3.1).
const SOURCES: [HeaderName; 2] = [
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
];

/// The origins by whose names a site is known, and the public host that stands for them in this exchange.
#[derive(Debug, Clone, Copy)]
pub struct Mapping<'a> {
    /// Finds the origins in text.
    pub urls: &'a UrlMap,
    /// The origins' authorities, in lower case, default ports left out.
    pub authorities: &'a [String],
    /// What takes their place.
    pub public: &'a Public,
}

impl Mapping<'_> {
    /// Maps every field of a response head that names an origin, whatever becomes of the body. `Alt-Svc` goes away: it
    /// says where else the *origin* can be reached (RFC 7838).
    pub fn apply(&self, head: &mut HeaderMap) {
        remove(head, |name| name == header::ALT_SVC);
        for name in &URLS {
            edit(head, name, |value| self.urls.map_bytes(self.public, value));
        }
        for name in &SOURCES {
            edit(head, name, |policy| self.map_sources(policy));
        }
        edit(head, &header::SET_COOKIE, |cookie| self.map_cookie(cookie));
    }

    /// Maps the host sources of a policy; every other expression, nonces and hashes among them, stays as it is.
    fn map_sources<'v>(&self, policy: &'v [u8]) -> Cow<'v, [u8]> {
        let delimits = |byte: &u8| matches!(byte, b' ' | b'\t' | b';' | b',');
        let mut mapped = Vec::with_capacity(policy.len());
        let mut rest = policy;
        while !rest.is_empty() {
            let end = rest.iter().position(delimits).unwrap_or(rest.len());
            let (token, tail) = rest.split_at(end);
            let host = token.split(|&byte| byte == b'/').next().unwrap_or(token);
            if let Some(public) = self.source_for(host) {
                mapped.extend_from_slice(public.as_bytes());
                mapped.extend_from_slice(token.get(host.len()..).unwrap_or_default());
            } else if let Some(public) = self.source_of_any_port(token) {
                mapped.extend_from_slice(public.as_bytes());
            } else {
                mapped.extend_from_slice(&self.urls.map_bytes(self.public, token));
            }
            let delimiters = tail
                .iter()
                .position(|byte| !delimits(byte))
                .unwrap_or(tail.len());
            let (delimiters, next) = tail.split_at(delimiters);
            mapped.extend_from_slice(delimiters);
            rest = next;
        }
        if mapped == policy {
            Cow::Borrowed(policy)
        } else {
            Cow::Owned(mapped)
        }
    }

    /// Maps the `Domain` attribute of a cookie (RFC 6265 §5.2.3): the origin's host becomes the public one; a domain that
    /// the public host does not belong to goes away, so that the cookie is kept for the public host alone.
    fn map_cookie<'v>(&self, cookie: &'v [u8]) -> Cow<'v, [u8]> {
        let attributes: Vec<&[u8]> = cookie.split(|&byte| byte == b';').collect();
        let public = host_of(self.public.authority());
        let mut mapped: Vec<Cow<'_, [u8]>> = Vec::with_capacity(attributes.len());
        for (index, attribute) in attributes.into_iter().enumerate() {
            let Some(domain) = (index > 0).then(|| domain_of(attribute)).flatten() else {
                mapped.push(Cow::Borrowed(attribute));
                continue;
            };
            let is_address =
                public.starts_with('[') || public.parse::<std::net::Ipv4Addr>().is_ok();
            // A domain that the public host belongs to is right already, be it an origin's name or not; a Domain attribute
            // takes no address (RFC 6265 §5.1.3), and such a cookie is the host's alone anyway.
            if !is_address && belongs_to(public, &domain) {
                mapped.push(Cow::Borrowed(attribute));
            } else if !is_address
                && self
                    .authorities
                    .iter()
                    .any(|authority| host_of(authority) == domain)
            {
                mapped.push(Cow::Owned([b" Domain=", public.as_bytes()].concat()));
            }
        }
        let joined = mapped.join(&b';');
        if joined == cookie {
            Cow::Borrowed(cookie)
        } else {
            Cow::Owned(joined)
        }
    }

    /// What takes the place of an origin's host source with a scheme and any port, as `https://origin.example.com:*`, which
    /// is no URL.
    fn source_of_any_port(&self, source: &[u8]) -> Option<String> {
        let (scheme, rest) = std::str::from_utf8(source).ok()?.split_once("://")?;
        let host = rest.split('/').next().filter(|host| host.ends_with(":*"))?;
        let public = self.source_for(host.as_bytes())?;
        let secure = self.public.scheme() == Scheme::Https;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => self.public.scheme().as_str(),
            "ws" | "wss" if secure => "wss",
            "ws" | "wss" => "ws",
            _ => return None,
        };
        Some(format!("{scheme}://{public}{}", rest.get(host.len()..)?))
    }

    /// What takes the place of a host source without a scheme that is an origin's. A default port is the same origin, and
    /// any port of its host (`:*`) becomes any port of the public one.
    fn source_for(&self, source: &[u8]) -> Option<String> {
        let source = std::str::from_utf8(source).ok()?;
        let public = self.public.authority();
        let named = |name: &str| {
            self.authorities
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
        };
        if named(source) {
            return Some(public.to_owned());
        }
        match source.rsplit_once(':')? {
            (host, "80" | "443") if named(host) => Some(public.to_owned()),
            (host, "*")
                if self
                    .authorities
                    .iter()
                    .any(|own| host_of(own).eq_ignore_ascii_case(host)) =>
            {
                Some(format!("{}:*", host_of(public)))
            }
            _ => None,
        }
    }
}

/// The value of a cookie's `Domain` attribute, in lower case, without the dot that may precede it.
fn domain_of(attribute: &[u8]) -> Option<String> {
    let (name, value) = std::str::from_utf8(attribute).ok()?.split_once('=')?;
    let value = value.trim();
    name.trim().eq_ignore_ascii_case("domain").then(|| {
        value
            .strip_prefix('.')
            .unwrap_or(value)
            .to_ascii_lowercase()
    })
}

/// RFC 6265 §5.1.3.
fn belongs_to(host: &str, domain: &str) -> bool {
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// An authority without its port.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Replaces the values of a field's lines, each where it stands. A value that would not be valid stays as it was.
fn edit(head: &mut HeaderMap, name: &HeaderName, map: impl for<'v> Fn(&'v [u8]) -> Cow<'v, [u8]>) {
    let header::Entry::Occupied(mut lines) = head.entry(name) else {
        return;
    };
    for line in lines.iter_mut() {
        if let Cow::Owned(mapped) = map(line.as_bytes())
            && let Ok(mapped) = HeaderValue::from_bytes(&mapped)
        {
            *line = mapped;
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;
    use crate::map::Origin;

    /// What becomes of one field of a site at `https://origin.example.com` that the public knows by another host.
    fn mapped(name: &'static str, value: &str, public: &'static str) -> Vec<String> {
        let public = Public::try_from(&Uri::from_static(public)).unwrap();
        let urls = UrlMap::new([Origin::new(Scheme::Https, "origin.example.com").unwrap()]);
        let authorities = ["origin.example.com".to_owned()];
        let mut head = HeaderMap::new();
        head.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        Mapping {
            urls: &urls,
            authorities: &authorities,
            public: &public,
        }
        .apply(&mut head);
        head.get_all(name)
            .into_iter()
            .map(|value| String::from_utf8(value.as_bytes().to_vec()).unwrap())
            .collect()
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
                "a=1; Domain=www.example.com",
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
}
