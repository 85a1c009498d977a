//! What an exchange knows of the cache while it goes on.

use std::any::Any;
use std::rc::Rc;
use std::time::Duration;

use http::{HeaderMap, Request};

use crate::cache::{CacheStatus, Store, Stored, StoredBody, StoredResponse, Varies};
use crate::config::CacheConfig;
use crate::edge::FetchError;

/// The cache, as one exchange uses it.
pub(super) struct Caching<'a> {
    pub(super) store: Rc<dyn Store>,
    pub(super) config: &'a CacheConfig,
    pub(super) now: fn() -> Duration,
    /// The head of the client's request.
    pub(super) client: Request<()>,
    /// The head of the request for the origin.
    pub(super) outbound: HeaderMap,
    /// The key of what is asked for.
    pub(super) primary: String,
    /// What selects one of the responses under that key.
    pub(super) varies: Option<Varies>,
    /// What is stored, of which the origin is asked whether it is still good.
    pub(super) stale: Option<Stored>,
    /// Lets others go on that wait for this exchange.
    pub(super) lead: Option<Box<dyn Any>>,
    pub(super) role: Role,
    pub(super) status: CacheStatus,
    /// When the origin was asked.
    pub(super) asked: Duration,
}

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
pub(super) enum LookedUp<'a> {
    Answer(FromCache),
    /// Nothing is stored, and the client wants nothing else.
    Nothing,
    /// The origin is asked.
    Ask(Option<Box<Caching<'a>>>),
}

/// What the client gets from the cache.
pub(super) struct FromCache {
    pub(super) response: StoredResponse,
    pub(super) length: u64,
    pub(super) body: StoredBody,
    pub(super) client: HeaderMap,
    pub(super) now: Duration,
    pub(super) status: CacheStatus,
}

/// What comes of the origin's answer.
pub(super) enum Settled<F> {
    Answer(FromCache),
    /// It goes to the client.
    Fetched(Result<F, FetchError>),
}
