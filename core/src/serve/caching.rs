//! What an exchange knows of the cache while it goes on.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Request};

use crate::cache::{CacheStatus, Store, Stored, StoredBody, StoredResponse, Varies};
use crate::coding::AcceptEncoding;
use crate::edge::FetchError;

/// The cache, as one exchange uses it.
pub(super) struct Caching {
    pub(super) store: Arc<dyn Store>,
    /// How long a body may be that is stored, in bytes.
    pub(super) object_size: usize,
    pub(super) now: fn() -> Duration,
    /// The head of the client's request.
    pub(super) client: Request<()>,
    /// The head of the request for the origin.
    pub(super) outbound: HeaderMap,
    pub(super) accepted: AcceptEncoding,
    /// The fingerprint of what the gate's own rules ask of the request, if they ask anything.
    pub(super) by_rules: Option<u64>,
    /// Whether the client's own directives count.
    pub(super) heeds: bool,
    /// Whether the request is the cache's own.
    pub(super) is_renewal: bool,
    /// The key of what is asked for.
    pub(super) primary: String,
    /// What selects one of the responses under that key.
    pub(super) varies: Option<Varies>,
    /// What is stored, of which the origin is asked whether it is still good.
    pub(super) stale: Option<Stored>,
    /// Lets others go on that wait for this exchange.
    pub(super) lead: Option<Box<dyn Any + Send>>,
    pub(super) role: Role,
    pub(super) status: CacheStatus,
    /// When the origin was asked.
    pub(super) asked: Duration,
}

/// Marks a request of the cache's own, which renews what is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewal;

/// What an exchange wants of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An answer.
    Looks,
    /// Nothing.
    Passes,
    /// That what it changes is forgotten (RFC 9111 §4.4).
    Invalidates,
}

/// What comes of a look into the cache.
pub(super) enum LookedUp {
    Answer(Box<FromCache>),
    /// Nothing is stored, and the client wants nothing else.
    Nothing,
    /// The origin is asked.
    Ask(Option<Box<Caching>>),
}

/// What the client gets from the cache.
pub(super) struct FromCache {
    pub(super) response: StoredResponse,
    pub(super) length: Option<u64>,
    pub(super) body: StoredBody,
    pub(super) client: HeaderMap,
    pub(super) now: Duration,
    pub(super) status: CacheStatus,
}

/// What comes of the origin's answer.
pub(super) enum Settled<F> {
    Answer(Box<FromCache>),
    /// It goes to the client.
    Fetched(Result<F, FetchError>),
}

/// Holds something that one step of an exchange leaves for a later one. Only one of them is at work
/// at a time: the lock is never waited for.
pub(super) struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    pub(super) fn set(&self, left: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }

    /// Changes what is there, if something is.
    pub(super) fn change(&self, change: impl FnOnce(&mut T)) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = held.as_mut() {
            change(held);
        }
    }

    pub(super) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
