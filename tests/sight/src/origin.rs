//! The origins that are searched for, and the public URL that takes their place.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A scheme, a host and a port, in one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The scheme, `http` or `https`.
    pub scheme: &'static str,
    /// The host in lower case; an international name is in its ASCII form.
    pub host: String,
    /// The host in its Unicode form, if it is an international name.
    pub unicode: Option<String>,
    /// The port, or `None` for the scheme's default port.
    pub port: Option<u16>,
}

impl Origin {
    /// Reads an origin as people write it in a list: a URL, of which only scheme, host and port
    /// matter, or a host alone.
    ///
    /// # Errors
    /// Returns a sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = |why: &str| format!("{text:?} is no origin: {why}");
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => ("http", rest),
                "https" => ("https", rest),
                _ => return Err(fault("its scheme is neither http nor https")),
            },
            None => ("https", text.strip_prefix("//").unwrap_or(text)),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, _) = rest.split_at(end);
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        let port = match port {
            "" => None,
            digits => Some(
                digits
                    .parse::<u16>()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or_else(|| fault("its port is none"))?,
            ),
        };
        let (host, unicode) = host_of(host.strip_suffix('.').unwrap_or(host))
            .ok_or_else(|| fault("its host is none"))?;
        Ok(Self {
            scheme,
            host,
            unicode,
            port: port.filter(|port| *port != default_port(scheme)),
        })
    }

    /// Returns how many dots the host has.
    pub fn dots(&self) -> usize {
        self.host.matches('.').count()
    }

    /// Returns whether the host is an IPv4 address.
    pub fn is_ipv4(&self) -> bool {
        self.host.parse::<Ipv4Addr>().is_ok()
    }

    /// Formats the host, with the port if it is not the scheme's default.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Returns whether a URL with this scheme and port belongs to this origin.
    pub fn has_port(&self, scheme: Option<&str>, port: Option<u16>) -> bool {
        match (self.port, port) {
            (own, None) => own.is_none(),
            (Some(own), Some(port)) => own == port,
            (None, Some(port)) => match scheme {
                Some(scheme) => port == default_port(scheme),
                None => port == 80 || port == 443,
            },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

/// Returns the default port of a scheme (RFC 9110 §4.2, RFC 6455 §3).
fn default_port(scheme: &str) -> u16 {
    match scheme {
        "https" | "wss" => 443,
        _ => 80,
    }
}

/// Returns the ASCII form of a host and, if it differs, the Unicode form.
fn host_of(text: &str) -> Option<(String, Option<String>)> {
    let literal = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = literal {
        address.parse::<Ipv6Addr>().ok()?;
        return Some((text.to_ascii_lowercase(), None));
    }
    let host = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(text).ok()?
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if !host.split('.').all(is_label) {
        return None;
    }
    let unicode = host
        .contains("xn--")
        .then(|| idna::domain_to_unicode(&host).0)
        .filter(|unicode| !unicode.is_ascii());
    Some((host, unicode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_from_what_people_write() {
        for (text, expected) in [
            ("https://www.example.com", "https://www.example.com"),
            ("HTTP://WWW.Example.com/", "http://www.example.com"),
            ("www.example.com", "https://www.example.com"),
            ("//www.example.com/a/b", "https://www.example.com"),
            ("https://www.example.com/a?b#c", "https://www.example.com"),
            ("https://www.example.com:443/", "https://www.example.com"),
            ("http://www.example.com:443", "http://www.example.com:443"),
            ("localhost:8081", "https://localhost:8081"),
            ("http://[::1]:8081/", "http://[::1]:8081"),
            ("https://test", "https://test"),
            ("user:pw@www.example.com", "https://www.example.com"),
            ("www.example.com.", "https://www.example.com"),
            ("www.example.com:", "https://www.example.com"),
            ("https://MÜNCHEN.example", "https://xn--mnchen-3ya.example"),
        ] {
            let found = Origin::parse(text).map(|origin| origin.to_string());
            assert_eq!(found.as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "ftp://a.example",
            "https://",
            "a b",
            "a.example:0",
            "a.example:x",
            "*.example.com",
            "a..example",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
        let both = Origin::parse("https://xn--mnchen-3ya.example").unwrap();
        assert_eq!(both.unicode.as_deref(), Some("münchen.example"));
    }
}
