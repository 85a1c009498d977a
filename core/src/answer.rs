//! Answers of the gate's own: to requests that it cannot serve, to requests for another URL, and
//! for origins that do not answer.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// How many seconds a client is asked to wait where the gate has enough to do for now.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Returns a complete response that gives the reason for a failure in plain text. `error` is a
/// `Proxy-Status` error type (RFC 9209 §2.3). A 503 says when to try again.
#[must_use]
pub(crate) fn fault(status: StatusCode, error: &'static str, reason: &str) -> Response<Bytes> {
    let mut response = text(status, reason);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    if let Ok(value) = HeaderValue::try_from(format!("streamgate; error={error}")) {
        response.headers_mut().insert("proxy-status", value);
    }
    response
}

/// Returns a complete permanent redirect to a URL, which keeps the method. Caches must not store
/// the redirect, so that it does not outlive the configuration.
#[must_use]
pub(crate) fn moved(location: HeaderValue) -> Response<Bytes> {
    let told = "What was asked for is at another URL.";
    let mut response = text(StatusCode::PERMANENT_REDIRECT, told);
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Returns a success without content.
#[must_use]
pub(crate) fn nothing() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let head = response.headers_mut();
    head.insert(header::CONTENT_LENGTH, HeaderValue::from(0));
    response
}

fn text(status: StatusCode, told: &str) -> Response<Bytes> {
    let title = status.canonical_reason().unwrap_or_default();
    let body = Bytes::from(format!("{} {title}\n\n{told}\n", status.as_u16()));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let length = HeaderValue::from(response.body().len());
    let head = response.headers_mut();
    head.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    head.insert(header::CONTENT_LENGTH, length);
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
