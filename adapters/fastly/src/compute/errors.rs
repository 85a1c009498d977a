//! The mapping of the platform's errors to core's.

use std::time::Duration;

use fastly::http::request::{SendError, SendErrorCause as Cause};
use streamgate::FetchError;

/// The platform's status for a request whose own body failed (`FastlyStatus::HTTPUSER`).
const HTTP_USER: i32 = 8;

/// Maps the cause of a failed send. `waited` and `limit` reveal a timeout where the platform does
/// not: Viceroy reports every failed exchange as the same internal error.
pub(crate) fn fetch_error(error: &SendError, waited: Duration, limit: Duration) -> FetchError {
    let cause = error.root_cause();
    let text = cause.to_string();
    match cause {
        Cause::DnsError { .. } => FetchError::Dns(text),
        Cause::DestinationNotFound
        | Cause::DestinationUnavailable
        | Cause::DestinationIpUnroutable
        | Cause::ConnectionRefused
        | Cause::ConnectionLimitReached => FetchError::Connect(text),
        Cause::TlsProtocolError
        | Cause::TlsCertificateError
        | Cause::TlsAlertReceived { .. }
        | Cause::TlsConfigurationError => FetchError::Tls(text),
        Cause::DnsTimeout | Cause::ConnectionTimeout | Cause::HttpResponseTimeout => {
            FetchError::Timeout(text)
        }
        Cause::ConnectionTerminated | Cause::HttpIncompleteResponse => FetchError::Closed(text),
        Cause::HttpResponseHeaderSectionTooLarge
        | Cause::HttpResponseBodyTooLarge
        | Cause::HttpResponseStatusInvalid
        | Cause::HttpUpgradeFailed
        | Cause::Http2StreamError { .. }
        | Cause::HttpProtocolError => FetchError::Protocol(text),
        Cause::HttpRequestUriInvalid => FetchError::Unsupported(text),
        Cause::InternalError(Some(status)) if status.code == HTTP_USER => {
            FetchError::RequestBody(text)
        }
        Cause::InternalError(_) if waited >= limit => FetchError::Timeout(text),
        _ => FetchError::Other(text),
    }
}
