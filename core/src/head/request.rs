//! The client's request head, and the head that the origin gets for it.

mod forwarded;
mod queries;
mod urls;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header};

use super::hop_by_hop;
use super::validators::{self, Translation};
use super::{remove, set};
use crate::coding::AcceptEncoding;
use crate::site::{BadRequest, View};

pub use forwarded::ClientAddress;

/// Turns the client's request head into the head for the origin: its URI and `Destination` as the
/// origin has them, with them URLs in its query, `Host`, `Origin`, `Referer` and the like as its identity says, who asked in
/// `Forwarded` (RFC 7239) and `X-Forwarded-*`, no hop-by-hop fields, an `Accept-Encoding` cut to the
/// codings that can be decoded, and the origin's own validators. With `upgrade` the request leaves
/// HTTP, so its `Connection` and `Upgrade` go along.
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
    *request.uri_mut() = origin_uri(request.uri(), view)?;
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

    urls::map_destination(head, view)?;
    urls::map(head, view);
    forwarded::tell(head, client, view);
    set(head, header::HOST, view.asked().1);
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
