//! Why a fetch failed, by the errors of whatever fetches.

use std::error::Error;
use std::io::{self, ErrorKind};

use hyper_util::client::legacy;
use streamgate::FetchError;
use streamgate_bodies::{causes, found, of_fetch as of_hyper};

/// Returns why no response came. A [`FetchError`] in the chain says it; of others, those of hyper,
/// of hyper-util's client and of the system are known.
pub(crate) fn of_fetch(error: &(dyn Error + 'static)) -> FetchError {
    if let Some(known) = found::<FetchError>(error) {
        return known.clone();
    }
    let why = causes(error);
    let is_connect = found::<legacy::Error>(error).is_some_and(legacy::Error::is_connect);
    let kind = found::<io::Error>(error).map(io::Error::kind);
    match (kind, found::<hyper::Error>(error)) {
        (Some(ErrorKind::TimedOut), _) => FetchError::Timeout(why),
        // hyper-util's resolver has no type of its own, and rustls is behind the system's.
        _ if is_connect && why.contains("dns error") => FetchError::Dns(why),
        (Some(ErrorKind::InvalidData), _) if is_connect => FetchError::Tls(why),
        (Some(ErrorKind::ConnectionRefused), _) => FetchError::Connect(why),
        (Some(_), _) | (None, None) if is_connect => FetchError::Connect(why),
        (_, Some(http)) => of_hyper(http),
        (Some(_), None) => FetchError::Closed(why),
        (None, None) => FetchError::Other(why),
    }
}
