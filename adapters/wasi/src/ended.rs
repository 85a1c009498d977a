//! Why a body ended, and what a stream's error means.

use streamgate::{BodyError, FetchError};
use wasi::http::types::{ErrorCode as Code, http_error_code};
use wasi::io::streams::StreamError;

/// The reason for which the moving of a body ended.
pub(crate) enum Ended {
    /// The source has reached its end.
    Source,
    /// The source broke off, in the host's words.
    Broken(String),
    /// The sink takes no more.
    Sink,
}

/// Describes a stream's error in words.
pub(crate) fn stream_error(error: &StreamError) -> String {
    match error {
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
        StreamError::Closed => "the stream is closed".to_owned(),
    }
}

/// Returns how a body broke off. `late` makes the error of one whose sender paused for too long.
pub(crate) fn body_error(error: &StreamError, late: fn(String) -> FetchError) -> BodyError {
    let StreamError::LastOperationFailed(failure) = error else {
        return BodyError::incomplete(stream_error(error));
    };
    let words = failure.to_debug_string();
    let is_late = match http_error_code(failure) {
        Some(code) => matches!(
            code,
            Code::ConnectionReadTimeout | Code::HttpResponseTimeout
        ),
        // Wasmtime 49 finds no code in the errors of its own client, only words.
        None => LATE.iter().any(|late| words.starts_with(late)),
    };
    if is_late {
        BodyError::incomplete(late(format!("nothing in time: {words}")))
    } else {
        BodyError::incomplete(words)
    }
}

/// Wasmtime's words for a body whose sender paused for too long.
const LATE: [&str; 2] = ["connection read timeout", "HTTP response timeout"];
