//! What an adapter answers where it cannot hand an exchange to [`crate::serve()`].

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::answer;
use crate::edge::Edge;

/// Why an adapter cannot hand an exchange to [`crate::serve()`], or the answer of [`crate::serve()`]
/// to its platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The configuration is not valid, or cannot be read.
    NotConfigured,
    /// No HTTP request can be made of what the platform hands over.
    BadRequest,
    /// The platform does not take the head of the response.
    BadResponse,
}

/// Answers with the status of a refusal (500, 400 or 502), with a sentence in plain text, and with
/// `Proxy-Status` (RFC 9209). The cause is for the log alone: the adapter logs it.
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
        ] {
            let response = answer(refusal);
            assert_eq!(response.status(), status);
            let head = response.headers();
            assert_eq!(head["proxy-status"], format!("streamgate; error={error}"));
            assert_eq!(head["content-length"], response.body().len().to_string());
        }
    }
}
