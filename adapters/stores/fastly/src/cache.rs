//! What stores responses: the platform's Core Cache API, which all instances of a POP share.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use fastly::cache::core::{CacheKey, Found, insert, lookup};
use fastly::http::body::StreamingBody;
use fastly::http::purge::purge_surrogate_key;
use futures::future::{BoxFuture, ready};
use futures::{FutureExt, StreamExt};
use streamgate::{Blocking, Insertion, Record, Store, Stored, StoredBody};

use crate::chunks::Chunks;

/// How long a body may pause that another instance is storing.
const PAUSE: Duration = Duration::from_secs(60);

/// The most characters of surrogate keys for one object.
const MOST_KEYS: usize = 16 * 1024;

/// The cache of a POP, as an exchange uses it.
#[derive(Debug)]
pub struct PopCache;

impl Store for PopCache {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Stored>> {
        ready(get(key)).boxed()
    }

    fn insert(&self, key: &str, record: Record) -> Option<Box<dyn Insertion>> {
        Some(Box::new(Inserting {
            key: key.to_owned(),
            record,
            chunks: Vec::new(),
        }))
    }

    fn update(&self, key: &str, record: Record) {
        let Some(body) = find(key).and_then(|found| found.to_stream().ok()) else {
            return;
        };
        if let Some(mut renewed) = begin(key, &record, None) {
            renewed.append(body);
            finish(renewed);
        }
    }

    fn remove(&self, key: &str) {
        if let Err(error) = purge_surrogate_key(&name(key)) {
            tracing::warn!(%error, "what is stored cannot be purged");
        }
    }
}

/// A body on its way into the cache. It is given to the platform whole: of a body that it is given
/// in parts, and never gets the end of, others could have the parts.
struct Inserting {
    key: String,
    record: Record,
    chunks: Vec<Bytes>,
}

impl Insertion for Inserting {
    fn write(&mut self, chunk: &Bytes) -> bool {
        self.chunks.push(chunk.clone());
        true
    }

    fn finish(self: Box<Self>) {
        let length: usize = self.chunks.iter().map(Bytes::len).sum();
        let Some(mut body) = begin(&self.key, &self.record, Some(length as u64)) else {
            return;
        };
        if self
            .chunks
            .iter()
            .all(|chunk| body.write_all(chunk).is_ok())
        {
            finish(body);
        }
    }
}

fn get(key: &str) -> Option<Stored> {
    let found = find(key)?;
    let record = Record::from_bytes(&found.user_metadata())?;
    let length = found.known_length();
    let body = found.to_stream().ok()?.into_handle();
    let body = Blocking::new(Chunks::new(Some(body), PAUSE)).boxed();
    Some(Stored {
        record: record.into(),
        length,
        body: StoredBody::Chunks(body),
    })
}

fn find(key: &str) -> Option<Found> {
    let found = lookup(CacheKey::copy_from_slice(key.as_bytes())).execute();
    let found = found.unwrap_or_else(|error| {
        tracing::warn!(%error, "the cache gives no answer");
        None
    });
    found.filter(Found::is_usable)
}

/// Begins to store something, of so many bytes if that is known.
fn begin(key: &str, record: &Record, length: Option<u64>) -> Option<StreamingBody> {
    let name = name(key);
    let mut keys = vec![name.as_str()];
    let mut named = name.len();
    for tag in record.tags() {
        named += tag.len() + 1;
        if named < MOST_KEYS && tag.bytes().all(|byte| byte.is_ascii_graphic()) {
            keys.push(tag);
        }
    }
    let key = CacheKey::copy_from_slice(key.as_bytes());
    let mut inserting = insert(key, record.useful_for())
        .surrogate_keys(keys)
        .user_metadata(record.to_bytes().into());
    if let Some(length) = length {
        inserting = inserting.known_length(length);
    }
    match inserting.execute() {
        Ok(body) => Some(body),
        Err(error) => {
            tracing::warn!(%error, "the cache takes nothing");
            None
        }
    }
}

fn finish(body: StreamingBody) {
    if let Err(error) = body.finish() {
        tracing::warn!(%error, "a response is not stored");
    }
}

/// Returns the surrogate key by which an object is purged for itself.
fn name(key: &str) -> String {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    format!("streamgate-{:016x}", hasher.finish())
}
