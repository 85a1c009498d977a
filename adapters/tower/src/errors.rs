//! Why a fetch failed, by the errors of whatever fetches.

use std::error::Error;
use std::io::{self, ErrorKind};

use hyper_util::client::legacy;
use streamgate::FetchError;
use streamgate_hyper::{causes, found};

/// Returns why no response came. A [`FetchError`] in the chain says it; of others, those of hyper,
/// of hyper-util's client and of the system are known.
pub(crate) fn of_fetch(error: &(dyn Error + 'static)) -> FetchError {
    if let Some(known) = found::<FetchError>(error) {
        return known.clone();
    }
    let why = causes(error);
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
