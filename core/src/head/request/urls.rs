//! Fields of requests with URLs of the site, and the origins' own URLs that take their place.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::head::{edit_line, set};
use crate::map::BaseUrl;
use crate::site::{AbsoluteUrl, BadRequest, View};

/// The target of a copy or a move (RFC 4918 §10.3).
const DESTINATION: HeaderName = HeaderName::from_static("destination");

/// Returns whether a field tells the URL of a page of the site.
fn tells_page(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "referer"
            // HTML standard, "hyperlink auditing".
            | "ping-from"
            | "ping-to"
            // htmx, Turbo, Turbolinks 5 and Turbolinks Classic.
            | "hx-current-url"
            | "turbo-frame"
            | "turbolinks-referrer"
            | "x-xhr-referer"
    )
}

/// Replaces public URLs in the values of fields by those of the origins, unless the origin is to
/// read the public ones. The fields are those that tell the URL of a page of the site, and those
/// that the configuration names.
pub(super) fn map(head: &mut HeaderMap, view: View<'_>) {
    let Some(public) = view.public else { return };
    if view.route.origin().identity.tells_public_host() {
        return;
    }
    let origin = own_origin(head, view, public);
    for (name, line) in head.iter_mut() {
        if tells_page(name) || view.site.request_fields().contains(name) {
            edit_line(line, |value| {
                own_page(value, view, public).map_or(Cow::Borrowed(value), Cow::Owned)
            });
        }
    }
    if let Some(origin) = origin {
        set(head, header::ORIGIN, &origin);
    }
}

/// Returns the `Origin` (RFC 6454 §7) of a request as origins know it: that of the application
/// whose page sends the request, which the path of `Referer` tells. Returns `None` if it is no
/// origin of this site.
///
/// Where `Referer` tells no path, the page is taken to be of the application that it asks, if that
/// is of the same host. There is none under the referrer policies `no-referrer`, `origin` and
/// `strict-origin`, nor in the handshake of a WebSocket (Fetch standard, "establish a WebSocket
/// connection": its referrer policy is `no-referrer`).
fn own_origin(head: &HeaderMap, view: View<'_>, public: &BaseUrl) -> Option<String> {
    let parsed = |name| AbsoluteUrl::parse(HeaderMap::get(head, name)?.as_bytes());
    let origin = parsed(header::ORIGIN).filter(|origin| origin.rest.is_empty())?;
    let page = parsed(header::REFERER)
        .filter(|page| page.base == origin.base && !matches!(page.rest, b"" | b"/"));
    let route = match page {
        Some(page) => view.site.route_of(&page, public)?,
        None if view.seen == Some(&origin.base) => view.route,
        None => view.site.route_of(&origin, public)?,
    };
    Some(route.own_name())
}

/// Returns a URL of the site as the origin that it is of knows it. Returns `None` if it is none.
pub(super) fn own_page(url: &[u8], view: View<'_>, public: &BaseUrl) -> Option<Vec<u8>> {
    let url = AbsoluteUrl::parse(url)?;
    let route = view.site.route_of(&url, public)?;
    Some([route.own_name().as_bytes(), &route.inside_of(&url)?].concat())
}

/// Replaces the `Destination` of a copy or a move by the one that the origin has in its place. It
/// must be on the request's own route: a destination on another route belongs to another origin,
/// and nobody may ask for a destination above the route's path. It stays if it is elsewhere, which
/// an origin that a route has as a whole detects by itself (RFC 4918 §9.8.5).
///
/// # Errors
/// Returns [`BadRequest::ForeignDestination`] if the destination is not on the request's own route.
pub(super) fn map_destination(head: &mut HeaderMap, view: View<'_>) -> Result<(), BadRequest> {
    let Some(destination) = head.get(&DESTINATION) else {
        return Ok(());
    };
    let destination = destination.as_bytes().trim_ascii();
    let (route, own) = if destination.starts_with(b"/") {
        let route = view.site.route_to(view.seen, destination);
        (route, view.route.inside(destination))
    } else {
        let url = AbsoluteUrl::parse(destination);
        let url = url.as_ref().zip(view.public);
        let route = url.and_then(|(url, public)| view.site.route_of(url, public));
        let inside = url.and_then(|(url, _)| view.route.inside_of(url));
        let (scheme, authority) = view.asked();
        let own =
            inside.map(|inside| [format!("{scheme}://{authority}").as_bytes(), &inside].concat());
        (route, own)
    };
    match (route, own) {
        (Some(route), Some(own)) if std::ptr::eq(route, view.route) => {
            let own = HeaderValue::from_bytes(&own).map_err(|_| BadRequest::ForeignDestination)?;
            head.insert(DESTINATION, own);
            Ok(())
        }
        (None, _) if !view.route.is_part() => Ok(()),
        _ => Err(BadRequest::ForeignDestination),
    }
}
