//! Whether a response may be stored (RFC 9111 §3), and for how long it may be used.

use std::time::Duration;

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use super::directives::Directives;
use super::freshness::{Freshness, is_heuristically_cacheable};
use crate::config::CacheConfig;

/// How long a response is kept beyond the time in which it may be used, so that the origin can be
/// asked whether it is still good.
const KEPT_FOR_VALIDATION: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a response is kept beyond the time in which it is fresh for clients that take it stale
/// (RFC 9111 §5.2.1.2).
const KEPT_FOR_MAX_STALE: Duration = Duration::from_secs(5 * 60);

/// For how long a stored response may be used, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Terms {
    /// When it was received, since the Unix epoch.
    pub(super) received: Duration,
    /// How old it was then.
    pub(super) initial_age: Duration,
    /// How long it is fresh, counted from its generation.
    pub(super) lifetime: Duration,
    /// How much longer it may be used while the origin is asked in the background (RFC 5861 §3).
    pub(super) while_revalidate: Duration,
    /// How much longer it may be used in place of an error (RFC 5861 §4).
    pub(super) if_error: Duration,
    /// Whether the origin must be asked before each use (RFC 9111 §5.2.2.4).
    pub(super) no_cache: bool,
    /// Whether it must not be used stale, whatever a client says (RFC 9111 §5.2.2.2).
    pub(super) must_revalidate: bool,
    /// Whether it may be used for requests with credentials (RFC 9111 §3.5).
    pub(super) is_shared: bool,
    /// Whether there is something by which the origin can tell that it is still good.
    pub(super) has_validator: bool,
}

impl Terms {
    /// Returns how old the response is at a time since the Unix epoch (RFC 9111 §4.2.3).
    pub(super) fn age(&self, now: Duration) -> Duration {
        let resident = now.saturating_sub(self.received);
        self.initial_age.saturating_add(resident)
    }

    /// Returns for how long the response is fresh yet. Returns an `Err` with the time for which it
    /// has been stale.
    pub(crate) fn fresh_for(&self, now: Duration) -> Result<Duration, Duration> {
        let age = self.age(now);
        match self.lifetime.checked_sub(age) {
            Some(left) if !left.is_zero() => Ok(left),
            _ => Err(age.saturating_sub(self.lifetime)),
        }
    }

    /// Returns whether the response may answer any request that does not ask for what is stale,
    /// with or without asking the origin.
    fn is_of_use(&self) -> bool {
        let usual = self
            .lifetime
            .saturating_add(self.while_revalidate.max(self.if_error));
        self.has_validator || usual > self.initial_age
    }

    /// Returns how long the response is of any use, counted from when it was received.
    pub(super) fn useful_for(&self) -> Duration {
        let kept = match (self.has_validator, self.must_revalidate) {
            (true, _) => KEPT_FOR_VALIDATION,
            (false, false) => KEPT_FOR_MAX_STALE,
            (false, true) => Duration::ZERO,
        };
        let beyond = self.while_revalidate.max(self.if_error).max(kept);
        let whole = self.lifetime.saturating_add(beyond);
        whole.saturating_sub(self.initial_age)
    }
}

/// What of an exchange decides whether its response may be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received<'a> {
    /// The method of the request.
    pub(crate) method: &'a Method,
    /// The head of the client's request.
    pub(crate) request: &'a HeaderMap,
    /// The status of the origin's response.
    pub(crate) status: StatusCode,
    /// The head of the origin's response, before anything of it is changed.
    pub(crate) response: &'a HeaderMap,
    /// When the origin was asked, since the Unix epoch.
    pub(crate) asked: Duration,
    /// When its head was there, since the Unix epoch.
    pub(crate) received: Duration,
}

/// Why a response is not stored, in a word of the log's.
pub(crate) type Reason = &'static str;

impl Received<'_> {
    /// Returns the terms on which the response may be stored.
    ///
    /// # Errors
    /// Returns the reason if it must not be stored, or if that would be of no use.
    pub(crate) fn terms(&self, config: &CacheConfig) -> Result<Terms, Reason> {
        let Self {
            status, response, ..
        } = *self;
        if *self.method != Method::GET {
            return Err("method");
        }
        if !is_final_and_whole(status) {
            return Err("status");
        }
        if Directives::common(self.request).has("no-store") {
            return Err("request-no-store");
        }
        let directives = Directives::of_response(response);
        let understood = is_understood(status);
        // The directive says that the status is enough to go by (RFC 9111 §5.2.2.3).
        let by_status = directives.has("must-understand");
        if by_status && !understood {
            return Err("must-understand");
        }
        if directives.has("no-store") && !by_status {
            return Err("no-store");
        }
        if directives.has_bare("private") {
            return Err("private");
        }
        let is_shared = ["public", "s-maxage", "must-revalidate"]
            .iter()
            .any(|name| directives.has(name));
        if self.request.contains_key(header::AUTHORIZATION) && !is_shared {
            return Err("authorization");
        }
        // It is for one client alone, whatever the origin says of the page that it is on.
        if response.contains_key(header::SET_COOKIE) {
            return Err("set-cookie");
        }
        let times = (self.asked, self.received);
        let freshness = Freshness::of(status, response, &directives, times, config.heuristic);
        let is_cacheable = freshness.is_explicit || directives.has("public");
        if !is_cacheable && !is_heuristically_cacheable(status) {
            return Err("no-freshness");
        }
        let never = ["must-revalidate", "proxy-revalidate"];
        let never = never.iter().any(|name| directives.has(name));
        let must_revalidate = never || directives.has("s-maxage");
        let no_cache = directives.has_bare("no-cache");
        let never_stale = no_cache || never;
        let window = |name, default: Option<Duration>| match directives.seconds(name) {
            _ if never_stale => Duration::ZERO,
            Ok(Some(window)) => window,
            // What an origin gives shared caches alone, it wants to be asked for after that; but it
            // may say otherwise, as frameworks do.
            _ if must_revalidate => Duration::ZERO,
            _ => default.unwrap_or_default(),
        };
        let terms = Terms {
            received: self.received,
            initial_age: freshness.initial_age,
            lifetime: freshness.lifetime,
            while_revalidate: window("stale-while-revalidate", config.stale_while_revalidate),
            if_error: window("stale-if-error", config.stale_if_error),
            no_cache,
            must_revalidate,
            is_shared,
            has_validator: has_validator(response),
        };
        match terms.is_of_use() {
            true => Ok(terms),
            false => Err("no-freshness"),
        }
    }
}

/// Returns the fields that a response names as not to be stored, or not to be used without asking
/// the origin: here, both are left out (RFC 9111 §5.2.2.4, §5.2.2.7).
pub(crate) fn fields_left_out(response: &HeaderMap) -> Vec<HeaderName> {
    let directives = Directives::of_response(response);
    let private = directives.fields("private");
    private.chain(directives.fields("no-cache")).collect()
}

/// Returns whether a response with this status is a final one that has all of its representation.
fn is_final_and_whole(status: StatusCode) -> bool {
    !status.is_informational()
        && !matches!(
            status,
            StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
        )
}

/// Returns whether the meaning of a status for caches is known here: whether RFC 9110 defines it.
fn is_understood(status: StatusCode) -> bool {
    status.canonical_reason().is_some()
}

fn has_validator(head: &HeaderMap) -> bool {
    head.contains_key(header::ETAG) || head.contains_key(header::LAST_MODIFIED)
}
