//! Why a fetch failed, by the errors of whatever fetches.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use hyper_util::client::legacy;
use streamgate::FetchError;

/// Returns why no response came. A [`FetchError`] in the chain says it; of others, those of hyper,
/// of hyper-util's client and of the system are known.
pub(crate) fn of_fetch(error: &(dyn Error + 'static)) -> FetchError {
    if let Some(known) = found::<FetchError>(error) {
        return known.clone();
    }
    let why = words(error);
    let is_connect = found::<legacy::Error>(error).is_some_and(legacy::Error::is_connect);
    match (found::<io::Error>(error), found::<hyper::Error>(error)) {
        (Some(io), _) if io.kind() == ErrorKind::TimedOut => FetchError::Timeout(why),
        // hyper-util's resolver has no type of its own, and rustls is behind the system's.
        _ if is_connect && why.contains("dns error") => FetchError::Dns(why),
        (Some(io), _) if is_connect && io.kind() == ErrorKind::InvalidData => FetchError::Tls(why),
        (Some(io), _) if is_connect || io.kind() == ErrorKind::ConnectionRefused => {
            FetchError::Connect(why)
        }
        (Some(_), _) => FetchError::Closed(why),
        (None, Some(http)) if http.is_user() => FetchError::RequestBody(why),
        (None, Some(http))
            if http.is_incomplete_message() || http.is_canceled() || http.is_closed() =>
        {
            FetchError::Closed(why)
        }
        (None, Some(_)) => FetchError::Protocol(why),
        (None, None) if is_connect => FetchError::Connect(why),
        (None, None) => FetchError::Other(why),
    }
}

/// Returns why the client's body broke off.
pub(crate) fn of_upload(error: &(dyn Error + 'static)) -> FetchError {
    let known = found::<FetchError>(error).cloned();
    known.unwrap_or_else(|| FetchError::RequestBody(words(error)))
}

/// Returns the first error of a type among an error and its causes.
fn found<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

/// Returns an error and its causes in one line.
fn words(error: &(dyn Error + 'static)) -> String {
    let words: Vec<_> = chain(error).map(ToString::to_string).collect();
    words.join(": ")
}
