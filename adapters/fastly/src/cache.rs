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

use crate::body::Chunks;

/// How long a body may pause that another instance is storing.
const PAUSE: Duration = Duration::from_secs(60);

/// The most characters of surrogate keys for one object.
const MOST_KEYS: usize = 16 * 1024;

pub(crate) struct PopCache;

impl Store for PopCache {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Stored>> {
        ready(get(key)).boxed()
    }

    fn insert(&self, key: &str, record: Record) -> Option<Box<dyn Insertion>> {
        let body = begin(key, &record)?;
        Some(Box::new(Inserting(body)))
    }

    fn update(&self, key: &str, record: Record) {
        let Some(body) = find(key).and_then(|found| found.to_stream().ok()) else {
            return;
        };
        if let Some(mut renewed) = begin(key, &record) {
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

/// A body on its way into the cache. Others may read what there is of it, and see it end without an
/// end if it is dropped.
struct Inserting(StreamingBody);

impl Insertion for Inserting {
    fn write(&mut self, chunk: &Bytes) -> bool {
        self.0.write_all(chunk).is_ok()
    }

    fn finish(self: Box<Self>) {
        finish(self.0);
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

/// Begins to store something.
fn begin(key: &str, record: &Record) -> Option<StreamingBody> {
    let name = name(key);
    let mut keys = vec![name.as_str()];
    let mut length = name.len();
    for tag in record.tags() {
        length += tag.len() + 1;
        if length < MOST_KEYS && tag.bytes().all(|byte| byte.is_ascii_graphic()) {
            keys.push(tag);
        }
    }
    let inserting = insert(
        CacheKey::copy_from_slice(key.as_bytes()),
        record.useful_for(),
    )
    .surrogate_keys(keys)
    .user_metadata(record.to_bytes().into())
    .execute();
    match inserting {
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
