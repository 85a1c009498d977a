//! The boundary between the cache's rules and what stores: a trait, which a platform implements
//! that has somewhere to store responses.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use super::key::Varies;
use super::response::StoredResponse;
use crate::body::BodyError;

/// What stores responses for [`crate::Edge::cache`]. It knows nothing of HTTP's rules for caches:
/// core asks for what it needs under a key that it has made, and decides what may be done with it.
/// Whatever is stored may be gone at any time. An exchange may move between threads, and so may
/// what it stores; where there is one thread, a wrapper that panics elsewhere does.
pub trait Store: Send + Sync {
    /// Returns what is stored under a key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Stored>>;

    /// Begins to store a record under a key. Nothing can be had under the key, or what was stored
    /// there before, until the body is complete. Returns `None` if there is no place.
    fn insert(&self, key: &str, record: Record) -> Option<Box<dyn Insertion>>;

    /// Puts a record in the place of another, whose body stays. Does nothing if there is none.
    fn update(&self, key: &str, record: Record);

    /// Removes what is stored under a key, and keeps what is on its way there from being stored.
    fn remove(&self, key: &str);

    /// Asks who fetches what is to be stored under a key, so that of several requests at a time
    /// one goes to the origin.
    fn claim(&self, key: &str) -> Claim {
        let _ = key;
        Claim::Leads(Box::new(()))
    }
}

/// Who fetches.
pub enum Claim {
    /// Whoever has asked. The others wait until this is dropped.
    Leads(Box<dyn Any + Send>),
    /// Another one. Resolves when that one is through, or has taken long enough.
    Follows(BoxFuture<'static, ()>),
}

/// A body on its way into a [`Store`]. If it is dropped before [`Insertion::finish`], nothing is
/// stored.
pub trait Insertion: Send {
    /// Adds a part of the body. Returns `false` if there is no place for it: nothing will be stored
    /// then.
    fn write(&mut self, chunk: &Bytes) -> bool;

    /// Stores the record with what was written, which is all of its body.
    fn finish(self: Box<Self>);
}

/// What a [`Store`] returns.
pub struct Stored {
    /// The record that was stored.
    pub record: Arc<Record>,
    /// The number of the body's bytes, if it is known.
    pub length: Option<u64>,
    /// The body.
    pub body: StoredBody,
}

/// The body that a [`Store`] returns.
pub enum StoredBody {
    /// All of it at once.
    Whole(Bytes),
    /// In chunks.
    Chunks(BoxStream<'static, Result<Bytes, BodyError>>),
}

/// What the cache notes under a key: a response without its body, or which fields of requests
/// select one, or that there is nothing to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(pub(crate) Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Response(StoredResponse),
    /// Responses are stored under other keys.
    Varies(Varies),
    /// A response could not be stored, so that requests for it need not wait for each other.
    Unstorable,
}

/// For how long a URL is remembered whose response could not be stored.
const REMEMBERED: Duration = Duration::from_secs(60);

impl Record {
    /// Returns for how long the record is of any use, counted from now, when it is stored.
    #[must_use]
    pub fn useful_for(&self) -> Duration {
        match &self.0 {
            Kind::Response(response) => response.terms.useful_for(),
            // As long as the longest that it leads to.
            Kind::Varies(_) => Duration::from_secs(u64::from(u32::MAX)),
            Kind::Unstorable => REMEMBERED,
        }
    }

    /// Returns the tags by which the response can be purged: those in its `Surrogate-Key` and
    /// `Cache-Tag`.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        match &self.0 {
            Kind::Response(response) => &response.tags,
            Kind::Varies(_) | Kind::Unstorable => &[],
        }
    }

    /// Returns about how many bytes the record takes in memory, without its body.
    #[must_use]
    pub fn size(&self) -> usize {
        const FIXED: usize = size_of::<Record>();
        let of_head = match &self.0 {
            Kind::Response(response) => {
                let fields = response.head.iter();
                // Each field has some bytes of its own in the map.
                fields
                    .map(|(name, value)| name.as_str().len() + value.len() + 64)
                    .sum()
            }
            Kind::Varies(_) | Kind::Unstorable => 0,
        };
        FIXED.saturating_add(of_head)
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored")
            .field("record", &self.record)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for StoredBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Chunks(_) => "Chunks",
        })
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leads(_) => "Leads",
            Self::Follows(_) => "Follows",
        })
    }
}
