//! The cache's memory: what stores responses in the process, for all of its threads.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream;
use http::Uri;
use moka::Expiry;
use moka::sync::Cache;
use streamgate::{BaseUrl, is_key_of};
use streamgate::{CacheConfig, Claim, Insertion, Record, Store, Stored, StoredBody};
use tokio::sync::watch;
use tokio::time::timeout;

/// How much of a body is stored in one piece.
const BLOCK: usize = 64 * 1024;

/// What is stored, shared by the threads. It lasts as long as the process, so that a configuration
/// that is loaded again finds what it can still use.
pub struct Memory {
    objects: Cache<String, Arc<Object>>,
    /// How much may be stored in all.
    size: usize,
    collapse: Duration,
    /// The bytes of bodies that are being stored.
    under_way: AtomicUsize,
    /// What is being stored, and whether it may still be.
    insertions: Mutex<HashMap<String, Vec<Arc<AtomicBool>>>>,
    /// Who fetches.
    leads: Mutex<HashMap<String, watch::Receiver<()>>>,
    /// How often something was purged.
    purges: AtomicU64,
}

/// A record with its body.
struct Object {
    record: Arc<Record>,
    body: Arc<[Bytes]>,
    length: u64,
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

/// The memory, as an exchange uses it.
#[derive(Debug)]
pub struct Shared(pub Arc<Memory>);

impl Store for Shared {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Stored>> {
        let found = self.0.objects.get(key).map(|object| Stored {
            record: object.record.clone(),
            length: Some(object.length),
            body: match &*object.body {
                [] => StoredBody::Whole(Bytes::new()),
                [whole] => StoredBody::Whole(whole.clone()),
                _ => StoredBody::Chunks(Box::pin(stream::iter(Blocks {
                    body: object.body.clone(),
                    next: 0,
                }))),
            },
        });
        std::future::ready(found).boxed()
    }

    fn insert(&self, key: &str, record: Record) -> Option<Box<dyn Insertion>> {
        let memory = self.0.clone();
        let is_wanted = Arc::new(AtomicBool::new(true));
        let mut insertions = locked(&memory.insertions);
        let under_key = insertions.entry(key.to_owned()).or_default();
        under_key.push(is_wanted.clone());
        drop(insertions);
        let purges = memory.purges.load(Ordering::SeqCst);
        Some(Box::new(Writing {
            memory,
            key: key.to_owned(),
            record: Some(record),
            blocks: Vec::new(),
            open: BytesMut::new(),
            length: 0,
            is_wanted,
            purges,
        }))
    }

    fn update(&self, key: &str, record: Record) {
        let renew = |present: Option<moka::Entry<String, Arc<Object>>>| match present {
            None => moka::ops::compute::Op::Nop,
            Some(present) => {
                let object = present.into_value();
                moka::ops::compute::Op::Put(Arc::new(Object {
                    record: Arc::new(record),
                    body: object.body.clone(),
                    length: object.length,
                }))
            }
        };
        self.0.objects.entry_by_ref(key).and_compute_with(renew);
    }

    fn remove(&self, key: &str) {
        if let Some(under_key) = locked(&self.0.insertions).get(key) {
            for is_wanted in under_key {
                is_wanted.store(false, Ordering::SeqCst);
            }
        }
        self.0.objects.invalidate(key);
    }

    fn claim(&self, key: &str) -> Claim {
        let memory = self.0.clone();
        let mut leads = locked(&memory.leads);
        if let Some(lead) = leads.get(key) {
            let mut lead = lead.clone();
            let limit = memory.collapse;
            let over = async move {
                // An error says that whoever fetched is through, which is what is waited for.
                let _ = timeout(limit, lead.changed()).await;
            };
            return Claim::Follows(over.boxed());
        }
        let (through, lead) = watch::channel(());
        leads.insert(key.to_owned(), lead);
        drop(leads);
        Claim::Leads(Box::new(Lead {
            memory,
            key: key.to_owned(),
            _through: through,
        }))
    }
}

/// The blocks of a body, one after the other.
struct Blocks {
    body: Arc<[Bytes]>,
    next: usize,
}

impl Iterator for Blocks {
    type Item = Result<Bytes, streamgate::BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.body.get(self.next)?;
        self.next += 1;
        Some(Ok(block.clone()))
    }
}

/// Whoever fetches. The others go on once it is dropped.
struct Lead {
    memory: Arc<Memory>,
    key: String,
    _through: watch::Sender<()>,
}

impl Drop for Lead {
    fn drop(&mut self) {
        locked(&self.memory.leads).remove(&self.key);
    }
}

/// A body that is being stored. It is copied: its chunks may be small parts of large buffers.
struct Writing {
    memory: Arc<Memory>,
    key: String,
    record: Option<Record>,
    blocks: Vec<Bytes>,
    open: BytesMut,
    length: usize,
    is_wanted: Arc<AtomicBool>,
    purges: u64,
}

impl Insertion for Writing {
    fn write(&mut self, chunk: &Bytes) -> bool {
        let before = self
            .memory
            .under_way
            .fetch_add(chunk.len(), Ordering::SeqCst);
        self.length += chunk.len();
        if before.saturating_add(chunk.len()) > self.memory.size {
            return false;
        }
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK - self.open.len()));
            self.open.extend_from_slice(now);
            if self.open.len() == BLOCK {
                let block = std::mem::take(&mut self.open);
                self.blocks.push(block.freeze());
            }
            rest = later;
        }
        true
    }

    fn finish(mut self: Box<Self>) {
        if !self.open.is_empty() {
            // No larger than it must be.
            self.blocks.push(Bytes::copy_from_slice(&self.open));
        }
        let Some(record) = self.record.take() else {
            return;
        };
        let object = Object {
            record: Arc::new(record),
            body: std::mem::take(&mut self.blocks).into(),
            length: self.length as u64,
        };
        // Whoever forgets it does so under the same lock, before or after.
        let _insertions = locked(&self.memory.insertions);
        let is_purged = self.memory.purges.load(Ordering::SeqCst) != self.purges;
        if self.is_wanted.load(Ordering::SeqCst) && !is_purged {
            self.memory
                .objects
                .insert(self.key.clone(), Arc::new(object));
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.memory
            .under_way
            .fetch_sub(self.length, Ordering::SeqCst);
        let mut insertions = locked(&self.memory.insertions);
        if let Some(under_key) = insertions.get_mut(&self.key) {
            under_key.retain(|other| !Arc::ptr_eq(other, &self.is_wanted));
            if under_key.is_empty() {
                insertions.remove(&self.key);
            }
        }
    }
}

/// Locks, whatever has happened to others that did.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
