//! What a response tells the adapter of its exchange.

use std::time::Duration;

use http::StatusCode;

use crate::cache::CacheStatus;
use crate::counts::Counts;
use crate::gate::Decision;

/// What was done about a request. [`crate::serve()`] puts it into the extensions of each response
/// that it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// An origin has answered, and this was decided about its response.
    Decided(Decision),
    /// The gate has answered by itself, for this reason: the error type of `Proxy-Status` (RFC 9209
    /// §2.3) of what it could not serve, else a word of the log's.
    Answered(&'static str),
}

impl Treatment {
    /// Returns what was done, in a word of the log's: the outcome, or `gate` for an answer of its
    /// own.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decided(decision) => decision.outcome.name(),
            Self::Answered(_) => "gate",
        }
    }

    /// Returns why, in a word of the log's.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Decided(decision) => decision.reason.name(),
            Self::Answered(reason) => reason,
        }
    }
}

/// What core has seen of an exchange, beside its [`Treatment`]. [`crate::serve()`] puts it into the
/// extensions of each response that it sends.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// What the rewriting does, which grows as the body does.
    pub counts: Counts,
    /// The status of the origin's response. `None`: there was none.
    pub origin_status: Option<StatusCode>,
    /// The time from the first request to the origin to the head of its last response, or to its
    /// failure. `None` if nothing was fetched, or the platform has no clock.
    pub origin_head: Option<Duration>,
    /// What the cache has done. `None`: there is none.
    pub cache: Option<CacheStatus>,
}
