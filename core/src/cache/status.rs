//! What the cache has done for an exchange: `Cache-Status` (RFC 9211), and the words of the log.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

/// What the cache has done for an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheStatus {
    handling: Handling,
    /// Why, in a word.
    why: Option<&'static str>,
    /// The status of the origin's response, where that is not the client's.
    forwarded: Option<StatusCode>,
    /// Whether the response is being stored.
    is_stored: bool,
    /// For how long the response is fresh yet, in seconds; below zero, since when it is not.
    ttl: Option<i64>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handling {
    /// It was answered from the cache.
    Hit,
    /// It was answered from the cache, with what is no longer fresh.
    Stale,
    /// The origin has said that what is stored is still good.
    Revalidated,
    /// Another request for the same brought the answer.
    Collapsed,
    /// It went to the origin, as nothing was stored for its URL.
    UriMiss,
    /// It went to the origin, as what is stored for its URL is for other requests.
    VaryMiss,
    /// It went to the origin, as what is stored is no longer fresh.
    Expired,
    /// It went to the origin, as the client wants it so.
    Request,
    /// It went to the origin, as the cache has nothing to do with its method.
    Method,
    /// It went to the origin past the cache.
    Bypass,
}

impl CacheStatus {
    pub(crate) fn of(handling: Handling) -> Self {
        Self {
            handling,
            why: None,
            forwarded: None,
            is_stored: false,
            ttl: None,
        }
    }

    /// Says why.
    pub(crate) fn because(self, why: &'static str) -> Self {
        Self {
            why: Some(why),
            ..self
        }
    }

    /// Says how the origin has answered, where the client gets another answer.
    pub(crate) fn forwarded(self, status: Option<StatusCode>) -> Self {
        Self {
            forwarded: status,
            ..self
        }
    }

    /// Says that the response is being stored.
    pub(crate) fn stored(self) -> Self {
        Self {
            is_stored: true,
            ..self
        }
    }

    /// Says for how long the response is fresh yet, or since when it is stale.
    pub(crate) fn lasting(self, fresh_for: Result<Duration, Duration>) -> Self {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let ttl = match fresh_for {
            Ok(left) => seconds(left),
            Err(since) => seconds(since).saturating_neg(),
        };
        Self {
            ttl: Some(ttl),
            ..self
        }
    }

    /// Returns what became of the request, in a word of the log's: `hit`, `stale`, `revalidated`,
    /// `collapsed`, `miss` or `bypass`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.handling {
            Handling::Hit => "hit",
            Handling::Stale => "stale",
            Handling::Revalidated => "revalidated",
            Handling::Collapsed => "collapsed",
            Handling::UriMiss | Handling::VaryMiss | Handling::Expired | Handling::Request => {
                "miss"
            }
            Handling::Method | Handling::Bypass => "bypass",
        }
    }

    /// Returns why, in a word of the log's: why a response was not stored, or why the request went
    /// past the cache.
    #[must_use]
    pub fn why(&self) -> Option<&'static str> {
        self.why
    }
}

/// Formats a member of `Cache-Status` (RFC 9211 §2).
impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("streamgate")?;
        f.write_str(match self.handling {
            Handling::Hit | Handling::Stale => "; hit",
            Handling::Revalidated | Handling::Expired => "; fwd=stale",
            Handling::Collapsed => "; fwd=uri-miss; collapsed",
            Handling::UriMiss => "; fwd=uri-miss",
            Handling::VaryMiss => "; fwd=vary-miss",
            Handling::Request => "; fwd=request",
            Handling::Method => "; fwd=method",
            Handling::Bypass => "; fwd=bypass",
        })?;
        if let Some(status) = self.forwarded {
            write!(f, "; fwd-status={}", status.as_u16())?;
        }
        if self.is_stored {
            f.write_str("; stored")?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, "; ttl={ttl}")?;
        }
        if let Some(why) = self.why {
            write!(f, "; detail={why}")?;
        }
        Ok(())
    }
}
