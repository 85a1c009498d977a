//! Errors and their causes.

use std::error::Error;
use std::io;
use std::iter::successors;

use streamgate::FetchError;

/// Returns an error and its causes, the outermost first.
pub fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

/// Returns the first error of a type among an error and its causes.
#[must_use]
pub fn found<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(<dyn Error>::downcast_ref)
}

/// Returns why the body of a request broke off: what a lower layer has said, or the client's fault.
#[must_use]
pub fn of_upload(error: &(dyn Error + 'static)) -> FetchError {
    let known = found::<FetchError>(error).cloned();
    known.unwrap_or_else(|| FetchError::RequestBody(causes(error)))
}

/// Returns why no response came, by hyper's own error: what a lower layer has said, or what hyper
/// itself has met.
#[must_use]
pub fn of_fetch(http: &hyper::Error) -> FetchError {
    if let Some(known) = found::<FetchError>(http) {
        return known.clone();
    }
    let line = causes(http);
    if http.is_user() {
        // The only part of ours that can fail there is the request's body.
        FetchError::RequestBody(http.source().map_or(line, causes))
    } else if http.is_parse() {
        FetchError::Protocol(line)
    } else if chain(http).any(is_late) {
        FetchError::Timeout(line)
    } else if http.is_incomplete_message()
        || http.is_canceled()
        || http.is_closed()
        || chain(http).any(<dyn Error>::is::<io::Error>)
    {
        FetchError::Closed(line)
    } else {
        FetchError::Protocol(line)
    }
}

/// Returns whether a connection ended because its peer took nothing, or did not answer.
fn is_late(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}

/// Describes an error with all its causes, in one line.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    for cause in chain(error).skip(1).map(ToString::to_string) {
        if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}
