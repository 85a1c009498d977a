//! A shared cache of what the gate has made (RFC 9111), as rules without I/O: which responses are
//! stored, under which keys, and what may be done with them. [`crate::serve()`] carries them out
//! over a [`Store`], which the platform has.
//!
//! Rules for browsers and for programs that fetch exist as a crate, `http-cache-semantics`. They do
//! without `stale-if-error`, without stored fields that a `304` adds, and with a `Date` that is
//! always now, and they panic on some input, so that the rules are here.

mod directives;
mod freshness;
mod key;
mod response;
mod status;
mod storable;
mod store;
mod written;

#[cfg(test)]
mod tests;

pub use key::is_key_of;
pub(crate) use key::{Selecting, Varies, primary};
pub(crate) use response::{Lacks, Part, StoredResponse, Use, asks_for_parts};
pub use status::CacheStatus;
pub(crate) use status::Handling;
pub(crate) use storable::{Received, Terms, fields_left_out};
pub(crate) use store::Kind;
pub use store::{Claim, Insertion, Record, Store, Stored, StoredBody};

use http::{HeaderMap, header};

use crate::config::fits;
use directives::Directives;

/// Returns whether a client wants an answer from the cache, or none (RFC 9111 §5.2.1.7).
pub(crate) fn is_only_if_cached(request: &HeaderMap) -> bool {
    Directives::common(request).has("only-if-cached")
}

/// Returns whether a client wants nothing to be stored (RFC 9111 §5.2.1.5).
pub(crate) fn forbids_storing(request: &HeaderMap) -> bool {
    Directives::common(request).has("no-store")
}

/// Returns whether the `Cache-Control` of a response keeps it from being stored for other clients,
/// whatever a field for caches of this kind says.
pub(crate) fn is_for_one(response: &HeaderMap) -> bool {
    let directives = Directives::common(response);
    directives.has("no-store") || directives.has_bare("private")
}

/// Returns whether a request has a cookie that none of the patterns names.
pub(crate) fn has_personal_cookie(request: &HeaderMap, ignored: &[String]) -> bool {
    request.get_all(header::COOKIE).into_iter().any(|line| {
        let line = String::from_utf8_lossy(line.as_bytes());
        line.split(';').map(str::trim).any(|pair| {
            let name = pair.split('=').next().unwrap_or_default().trim();
            !pair.is_empty() && !ignored.iter().any(|pattern| fits(pattern, name))
        })
    })
}
