//! Why a fetch failed, by the errors of whatever fetches.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use hyper_util::client::legacy;
use streamgate::{BodyError, FetchError};

/// Returns why no response came. A [`FetchError`] in the chain says it; of others, those of hyper,
/// of hyper-util's client and of the system are known.
pub(crate) fn of_fetch(error: &(dyn Error + 'static)) -> FetchError {
    if let Some(known) = known(error) {
        return known;
    }
    let why = words(error);
    let is_connect = chain(error)
        .filter_map(|error| error.downcast_ref::<legacy::Error>())
        .any(legacy::Error::is_connect);
    let hyper = chain(error).find_map(|error| error.downcast_ref::<hyper::Error>());
    match chain(error).find_map(|error| error.downcast_ref::<io::Error>()) {
        Some(io) if io.kind() == ErrorKind::TimedOut => FetchError::Timeout(why),
        // hyper-util's resolver and rustls are behind errors of no kind of their own.
        _ if is_connect && why.contains("dns error") => FetchError::Dns(why),
        Some(io) if is_connect && io.kind() == ErrorKind::InvalidData => FetchError::Tls(why),
        _ if is_connect => FetchError::Connect(why),
        Some(io) if io.kind() == ErrorKind::ConnectionRefused => FetchError::Connect(why),
        Some(_) => FetchError::Closed(why),
        None => match hyper {
            Some(hyper) if hyper.is_user() => FetchError::RequestBody(why),
            Some(hyper) if hyper.is_parse() => FetchError::Protocol(why),
            Some(hyper) if hyper.is_incomplete_message() || hyper.is_canceled() => {
                FetchError::Closed(why)
            }
            Some(hyper) if hyper.is_closed() => FetchError::Closed(why),
            Some(_) => FetchError::Protocol(why),
            None => FetchError::Other(why),
        },
    }
}

/// Returns why the client's body broke off.
pub(crate) fn of_upload(error: &BodyError) -> FetchError {
    known(error).unwrap_or_else(|| FetchError::RequestBody(words(error)))
}

fn known(error: &(dyn Error + 'static)) -> Option<FetchError> {
    chain(error).find_map(|error| error.downcast_ref::<FetchError>().cloned())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source())
}

/// Returns an error and its causes in one line.
fn words(error: &(dyn Error + 'static)) -> String {
    let words: Vec<_> = chain(error).map(ToString::to_string).collect();
    words.join(": ")
}
