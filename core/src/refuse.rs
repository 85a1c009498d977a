//! The answer of an adapter that cannot hand an exchange to [`crate::serve()`].

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::answer;
use crate::edge::Edge;

/// Why an adapter cannot hand an exchange to [`crate::serve()`], or cannot hand the answer of
/// [`crate::serve()`] to its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The configuration is not valid, or cannot be read.
    NotConfigured,
    /// The platform's request cannot be turned into an HTTP request.
    BadRequest,
    /// The platform rejects the head of the response.
    BadResponse,
    /// There are as many clients as the configuration allows.
    Overloaded,
}

/// Answers with the status of a refusal (500, 400, 502 or 503), a sentence in plain text, and
/// `Proxy-Status` (RFC 9209). Does not reveal the cause: the adapter logs it.
///
/// # Errors
/// Returns [`Edge::SendError`] if the client could not be answered at all.
pub async fn refuse<E: Edge>(edge: E, refusal: Refusal) -> Result<E::Sent, E::SendError> {
    edge.send_buffered(answer(refusal)).await
}

fn answer(refusal: Refusal) -> Response<Bytes> {
    let (status, error, told) = match refusal {
        Refusal::NotConfigured => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "proxy_configuration_error",
            "The gate has no valid configuration; its log says why.",
        ),
        Refusal::BadRequest => (
            StatusCode::BAD_REQUEST,
            "http_request_error",
            "The request is not valid.",
        ),
        Refusal::BadResponse => (
            StatusCode::BAD_GATEWAY,
            "proxy_internal_error",
            "The platform does not take the response; the gate's log says why.",
        ),
        Refusal::Overloaded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "connection_limit_reached",
            "This gate has enough to do; please try again.",
        ),
    };
    answer::fault(status, error, told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_status_and_says_so() {
        for (refusal, status, error) in [
            (Refusal::NotConfigured, 500, "proxy_configuration_error"),
            (Refusal::BadRequest, 400, "http_request_error"),
            (Refusal::BadResponse, 502, "proxy_internal_error"),
            (Refusal::Overloaded, 503, "connection_limit_reached"),
        ] {
            let response = answer(refusal);
            assert_eq!(response.status(), status);
            let head = response.headers();
            assert_eq!(head["proxy-status"], format!("streamgate; error={error}"));
            assert_eq!(head["content-length"], response.body().len().to_string());
            assert_eq!(head.contains_key("retry-after"), status == 503);
        }
    }
}
