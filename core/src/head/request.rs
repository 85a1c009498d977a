//! The client's request head, and the head that the origin gets for it.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header};

use super::hop_by_hop;
use super::remove;
use super::validators::{self, Translation};
use crate::coding::AcceptEncoding;
use crate::site::{AbsoluteUrl, BadRequest, Route, View};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
/// The other fields by which proxies and frameworks tell the client's host, scheme and URL, and
/// which the gate does not send.
const UNTOLD: [HeaderName; 8] = [
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-scheme"),
    HeaderName::from_static("x-forwarded-server"),
    HeaderName::from_static("x-forwarded-ssl"),
    HeaderName::from_static("x-host"),
    HeaderName::from_static("x-original-host"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-rewrite-url"),
];
/// The target of a copy or a move (RFC 4918 §10.3).
const DESTINATION: HeaderName = HeaderName::from_static("destination");

/// The address that the client's connection came from. An adapter puts it into the request's
/// extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Turns the client's request head into the head for the origin: its URI and `Host`, `Origin`,
/// `Referer` and `Destination` as the origins know themselves, who asked in `Forwarded` (RFC 7239)
/// and `X-Forwarded-*`, no hop-by-hop fields, an `Accept-Encoding` cut to the codings that can be
/// decoded, and the origin's own validators. With `upgrade` the request leaves HTTP, so its
/// `Connection` and `Upgrade` go along.
///
/// There is no `Via`: origins are known to stop compressing for it.
///
/// # Errors
/// Returns [`BadRequest::NoPath`], [`BadRequest::AboveRoute`] or [`BadRequest::ForeignDestination`]
/// if the request must not be sent.
pub(crate) fn for_origin(
    mut request: Request<()>,
    accepted: &AcceptEncoding,
    view: View<'_>,
    fingerprint: u64,
    upgrade: bool,
) -> Result<(Request<()>, Translation), BadRequest> {
    *request.uri_mut() = origin_uri(request.uri(), view.route)?;
    let client = request.extensions().get().copied();
    let head = request.headers_mut();

    let kept = if upgrade {
        upgrade_fields(head)
    } else {
        Vec::new()
    };
    hop_by_hop::strip(head);
    // A field that CGI would take for the address of a proxy is removed too.
    remove(head, |name| name == header::EXPECT || name == "proxy");
    for (name, line) in kept {
        head.append(name, line);
    }
    head.insert(header::ACCEPT_ENCODING, accepted.cut());
    let translation = validators::translate(head, fingerprint);

    if let Some(destination) = own_destination(head, view)? {
        head.insert(DESTINATION, destination);
    }
    name_the_origins(head, view);
    tell_who_asked(head, client, view);
    set(head, header::HOST, view.route.own_authority());
    Ok((request, translation))
}

/// Returns the lines of `Connection` and of `Upgrade`.
fn upgrade_fields(head: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let mut lines = Vec::new();
    for name in [header::CONNECTION, header::UPGRADE] {
        let values = head.get_all(&name).into_iter().cloned();
        lines.extend(values.map(|value| (name.clone(), value)));
    }
    lines
}

/// Returns the URI at the origin of what the client asks for.
fn origin_uri(client: &Uri, route: &Route) -> Result<Uri, BadRequest> {
    let mut parts = route.origin().url.clone().into_parts();
    parts.path_and_query = Some(route.target(client)?);
    Uri::from_parts(parts).map_err(|_| BadRequest::NoPath)
}

/// Replaces public URLs in the values of fields by those of the origins. If several origins share a
/// host, the page's own URL tells which origin an `Origin` stands for; without that URL it stands
/// for the main origin.
fn name_the_origins(head: &mut HeaderMap, view: View<'_>) {
    let Some(public) = view.public else { return };
    let parsed = |name: &HeaderName| {
        head.get(name)
            .and_then(|value| AbsoluteUrl::parse(value.as_bytes()))
    };
    let page = parsed(&header::REFERER);
    let origin = parsed(&header::ORIGIN)
        .filter(|origin| origin.rest.is_empty())
        .and_then(|origin| {
            let page = page.as_ref().filter(|page| page.base == origin.base);
            let route = view.site.route_of(page.unwrap_or(&origin), public)?;
            Some(route.own_name().into_bytes())
        });
    let referer = page
        .as_ref()
        .and_then(|page| own_url(view.site.route_of(page, public)?, page));
    for (name, value) in [(header::ORIGIN, origin), (header::REFERER, referer)] {
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_bytes(&value)) {
            head.insert(name, value);
        }
    }
}

/// Returns a public URL of a route as its origin knows it.
fn own_url(route: &Route, url: &AbsoluteUrl<'_>) -> Option<Vec<u8>> {
    let inside = match url.path() {
        b"" => url.rest.to_vec(),
        _ => route.inside(url.rest)?,
    };
    Some([route.own_name().as_bytes(), &inside].concat())
}

/// Returns the `Destination` of a copy or a move as the origin knows it. It must be on the
/// request's own route: a destination on another route belongs to another origin, and nobody may
/// ask for a destination above the route's path. Returns `None` if there is no `Destination`, or it
/// is elsewhere, which an origin that a route has as a whole detects by itself (RFC 4918 §9.8.5).
///
/// # Errors
/// Returns [`BadRequest::ForeignDestination`] if the destination is not on the request's own route.
fn own_destination(head: &HeaderMap, view: View<'_>) -> Result<Option<HeaderValue>, BadRequest> {
    let Some(destination) = head.get(&DESTINATION) else {
        return Ok(None);
    };
    let destination = destination.as_bytes().trim_ascii();
    let (route, own) = if destination.starts_with(b"/") {
        let route = view.site.route_to(view.seen, destination);
        (route, view.route.inside(destination))
    } else {
        let url = AbsoluteUrl::parse(destination);
        let url = url.as_ref().zip(view.public);
        let route = url.and_then(|(url, public)| view.site.route_of(url, public));
        (route, url.and_then(|(url, _)| own_url(view.route, url)))
    };
    match (route, own) {
        (Some(route), Some(own)) if std::ptr::eq(route, view.route) => {
            HeaderValue::from_bytes(&own)
                .map(Some)
                .map_err(|_| BadRequest::ForeignDestination)
        }
        (None, _) if !view.route.is_part() => Ok(None),
        _ => Err(BadRequest::ForeignDestination),
    }
}

/// Tells the origin who asked, for which host and scheme, and below which path the origin is. The
/// client's address is appended to those in `X-Forwarded-For`. The client's other statements are
/// not believed, as an origin may build links from them, or take them for the requested URL: they
/// are made anew or left out.
fn tell_who_asked(head: &mut HeaderMap, client: Option<ClientAddress>, view: View<'_>) {
    let told = [
        header::FORWARDED,
        X_FORWARDED_HOST,
        X_FORWARDED_PROTO,
        X_FORWARDED_PREFIX,
    ];
    remove(head, |name| told.contains(name) || UNTOLD.contains(name));
    let mut element = Vec::new();
    if let Some(ClientAddress(address)) = client {
        append(head, &X_FORWARDED_FOR, &address.to_string());
        element.push(match address {
            IpAddr::V4(address) => format!("for={address}"),
            IpAddr::V6(address) => format!("for=\"[{address}]\""),
        });
    }
    if let Some(prefix) = view.route.forwarded_prefix() {
        set(head, X_FORWARDED_PREFIX, prefix);
    }
    if let Some(public) = view.seen {
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

/// Appends an element to a list field and joins its lines into one, because many origins read only
/// the first line.
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
mod tests;
