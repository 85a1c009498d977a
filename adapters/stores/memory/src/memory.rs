//! What is stored, and how it is forgotten.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Uri;
use moka::Expiry;
use moka::sync::Cache;
use streamgate::{BaseUrl, CacheConfig, Record, is_key_of};
use tokio::sync::watch;

/// What is stored, shared by the threads. It lasts as long as the process, so that a configuration
/// that is loaded again finds what it can still use.
pub struct Memory {
    pub(crate) objects: Cache<String, Arc<Object>>,
    /// How much may be stored in all.
    pub(crate) size: usize,
    pub(crate) collapse: Duration,
    /// The bytes of bodies that are being stored.
    pub(crate) under_way: AtomicUsize,
    /// What is being stored, and whether it may still be.
    pub(crate) insertions: Mutex<HashMap<String, Vec<Arc<AtomicBool>>>>,
    /// Who fetches.
    pub(crate) leads: Mutex<HashMap<String, watch::Receiver<()>>>,
    /// How often something was purged.
    pub(crate) purges: AtomicU64,
}

/// A record with its body.
pub(crate) struct Object {
    pub(crate) record: Arc<Record>,
    pub(crate) body: Arc<[Bytes]>,
    pub(crate) length: u64,
}

/// Forgets what is of no use any more.
struct UsefulFor;

impl Expiry<String, Arc<Object>> for UsefulFor {
    fn expire_after_create(
        &self,
        _: &String,
        object: &Arc<Object>,
        _: Instant,
    ) -> Option<Duration> {
        Some(object.record.useful_for())
    }

    fn expire_after_update(
        &self,
        _: &String,
        object: &Arc<Object>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(object.record.useful_for())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl Memory {
    /// Makes a memory that stores as much as the configuration allows.
    #[must_use]
    pub fn new(config: &CacheConfig) -> Self {
        let weigh = |key: &String, object: &Arc<Object>| {
            let length = usize::try_from(object.length).unwrap_or(usize::MAX);
            let all = length.saturating_add(key.len() + object.record.size());
            u32::try_from(all).unwrap_or(u32::MAX)
        };
        let objects = Cache::builder()
            .max_capacity(config.size as u64)
            .weigher(weigh)
            .expire_after(UsefulFor)
            .support_invalidation_closures()
            .build();
        Self {
            objects,
            size: config.size,
            collapse: config.collapse,
            under_way: AtomicUsize::default(),
            insertions: Mutex::default(),
            leads: Mutex::default(),
            purges: AtomicU64::default(),
        }
    }

    /// Returns whether the memory is as a configuration says.
    #[must_use]
    pub fn is_as(&self, config: &CacheConfig) -> bool {
        self.size == config.size && self.collapse == config.collapse
    }

    /// Forgets all responses that have a tag.
    ///
    /// # Errors
    /// Returns a sentence if the memory cannot do so now.
    pub fn purge_tag(&self, tag: String) -> Result<(), String> {
        self.purge(move |_, record| record.tags().contains(&tag))
    }

    /// Forgets all responses to a public URL.
    ///
    /// # Errors
    /// Returns a sentence if the text is no URL, or the memory cannot do so now.
    pub fn purge_url(&self, text: &str) -> Result<(), String> {
        let fault = || format!("{text:?} is no URL such as https://www.example.com/news");
        let uri: Uri = text.parse().map_err(|_| fault())?;
        let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or_else(fault)?;
        let base: BaseUrl = format!("{scheme}://{authority}")
            .parse()
            .map_err(|_| fault())?;
        let path = uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        self.purge(move |key, _| is_key_of(key, &base, &path))
    }

    fn purge(
        &self,
        is_meant: impl Fn(&str, &Record) -> bool + Send + Sync + 'static,
    ) -> Result<(), String> {
        self.purges.fetch_add(1, Ordering::SeqCst);
        self.objects
            .invalidate_entries_if(move |key: &String, object: &Arc<Object>| {
                is_meant(key, &object.record)
            })
            .map_err(|error| error.to_string())?;
        // Otherwise what is to be forgotten stays among what is asked about each time.
        self.objects.run_pending_tasks();
        Ok(())
    }

    /// Forgets everything.
    pub fn purge_all(&self) {
        self.purges.fetch_add(1, Ordering::SeqCst);
        self.objects.invalidate_all();
        self.objects.run_pending_tasks();
    }
}

/// Locks, whatever has happened to others that did.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
