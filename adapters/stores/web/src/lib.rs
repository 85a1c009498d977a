//! Where the cache stores responses in JavaScript runtimes: in an object of JavaScript that stores
//! bodies under keys. The rules of the cache are core's; this crate is [`streamgate::Store`]. A
//! body is stored behind its record, whose length comes first, in four bytes.

#![cfg(target_arch = "wasm32")]

use bytes::{Buf, Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use js_sys::{Promise, Uint8Array};
use send_wrapper::SendWrapper;
use streamgate::{Insertion, Record, Store, Stored, StoredBody};
use streamgate_js_http::{BodyStream, Source, read};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

#[wasm_bindgen]
extern "C" {
    /// What stores bodies under keys.
    #[derive(Clone)]
    pub type Cache;

    /// Resolves to a [`Source`], or to undefined if nothing is stored under a key.
    #[wasm_bindgen(method)]
    fn find(this: &Cache, key: &str) -> Promise;

    /// Begins to store a body for so many seconds, with tags between commas.
    #[wasm_bindgen(method)]
    fn insert(this: &Cache, key: &str, seconds: f64, tags: &str) -> Inserting;

    #[wasm_bindgen(method)]
    fn remove(this: &Cache, key: &str);

    /// Lets something go on when the client has been answered.
    #[wasm_bindgen(method)]
    fn keep(this: &Cache, going_on: &Promise);

    /// A body that is being stored.
    type Inserting;

    #[wasm_bindgen(method)]
    fn write(this: &Inserting, chunk: &Uint8Array);

    /// Stores the body, which is whole.
    #[wasm_bindgen(method)]
    fn finish(this: &Inserting);
}

/// How many bytes the length of a record takes.
const BEGIN: usize = 4;

/// The cache of a host. A runtime has one thread, in which all of it stays.
pub struct WebCache(SendWrapper<Cache>);

impl WebCache {
    /// Stores in an object of the host's.
    pub fn new(cache: Cache) -> Self {
        Self(SendWrapper::new(cache))
    }
}

impl Store for WebCache {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Stored>> {
        let found = find(&self.0, key).map(|found| {
            let (record, body) = found?;
            Some(Stored {
                record: record.into(),
                length: None,
                body: StoredBody::Chunks(SendWrapper::new(body).boxed()),
            })
        });
        SendWrapper::new(found).boxed()
    }

    fn insert(&self, key: &str, record: Record) -> Option<Box<dyn Insertion>> {
        let entry = begin(&self.0, key, &record)?;
        Some(Box::new(entry))
    }

    fn update(&self, key: &str, record: Record) {
        let (cache, key) = (self.0.clone(), key.to_owned());
        self.0.keep(&future_to_promise(async move {
            if let Some((_, mut body)) = find(&cache, &key).await
                && let Some(mut entry) = begin(&cache, &key, &record)
            {
                while let Some(chunk) = body.next().await {
                    match chunk {
                        Ok(chunk) => entry.write(&chunk),
                        // What is dropped is not stored.
                        Err(_) => return Ok(JsValue::UNDEFINED),
                    };
                }
                Box::new(entry).finish();
            }
            Ok(JsValue::UNDEFINED)
        }));
    }

    fn remove(&self, key: &str) {
        self.0.remove(key);
    }
}

async fn find(cache: &Cache, key: &str) -> Option<(Record, BodyStream)> {
    let found = JsFuture::from(cache.find(key)).await.ok()?;
    if found.is_undefined() {
        return None;
    }
    let mut body = read(Some(found.unchecked_into::<Source>()));
    let mut held = BytesMut::new();
    let record = loop {
        if let Some((length, rest)) = held.split_first_chunk::<BEGIN>() {
            let length = u32::from_be_bytes(*length) as usize;
            if let Some(record) = rest.get(..length) {
                let record = Record::from_bytes(record)?;
                held.advance(BEGIN.saturating_add(length));
                break record;
            }
        }
        held.extend_from_slice(&body.next().await?.ok()?);
    };
    let rest = stream::iter([Ok(held.freeze())]);
    Some((record, rest.chain(body).boxed_local()))
}

/// Begins to store something.
fn begin(cache: &Cache, key: &str, record: &Record) -> Option<Entry> {
    let written = record.to_bytes();
    let length = u32::try_from(written.len()).ok()?;
    let seconds = record.useful_for().as_secs_f64().ceil();
    let inserting = cache.insert(key, seconds, &record.tags().join(","));
    let mut entry = Entry(SendWrapper::new(inserting));
    let begin = [&length.to_be_bytes()[..], &written].concat();
    entry.write(&begin.into());
    Some(entry)
}

/// A body on its way into the cache.
struct Entry(SendWrapper<Inserting>);

impl Insertion for Entry {
    fn write(&mut self, chunk: &Bytes) -> bool {
        self.0.write(&Uint8Array::new_from_slice(chunk));
        true
    }

    fn finish(self: Box<Self>) {
        self.0.finish();
    }
}
