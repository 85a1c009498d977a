//! Heads, as the platform has them and as core has them.

use fastly::handle::BodyHandle;
use fastly::http::{FramingHeadersMode, Url};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderMap, Response, Version};
use streamgate::FetchError;

/// Returns the platform's request to an origin.
///
/// # Errors
/// Returns [`FetchError::Unsupported`] if the platform cannot ask for the URL.
pub(crate) fn to_origin(head: &Parts) -> Result<fastly::Request, FetchError> {
    let url = Url::parse(&head.uri.to_string());
    let url = url.map_err(|error| FetchError::Unsupported(error.to_string()))?;
    let mut request = fastly::Request::new(head.method.clone(), url);
    request.set_framing_headers_mode(framing(&head.headers));
    for (name, value) in &head.headers {
        request.append_header(name, value);
    }
    Ok(request)
}

/// Returns an origin's response for core. Its head has status and fields only.
pub(crate) fn from_origin(response: fastly::Response) -> Response<BodyHandle> {
    let (head, body) = Response::<fastly::Body>::from(response).into_parts();
    let mut response = Response::new(body.into_handle());
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    response
}

/// Returns the platform's response to the client. Of an origin's head the client gets status and
/// fields only; the version is the platform's.
pub(crate) fn to_client(mut response: Response<fastly::Body>) -> fastly::Response {
    *response.version_mut() = Version::HTTP_11;
    let framing = framing(response.headers());
    fastly::Response::from(response).with_framing_headers_mode(framing)
}

/// Returns how a message is framed. A `Content-Length` in the head is kept: it is the length of
/// the body, or for `HEAD` and `304` the length that the `GET` would have had (RFC 9110 §8.6).
/// Without a `Content-Length` the platform frames as it can.
fn framing(fields: &HeaderMap) -> FramingHeadersMode {
    if fields.contains_key(CONTENT_LENGTH) {
        FramingHeadersMode::ManuallyFromHeaders
    } else {
        FramingHeadersMode::Automatic
    }
}
