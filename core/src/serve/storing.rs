//! A response on its way into the cache, beside its way to the client.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http::HeaderName;

use super::caching::Caching;
use crate::body::{BodyError, ByteStream};
use crate::cache::{Insertion, Terms};

/// A response that may be stored once its head for the client is there.
pub(super) struct Storing {
    pub(super) caching: Box<Caching>,
    pub(super) terms: Terms,
    pub(super) left_out: Vec<HeaderName>,
    /// Whether the origin's own `Cache-Control` is that of a response for one client, although
    /// caches such as this one may store it.
    pub(super) was_for_one: bool,
}

/// A response whose body is being stored.
pub(super) struct Storage {
    pub(super) insertion: Box<dyn Insertion>,
    /// How many bytes of the body may come yet.
    pub(super) left: usize,
    /// How many bytes of the body come yet, if its head says so.
    pub(super) announced: Option<u64>,
    /// Lets others go on that wait for it, once it is stored or cannot be.
    pub(super) _lead: Option<Box<dyn Any + Send>>,
}

impl Storage {
    /// Stores a body that is complete.
    pub(super) fn store(mut self, body: &Bytes) {
        if body.len() <= self.left && self.insertion.write(body) {
            self.insertion.finish();
        }
    }
}

/// A body for the client, which is stored as it passes.
pub(super) struct Tee<S> {
    body: S,
    storage: Option<Storage>,
}

impl<S> Tee<S> {
    pub(super) fn new(body: S, storage: Option<Storage>) -> Self {
        Self { body, storage }
    }
}

impl<S: ByteStream + Unpin> Stream for Tee<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(Pin::new(&mut self.body).poll_next(cx));
        let Some(mut storage) = self.storage.take() else {
            return Poll::Ready(item);
        };
        match &item {
            Some(Ok(chunk)) => {
                let length = chunk.len();
                let fits = storage.left.checked_sub(length);
                let left = match storage.announced {
                    None => Some(None),
                    Some(left) => left.checked_sub(length as u64).map(Some),
                };
                // What is dropped is not stored.
                if let (Some(fits), Some(left)) = (fits, left)
                    && storage.insertion.write(chunk)
                {
                    (storage.left, storage.announced) = (fits, left);
                    if left == Some(0) {
                        // Nobody may ask for the end of what is complete.
                        storage.insertion.finish();
                    } else {
                        self.storage = Some(storage);
                    }
                }
            }
            Some(Err(_)) => {}
            None => {
                if matches!(storage.announced, None | Some(0)) {
                    storage.insertion.finish();
                }
            }
        }
        Poll::Ready(item)
    }
}
