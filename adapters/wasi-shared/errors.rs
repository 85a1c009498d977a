//! The mapping of the host's errors to core's.

use std::time::Duration;

use streamgate::{BodyError, FetchError};

use crate::host::ErrorCode as Code;

/// Returns why a fetch failed.
pub(crate) fn fetch_error(code: &Code) -> FetchError {
    let kind = match code {
        Code::DnsError(_) | Code::DestinationNotFound => FetchError::Dns,
        Code::DestinationUnavailable
        | Code::DestinationIpProhibited
        | Code::DestinationIpUnroutable
        | Code::ConnectionRefused
        | Code::ConnectionLimitReached => FetchError::Connect,
        Code::TlsProtocolError | Code::TlsCertificateError | Code::TlsAlertReceived(_) => {
            FetchError::Tls
        }
        Code::DnsTimeout
        | Code::ConnectionTimeout
        | Code::ConnectionReadTimeout
        | Code::ConnectionWriteTimeout
        | Code::HttpResponseTimeout => FetchError::Timeout,
        Code::ConnectionTerminated | Code::HttpResponseIncomplete => FetchError::Closed,
        Code::HttpRequestBodySize(_) => FetchError::RequestBody,
        Code::HttpRequestMethodInvalid
        | Code::HttpRequestUriInvalid
        | Code::HttpRequestUriTooLong
        | Code::HttpRequestHeaderSectionSize(_)
        | Code::HttpRequestHeaderSize(_)
        | Code::HttpRequestLengthRequired => FetchError::Unsupported,
        Code::HttpRequestDenied
        | Code::LoopDetected
        | Code::ConfigurationError
        | Code::InternalError(_) => FetchError::Other,
        // All other codes are about the response.
        _ => FetchError::Protocol,
    };
    kind(code.to_string())
}

/// Returns why a fetch failed whose request's body broke off.
pub(crate) fn upload_error(error: &BodyError) -> FetchError {
    let told = match error {
        BodyError::Incomplete(source) => source.downcast_ref::<FetchError>().cloned(),
        BodyError::Transform(_) => None,
    };
    told.unwrap_or_else(|| FetchError::RequestBody(error.to_string()))
}

/// Returns why a client's body is given up that pauses.
pub(crate) fn paused(pause: Option<Duration>) -> FetchError {
    FetchError::RequestTimeout(format!("nothing within {pause:?}"))
}

/// Returns why a client's body is given up that goes on and on.
pub(crate) fn too_long() -> FetchError {
    FetchError::RequestTooLarge("more than limits.request_body allows".to_owned())
}

/// Returns why a request is given up whose body the origin does not read.
pub(crate) fn unread() -> FetchError {
    FetchError::Timeout("it takes no more".to_owned())
}

/// The host refuses a head.
#[derive(Debug)]
pub(crate) struct Refused;

/// All that a host says of it.
impl From<()> for Refused {
    fn from((): ()) -> Self {
        Self
    }
}

impl From<Refused> for FetchError {
    fn from(_: Refused) -> Self {
        Self::Unsupported("the host refuses its head".to_owned())
    }
}
