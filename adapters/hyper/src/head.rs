//! What hyper needs of heads.

use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Response, Uri, Version};

/// Takes the authority from the target of a request that has no `Host`. HTTP/1.1 requires `Host`
/// beside an absolute target too (RFC 9112 §3.2): core refuses the request, as the target names no
/// host either.
pub(crate) fn require_host(head: &mut Parts) {
    if head.version == Version::HTTP_11 && !head.headers.contains_key(HOST) {
        let path = head.uri.path_and_query().cloned();
        head.uri = path.map_or_else(Uri::default, Uri::from);
    }
}

/// Says that a request's body of unknown length comes in chunks. Without the field, hyper sends no
/// such body with `GET` or `HEAD`.
pub fn frame_upload(fields: &mut HeaderMap) {
    if !fields.contains_key(CONTENT_LENGTH) {
        let chunked = HeaderValue::from_static("chunked");
        fields.insert(TRANSFER_ENCODING, chunked);
    }
}

/// Lets the connection's own version frame a response.
pub(crate) fn framed<T>(mut response: Response<T>) -> Response<T> {
    *response.version_mut() = Version::HTTP_11;
    response
}
