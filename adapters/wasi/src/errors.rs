//! The mapping of the host's errors to core's. The components of both versions of WASI share it.

use streamgate::FetchError;

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
