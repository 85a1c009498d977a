//! The client's request head, and the head that the origin gets for it.

mod forwarded;
mod queries;
mod urls;

use http::{HeaderValue, Request, Uri, header};

use super::validators::{self, Fingerprints, Translation};
use super::{cdn_loop, hop_by_hop, list};
use crate::coding::AcceptEncoding;
use crate::site::{BadRequest, View};

pub use forwarded::ClientAddress;

/// Turns the client's request head into the head for the origin. The URI, the URLs in its query and
/// `Destination` become the origin's. `Host`, `Origin`, `Referer` and the like become what the
/// origin's identity says, and `Forwarded` (RFC 7239) and `X-Forwarded-*` say who asked. There are
/// no hop-by-hop fields; `Accept-Encoding` is cut to the codings that can be decoded, and the
/// validators are the origin's own. `offer` is the `Upgrade` for the origin if the request asks to
/// leave HTTP.
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
    fingerprints: impl Into<Fingerprints>,
    offer: Option<HeaderValue>,
) -> Result<(Request<()>, Translation), BadRequest> {
    *request.uri_mut() = origin_uri(request.uri(), view)?;
    let client = request.extensions().get().copied();
    let head = request.headers_mut();

    // Trailers end at the gate: in them, fields could follow that do not go on in a head.
    hop_by_hop::strip(head, |name| {
        matches!(*name, header::EXPECT | header::TRAILER)
    });
    // HTTP/2 clients may split the field, for an origin of HTTP/1.1 it is one (RFC 9113 §8.2.3).
    list::join(head, &header::COOKIE, b"; ");
    if let Some(offer) = offer {
        head.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        head.insert(header::UPGRADE, offer);
    }
    head.insert(header::ACCEPT_ENCODING, accepted.cut());
    let fingerprints = fingerprints.into();
    let translation = validators::translate(head, fingerprints);

    urls::map_destination(head, view)?;
    urls::map(head, view);
    forwarded::tell(head, client, view);
    cdn_loop::pass(head, fingerprints.gate);
    if let Some(host) = view.host() {
        head.insert(header::HOST, host);
    }
    Ok((request, translation))
}

/// Returns the URI at the origin of what the client asks for.
fn origin_uri(client: &Uri, view: View<'_>) -> Result<Uri, BadRequest> {
    let mut parts = view.route.origin().url.clone().into_parts();
    let target = view.route.target(client)?;
    let mapped = queries::map(client, view)
        .and_then(|query| format!("{}?{query}", target.path()).try_into().ok());
    parts.path_and_query = Some(mapped.unwrap_or(target));
    Uri::from_parts(parts).map_err(|_| BadRequest::NoPath)
}

#[cfg(test)]
mod tests;
