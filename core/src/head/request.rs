//! The client's request head, and the one that the origin gets for it.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header, uri::PathAndQuery};

use super::hop_by_hop;
use super::remove;
use super::validators::{self, Translation};
use crate::coding::AcceptEncoding;
use crate::config::OriginConfig;
use crate::map::{Public, Scheme};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The address that the client's connection came from. An adapter puts it into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Why a request is answered with 400 instead of being sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// RFC 9112 §3.2: a server must refuse more than one `Host`.
    #[error("the request has more than one Host field")]
    SeveralHosts,
    /// RFC 9110 §7.2.
    #[error("the request's Host is no authority")]
    InvalidHost,
    /// No origin-form can be made of it, as for `OPTIONS *`.
    #[error("the request's target has no path")]
    NoPath,
}

/// The host that the client asked: the target's authority where it has one (RFC 9112 §3.2.2), else `Host`; with the
/// scheme that it was asked by. `None` when the request names none.
///
/// # Errors
/// [`BadRequest::SeveralHosts`], [`BadRequest::InvalidHost`].
pub fn requested_host(request: &Request<()>) -> Result<Option<Public>, BadRequest> {
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    let host = hosts.next().map(HeaderValue::as_bytes).unwrap_or_default();
    if hosts.next().is_some() {
        return Err(BadRequest::SeveralHosts);
    }
    let host = std::str::from_utf8(host).map_err(|_| BadRequest::InvalidHost)?;
    let authority = request
        .uri()
        .authority()
        .map_or(host, |authority| authority.as_str());
    if authority.is_empty() {
        return Ok(None);
    }
    let scheme = if request.uri().scheme_str() == Some("https") {
        Scheme::Https
    } else {
        Scheme::Http
    };
    Public::new(scheme, authority)
        .map(Some)
        .map_err(|_| BadRequest::InvalidHost)
}

/// Makes the request head for the origin: its URI and `Host`, `Origin` and `Referer` as the origin knows itself, who asked
/// in `Forwarded` (RFC 7239) and `X-Forwarded-*`, no hop-by-hop fields, an `Accept-Encoding` cut to what can be decoded, and
/// the origin's own validators. `upgrade`: the request leaves HTTP, so its `Connection` and `Upgrade` go along.
///
/// There is no `Via`: origins are known to stop compressing for it.
///
/// # Errors
/// [`BadRequest::NoPath`].
pub fn for_origin(
    client: &Request<()>,
    origin: &OriginConfig,
    public: Option<&Public>,
    fingerprint: u64,
    upgrade: bool,
) -> Result<(Request<()>, Translation), BadRequest> {
    let mut request = client.clone();
    *request.uri_mut() = origin_uri(client.uri(), &origin.url)?;
    let head = request.headers_mut();

    let accept_encoding = AcceptEncoding::from_headers(head).cut();
    hop_by_hop::strip(head);
    // What CGI would take for the address of a proxy goes no further either.
    remove(head, |name| name == header::EXPECT || name == "proxy");
    if upgrade {
        for name in [header::CONNECTION, header::UPGRADE] {
            for value in client.headers().get_all(&name) {
                head.append(&name, value.clone());
            }
        }
    }
    head.insert(header::ACCEPT_ENCODING, accept_encoding);
    let translation = validators::translate(head, fingerprint);

    let name = origin
        .host
        .as_deref()
        .or_else(|| origin.url.authority().map(http::uri::Authority::as_str));
    let name = name.unwrap_or_default();
    if let Some(public) = public {
        let own = format!("{}://{name}", origin.url.scheme_str().unwrap_or("http"));
        let theirs = format!("{}://{}", public.scheme().as_str(), public.authority());
        name_the_origin(head, &header::ORIGIN, &theirs, &own);
        name_the_origin(head, &header::REFERER, &theirs, &own);
    }
    tell_who_asked(head, client.extensions().get(), public);
    set(head, header::HOST, name);
    Ok((request, translation))
}

/// The client's path and query, byte for byte, at the origin.
fn origin_uri(client: &Uri, origin: &Uri) -> Result<Uri, BadRequest> {
    let mut parts = origin.clone().into_parts();
    let target = client
        .path_and_query()
        .cloned()
        .unwrap_or_else(|| PathAndQuery::from_static("/"));
    parts.path_and_query = Some(target);
    Uri::from_parts(parts)
        .ok()
        .filter(|uri| uri.path().starts_with('/'))
        .ok_or(BadRequest::NoPath)
}

/// Replaces the public origin at the front of a field's value.
fn name_the_origin(head: &mut HeaderMap, field: &HeaderName, public: &str, origin: &str) {
    let Some(value) = head.get(field) else { return };
    let Some((front, rest)) = value.as_bytes().split_at_checked(public.len()) else {
        return;
    };
    let ends = matches!(rest.first(), None | Some(b'/' | b'?' | b'#'));
    if ends
        && front.eq_ignore_ascii_case(public.as_bytes())
        && let Ok(value) = HeaderValue::from_bytes(&[origin.as_bytes(), rest].concat())
    {
        head.insert(field, value);
    }
}

/// Says who asked, and for which host and scheme. The client's address is added to those that `X-Forwarded-For` has; what a
/// client says of host and scheme is not believed, as an origin may build links from it, so that all else is made anew.
fn tell_who_asked(head: &mut HeaderMap, client: Option<&ClientAddress>, public: Option<&Public>) {
    let told = [header::FORWARDED, X_FORWARDED_HOST, X_FORWARDED_PROTO];
    remove(head, |name| told.contains(name));
    let mut element = Vec::new();
    if let Some(ClientAddress(address)) = client {
        append(head, &X_FORWARDED_FOR, &address.to_string());
        element.push(match address {
            IpAddr::V4(address) => format!("for={address}"),
            IpAddr::V6(address) => format!("for=\"[{address}]\""),
        });
    }
    if let Some(public) = public {
        element.push(format!("host=\"{}\"", public.authority()));
        element.push(format!("proto={}", public.scheme().as_str()));
        set(head, X_FORWARDED_HOST, public.authority());
        set(head, X_FORWARDED_PROTO, public.scheme().as_str());
    }
    if !element.is_empty() {
        set(head, header::FORWARDED, &element.join(";"));
    }
}

fn set(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        head.insert(name, value);
    }
}

/// Appends an element to a list field, and leaves it as one line: many an origin reads only the first.
fn append(head: &mut HeaderMap, name: &HeaderName, element: &str) {
    let mut list: Vec<&[u8]> = head
        .get_all(name)
        .into_iter()
        .map(HeaderValue::as_bytes)
        .collect();
    list.push(element.as_bytes());
    if let Ok(list) = HeaderValue::from_bytes(&list.join(&b", "[..])) {
        head.insert(name, list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(uri: &str, fields: &[(&'static str, &'static str)]) -> Request<()> {
        let mut request = Request::builder().uri(uri).body(()).unwrap();
        for (name, value) in fields {
            request
                .headers_mut()
                .append(*name, HeaderValue::from_static(value));
        }
        request
    }

    fn at_origin(request: &Request<()>, host: Option<&str>) -> Request<()> {
        let mut origin = OriginConfig::new(Uri::from_static("https://origin.example.com"));
        origin.host = host.map(str::to_owned);
        let public = requested_host(request).unwrap();
        for_origin(request, &origin, public.as_ref(), 1, false)
            .unwrap()
            .0
    }

    #[test]
    fn the_target_reaches_the_origin_byte_for_byte() {
        for target in [
            "/",
            "/a//b/../c",
            "/%7euser/%2F?q=a%20b&&=?x",
            "/?",
            "/a;b=c?u=https://www.example.com/",
        ] {
            let request = client(&format!("https://www.example.com{target}"), &[]);
            assert_eq!(
                at_origin(&request, None).uri().to_string(),
                format!("https://origin.example.com{target}")
            );
        }
    }

    #[test]
    fn a_target_without_a_path_is_refused() {
        let origin = OriginConfig::new(Uri::from_static("https://origin.example.com"));
        assert_eq!(
            for_origin(&client("*", &[]), &origin, None, 1, false).unwrap_err(),
            BadRequest::NoPath
        );
    }

    #[test]
    fn the_origin_is_named_as_it_knows_itself() {
        let request = client(
            "https://www.example.com/",
            &[
                ("host", "www.example.com"),
                ("origin", "https://www.example.com"),
                ("referer", "https://www.example.com/page?q"),
            ],
        );
        let own = at_origin(&request, None);
        assert_eq!(own.headers()["host"], "origin.example.com");
        assert_eq!(own.headers()["origin"], "https://origin.example.com");
        assert_eq!(
            own.headers()["referer"],
            "https://origin.example.com/page?q"
        );
        let other = at_origin(&request, Some("www.internal:8443"));
        assert_eq!(other.headers()["host"], "www.internal:8443");
        assert_eq!(other.headers()["origin"], "https://www.internal:8443");
        assert_eq!(other.uri().authority().unwrap(), "origin.example.com");
    }

    #[test]
    fn other_origins_in_origin_and_referer_stay() {
        for value in [
            "null",
            "https://www.example.com.evil.test",
            "http://www.example.com",
            "https://other.test/",
        ] {
            let request = client(
                "https://www.example.com/",
                &[("origin", value), ("referer", value)],
            );
            let head = at_origin(&request, None);
            assert_eq!(
                (
                    head.headers()["origin"].as_bytes(),
                    head.headers()["referer"].as_bytes()
                ),
                (value.as_bytes(), value.as_bytes())
            );
        }
    }

    #[test]
    fn who_asked_is_added_to_those_who_forwarded() {
        let mut request = client(
            "https://www.example.com/",
            &[
                ("x-forwarded-for", "192.0.2.1"),
                ("x-forwarded-for", "192.0.2.2"),
                ("x-forwarded-proto", "gopher"),
                ("x-forwarded-host", "evil.test"),
                ("forwarded", "host=evil.test;proto=\"https"),
            ],
        );
        request
            .extensions_mut()
            .insert(ClientAddress("2001:db8::1".parse().unwrap()));
        let request = at_origin(&request, None);
        let head = request.headers();
        assert_eq!(head["x-forwarded-for"], "192.0.2.1, 192.0.2.2, 2001:db8::1");
        assert_eq!(head.get_all("x-forwarded-for").iter().count(), 1);
        assert_eq!(head["x-forwarded-proto"], "https");
        assert_eq!(head["x-forwarded-host"], "www.example.com");
        assert_eq!(
            head["forwarded"],
            "for=\"[2001:db8::1]\";host=\"www.example.com\";proto=https"
        );
    }

    #[test]
    fn fields_of_the_connection_stay_behind() {
        let fields = [
            ("connection", "x-mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("expect", "100-continue"),
            ("cookie", "a=1"),
        ];
        let request = at_origin(&client("/", &fields), None);
        for name in ["connection", "x-mine", "te", "expect"] {
            assert!(!request.headers().contains_key(name), "{name}");
        }
        assert_eq!(request.headers()["cookie"], "a=1");
    }

    #[test]
    fn an_upgrade_takes_its_fields_along() {
        let request = client("/", &[("connection", "Upgrade"), ("upgrade", "websocket")]);
        let origin = OriginConfig::new(Uri::from_static("https://origin.example.com"));
        let (upgrade, _) = for_origin(&request, &origin, None, 1, true).unwrap();
        assert_eq!(upgrade.headers()["upgrade"], "websocket");
        assert_eq!(upgrade.headers()["connection"], "Upgrade");
    }

    #[test]
    fn the_requested_host_is_the_targets_before_the_fields() {
        let table = [
            (
                client("/", &[("host", "www.example.com:8080")]),
                Ok(Some("http://www.example.com:8080")),
            ),
            (
                client("https://www.example.com/", &[("host", "other.test")]),
                Ok(Some("https://www.example.com")),
            ),
            (client("/", &[]), Ok(None)),
            (client("/", &[("host", "")]), Ok(None)),
            (
                client("/", &[("host", "a"), ("host", "a")]),
                Err(BadRequest::SeveralHosts),
            ),
            (
                client("/", &[("host", "user@a")]),
                Err(BadRequest::InvalidHost),
            ),
            (
                client("/", &[("host", "a/b")]),
                Err(BadRequest::InvalidHost),
            ),
            (
                client("/", &[("host", "a\"><script>")]),
                Err(BadRequest::InvalidHost),
            ),
            (
                client("/", &[("host", "a b")]),
                Err(BadRequest::InvalidHost),
            ),
        ];
        for (request, expected) in table {
            let host = requested_host(&request).map(|host| {
                host.map(|host| format!("{}://{}", host.scheme().as_str(), host.authority()))
            });
            assert_eq!(
                host,
                expected.map(|host| host.map(str::to_owned)),
                "{request:?}"
            );
        }
    }
}
