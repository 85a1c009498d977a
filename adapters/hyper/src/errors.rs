//! Errors and their causes.

use std::error::Error;
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
