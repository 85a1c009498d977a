//! The client's end of an exchange: the response.

use http::response;

use crate::body::Body;
use crate::errors::Refused;
use crate::head;
use crate::host::Sent;
use crate::origin::{OriginBody, detach};
use crate::sink::Sink;

/// Makes a response without a body. A `Content-Length` is then not its length but the length that
/// the `GET` would have had (`HEAD`, `304`: RFC 9110 §8.6).
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn bare(head: &response::Parts) -> Result<Sent, Refused> {
    response(head, None)
}

/// Makes a response, and what its body is written to.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn begin(head: &response::Parts) -> Result<(Sent, Sink), Refused> {
    let (sink, given) = Sink::new();
    Ok((response(head, Some(given))?, sink))
}

/// Makes a response whose body is the origin's, which the host moves.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) async fn unmodified(origins: http::Response<OriginBody>) -> Result<Sent, Refused> {
    let (head, body) = origins.into_parts();
    let response = response(&head, Some(body.body))?;
    detach(body.transmitted, body.upload);
    Ok(response)
}

/// Makes a response of a head and the body that the host reads.
fn response(head: &response::Parts, body: Option<Body>) -> Result<Sent, Refused> {
    let fields = head::to_fields(&head.headers)?;
    let (contents, end) = Body::contents(body);
    let (response, _) = Sent::new(fields, contents, end);
    response.set_status_code(head.status.as_u16())?;
    Ok(response)
}
