//! Origins and hosts, checked and in one spelling.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use http::Uri;
use http::uri::{Authority, Scheme};

/// Reads an origin in the sense of RFC 6454 §4: scheme, host, port. The host is returned in lower
/// case and without the scheme's own port (RFC 9110 §4.2.3), so that equal origins are written
/// alike.
pub(super) fn origin(text: &str) -> Result<Uri, String> {
    match with_path(text)? {
        (origin, "" | "/") => Ok(origin),
        _ => Err(format!(
            "{text:?} is no origin: it must end after host and port"
        )),
    }
}

/// Reads an origin, and returns it with the rest of `text`.
pub(super) fn with_path(text: &str) -> Result<(Uri, &str), String> {
    let fault = |why: &str| format!("{text:?} is no origin: {why}");
    let (scheme, rest) = text
        .split_once("://")
        .ok_or_else(|| fault("it must start with http:// or https://"))?;
    let (scheme, port) = match scheme.to_ascii_lowercase().as_str() {
        "http" => (Scheme::HTTP, 80),
        "https" => (Scheme::HTTPS, 443),
        _ => return Err(fault("its scheme must be http or https")),
    };
    let (authority, path) = rest
        .find(['/', '?', '#'])
        .and_then(|end| rest.split_at_checked(end))
        .unwrap_or((rest, ""));
    let authority = normalise(authority, Some(port)).map_err(|why| fault(&why))?;
    Uri::builder()
        .scheme(scheme)
        .authority(authority)
        .path_and_query("/")
        .build()
        .map(|origin| (origin, path))
        .map_err(|error| fault(&error.to_string()))
}

/// Returns whether a request for the authority `requested` is for a public host. Where TLS ends
/// before the gate, the scheme may be another one, and so the port that is left out.
pub(crate) fn is_host(public: &str, requested: &str) -> bool {
    let same = |authority: &str| authority.trim_end_matches('.') == public.trim_end_matches('.');
    same(requested)
        || requested
            .rsplit_once(':')
            .is_some_and(|(host, port)| matches!(port, "80" | "443") && same(host))
}

/// Returns whether a request can be for either of two public origins.
pub(super) fn share_requests(one: &Uri, other: &Uri) -> bool {
    let authority = |uri: &Uri| uri.authority().map(ToString::to_string);
    match (authority(one), authority(other)) {
        (Some(one), Some(other)) => is_host(&one, &other) || is_host(&other, &one),
        _ => false,
    }
}

/// Reads the value of a `Host` field (RFC 9110 §7.2): a host and perhaps a port.
pub(super) fn host(text: &str) -> Result<String, String> {
    normalise(text, None)
        .map(|authority| authority.to_string())
        .map_err(|why| format!("{text:?} is no host: {why}"))
}

/// Reads an IP address and perhaps a port.
pub(super) fn address(text: &str) -> Result<(IpAddr, Option<u16>), String> {
    let fault = || {
        format!(
            "{text:?} is no IP address, with or without a port, such as \"10.0.0.5:8080\" or \
             \"2001:db8::5\""
        )
    };
    match (text.parse::<SocketAddr>(), text.parse::<IpAddr>()) {
        (Ok(address), _) if address.port() > 0 => Ok((address.ip(), Some(address.port()))),
        (_, Ok(ip)) => Ok((ip, None)),
        _ => Err(fault()),
    }
}

/// What a certificate may be for: a host without a port.
pub(super) fn tls_name(text: &str) -> Result<String, String> {
    match host(text)? {
        name if host_and_port(&name).1.is_none() => Ok(name),
        _ => Err(format!(
            "{text:?} is no name in a certificate: it has a port"
        )),
    }
}

/// Reads the domain of a cookie (RFC 6265 §5.2.3): a name of two labels or more, as no browser
/// takes a cookie for a whole top-level domain.
pub(super) fn cookie_domain(text: &str) -> Result<String, String> {
    let fault = |why: &str| format!("{text:?} is no domain of cookies: {why}");
    let name = host(text.strip_prefix('.').unwrap_or(text)).map_err(|why| fault(&why))?;
    let name = name.trim_end_matches('.');
    match name {
        _ if name.contains(':') => Err(fault("it must be a name without a port")),
        _ if name.parse::<Ipv4Addr>().is_ok() => Err(fault("it is an address")),
        _ if !name.contains('.') => Err(fault("it has one label only")),
        name => Ok(name.to_owned()),
    }
}

/// Splits an authority into its host and its port, a number or `*`.
pub(crate) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if port == "*" || port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(port))
        }
        _ => (authority, None),
    }
}

fn normalise(text: &str, default_port: Option<u16>) -> Result<Authority, String> {
    if text.contains('@') {
        return Err("it must not carry user information".to_owned());
    }
    // A colon inside of an IPv6 literal separates nothing.
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    if host.is_empty() {
        return Err("it has no host".to_owned());
    }
    let host = if host.is_ascii() {
        host.to_ascii_lowercase()
    } else {
        international(host)?
    };
    let literal = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let valid = match literal {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    if !valid {
        return Err(format!("{host:?} is no host name"));
    }
    let port = match port {
        None => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            match digits.parse::<u16>() {
                Ok(port) if port > 0 => Some(port),
                _ => return Err(format!("{digits:?} is no port")),
            }
        }
        Some(other) => return Err(format!("{other:?} is no port")),
    };
    let authority = match port.filter(|port| Some(*port) != default_port) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    };
    authority
        .parse()
        .map_err(|error: http::uri::InvalidUri| error.to_string())
}

/// Returns the `xn--` form of an international host name (UTS #46 §4.2, as the URL standard applies
/// it).
#[cfg(feature = "idna")]
fn international(host: &str) -> Result<String, String> {
    idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| format!("{host:?} is no international host name that IDNA allows"))
}

/// Refuses an international host name: only the feature `idna` knows its form in ASCII.
#[cfg(not(feature = "idna"))]
fn international(host: &str) -> Result<String, String> {
    Err(format!(
        "{host:?} must be written in ASCII (xn--…): this gate was built without the feature `idna`"
    ))
}

#[cfg(all(test, feature = "idna"))] // Some of the hosts are international.
mod tests {
    use super::*;

    #[test]
    fn equal_origins_are_written_alike() {
        for (text, expected) in [
            ("https://origin.example.com", "https://origin.example.com/"),
            (
                "HTTPS://Origin.Example.COM:443/",
                "https://origin.example.com/",
            ),
            ("http://a.example:443", "http://a.example:443/"),
            ("http://a.example:80", "http://a.example/"),
            ("http://127.0.0.1:8081", "http://127.0.0.1:8081/"),
            ("http://[::1]:8081", "http://[::1]:8081/"),
            ("http://[::1]", "http://[::1]/"),
            (
                "https://xn--mnchen-3ya.example",
                "https://xn--mnchen-3ya.example/",
            ),
            (
                "https://MÜNCHEN.Example:8443",
                "https://xn--mnchen-3ya.example:8443/",
            ),
            (
                "https://mu\u{308}nchen。example:443",
                "https://xn--mnchen-3ya.example/",
            ),
            ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
            ("https://straße.example", "https://xn--strae-oqa.example/"),
        ] {
            assert_eq!(
                origin(text).map(|uri| uri.to_string()),
                Ok(expected.to_owned())
            );
        }
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port_and_nothing_else() {
        for (text, why) in [
            ("", "it must start with http:// or https://"),
            (
                "origin.example.com",
                "it must start with http:// or https://",
            ),
            ("ws://a.example", "its scheme must be http or https"),
            ("https://", "it has no host"),
            ("https://:443", "it has no host"),
            ("https://a.example/path", "it must end after host and port"),
            ("https://a.example?query", "it must end after host and port"),
            (
                "https://a.example#fragment",
                "it must end after host and port",
            ),
            (
                "https://user:secret@a.example",
                "it must not carry user information",
            ),
            ("https://a.example:", "\"\" is no port"),
            ("https://a.example:0", "\"0\" is no port"),
            ("https://a.example:65536", "\"65536\" is no port"),
            ("https://a.example:80x", "\"80x\" is no port"),
            ("https://a.exa mple", "\"a.exa mple\" is no host name"),
            (
                "https://mün chen.example",
                "\"mün chen.example\" is no international host name that IDNA allows",
            ),
            (
                "https://\u{301}bücher.example",
                "\"\\u{301}bücher.example\" is no international host name that IDNA allows",
            ),
            ("https://bü/cher.example", "it must end after host and port"),
            (
                "https://xn--ü.example",
                "\"xn--ü.example\" is no international host name that IDNA allows",
            ),
            ("https://[::g]", "\"[::g]\" is no host name"),
            (
                "https://a.example\r\nX: y",
                "\"a.example\\r\\nx\" is no host name",
            ),
        ] {
            assert_eq!(origin(text), Err(format!("{text:?} is no origin: {why}")));
        }
    }

    #[test]
    fn a_host_keeps_every_port() {
        assert_eq!(
            host("WWW.Example.com:443"),
            Ok("www.example.com:443".to_owned())
        );
        assert_eq!(host("a.example"), Ok("a.example".to_owned()));
        assert_eq!(
            host("bücher.example:443"),
            Ok("xn--bcher-kva.example:443".to_owned())
        );
        assert_eq!(
            host("a.example\r\nEvil: yes"),
            Err(
                "\"a.example\\r\\nEvil: yes\" is no host: \"a.example\\r\\nevil\" is no host name"
                    .to_owned()
            )
        );
        assert_eq!(
            tls_name("WWW.Example.com"),
            Ok("www.example.com".to_owned())
        );
        assert_eq!(tls_name("[::1]"), Ok("[::1]".to_owned()));
        assert_eq!(
            tls_name("a.example:443"),
            Err("\"a.example:443\" is no name in a certificate: it has a port".to_owned())
        );
        assert_eq!(host(""), Err("\"\" is no host: it has no host".to_owned()));
    }

    #[test]
    fn an_address_is_no_name_and_may_have_a_port() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        for (text, expected) in [
            ("10.0.0.5", Some((ip("10.0.0.5"), None))),
            ("10.0.0.5:8080", Some((ip("10.0.0.5"), Some(8080)))),
            ("2001:db8::5", Some((ip("2001:db8::5"), None))),
            ("[2001:db8::5]:8080", Some((ip("2001:db8::5"), Some(8080)))),
            ("10.0.0.5:0", None),
            ("10.0.0.5:65536", None),
            ("a.example:80", None),
            ("http://10.0.0.5", None),
            ("", None),
        ] {
            let read = address(text);
            assert_eq!(read.as_ref().ok(), expected.as_ref(), "{text}");
            if let Err(error) = read {
                assert!(error.starts_with(&format!("{text:?} is no IP address")));
            }
        }
    }

    #[test]
    fn a_domain_of_cookies_is_a_name_of_two_labels_or_more() {
        for (text, expected) in [
            (".Example.COM", Ok("example.com")),
            ("bücher.example", Ok("xn--bcher-kva.example")),
            ("com", Err("it has one label only")),
            ("com.", Err("it has one label only")),
            ("10.0.0.7", Err("it is an address")),
            ("[::1]", Err("it must be a name without a port")),
            ("a.example:80", Err("it must be a name without a port")),
        ] {
            let expected = match expected {
                Ok(domain) => Ok(domain.to_owned()),
                Err(why) => Err(format!("{text:?} is no domain of cookies: {why}")),
            };
            assert_eq!(cookie_domain(text), expected);
        }
    }
}
