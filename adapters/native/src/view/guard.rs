//! Who is answered: only a browser on this machine, and only a page of the view itself where
//! something is to be done.
//!
//! Other pages in the same browser can send requests here, too. A name of theirs may have been
//! rebound to this machine, which `Host` shows; a form or a script of theirs shows by `Origin` and
//! by `Sec-Fetch-Site`, which no script can set.

use std::net::{IpAddr, SocketAddr};

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, Request};

/// Returns why a request to the view at `address` is refused, if it is.
pub(super) fn refused<B>(request: &Request<B>, address: SocketAddr) -> Option<&'static str> {
    let fields = request.headers();
    let Some(host) = one(fields, HOST.as_str()).filter(|host| is_here(host, address.port())) else {
        return Some("Host is not an address of this machine");
    };
    // A link may lead to the page.
    let is_visit = request.uri().path() == "/" && request.method() == Method::GET;
    let site = fields.contains_key("sec-fetch-site");
    let is_own = !site || matches!(one(fields, "sec-fetch-site"), Some("same-origin" | "none"));
    if !is_own && !is_visit {
        return Some("Sec-Fetch-Site is another one");
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let own = one(fields, ORIGIN.as_str()) == Some(&format!("http://{host}"));
    (!is_safe && !own).then_some("Origin is not the live view")
}

/// Returns the value of a field that is there once.
fn one<'a>(fields: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = fields.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Returns whether a host is a name of this machine that cannot be rebound, with this port.
fn is_here(host: &str, port: u16) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let port_of = authority.port_u16().unwrap_or(80);
    !host.contains('@') && port_of == port && (is_loopback || name == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused_of(method: &str, path: &str, fields: &[(&str, &str)]) -> Option<&'static str> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let address = ([127, 0, 0, 1], 8082).into();
        refused(&request.body(()).expect("a request"), address)
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for (host, is_answered) in [
            ("127.0.0.1:8082", true),
            ("localhost:8082", true),
            ("[::1]:8082", true),
            ("127.0.0.1", false),
            ("127.0.0.1:8080", false),
            ("localhost.example:8082", false),
            ("rebound.example:8082", false),
            ("127.0.0.1.example:8082", false),
            ("192.0.2.1:8082", false),
            ("x@localhost:8082", false),
            ("", false),
        ] {
            let refused = refused_of("GET", "/events", &[("host", host)]);
            assert_eq!(refused.is_none(), is_answered, "{host}: {refused:?}");
        }
        assert!(refused_of("GET", "/", &[]).is_some());
        let twice = [("host", "localhost:8082"), ("host", "a.example")];
        assert!(refused_of("GET", "/", &twice).is_some());
    }

    #[test]
    fn only_the_view_itself_may_do_something() {
        let here = ("host", "127.0.0.1:8082");
        for (method, path, fields, is_answered) in [
            ("POST", "/configuration", &[][..], false),
            (
                "POST",
                "/configuration",
                &[("origin", "http://127.0.0.1:8082")],
                true,
            ),
            (
                "POST",
                "/configuration",
                &[("origin", "http://127.0.0.1:8080")],
                false,
            ),
            (
                "POST",
                "/configuration",
                &[("origin", "http://localhost:8082")],
                false,
            ),
            (
                "POST",
                "/configuration",
                &[("origin", "https://a.example")],
                false,
            ),
            ("POST", "/configuration", &[("origin", "null")], false),
            ("POST", "/runs", &[("sec-fetch-site", "none")], false),
            ("GET", "/events", &[("sec-fetch-site", "same-origin")], true),
            ("GET", "/events", &[("sec-fetch-site", "same-site")], false),
            ("GET", "/events", &[("sec-fetch-site", "cross-site")], false),
            ("GET", "/", &[("sec-fetch-site", "cross-site")], true),
        ] {
            let fields: Vec<_> = fields.iter().copied().chain([here]).collect();
            let refused = refused_of(method, path, &fields);
            assert_eq!(
                refused.is_none(),
                is_answered,
                "{path} {fields:?}: {refused:?}"
            );
        }
    }
}
