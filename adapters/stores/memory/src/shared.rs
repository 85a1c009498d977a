//! What an exchange asks of the memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream;
use moka::ops::compute::Op;
use streamgate::{BodyError, Claim, Insertion, Record, Store, Stored, StoredBody};

use crate::claim::claim;
use crate::memory::{Memory, Object, locked};
use crate::writing::Writing;

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
        let writing = Writing::begin(self.0.clone(), key, record);
        Some(Box::new(writing))
    }

    fn update(&self, key: &str, record: Record) {
        let renew = |present: Option<moka::Entry<String, Arc<Object>>>| match present {
            None => Op::Nop,
            Some(present) => {
                let object = present.into_value();
                Op::Put(Arc::new(Object {
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
        claim(&self.0, key)
    }
}

/// The blocks of a body, one after the other.
struct Blocks {
    body: Arc<[Bytes]>,
    next: usize,
}

impl Iterator for Blocks {
    type Item = Result<Bytes, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.body.get(self.next)?;
        self.next += 1;
        Some(Ok(block.clone()))
    }
}
