//! A response on its way into the cache, beside its way to the client.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, HeaderName};

use super::caching::Caching;
use crate::body::{BodyError, ByteStream};
use crate::cache::{Insertion, Lacks, Terms};
use crate::fragment::{Seams, Writer};

/// A response that may be stored once its head for the client is there.
pub(super) struct Storing {
    pub(super) caching: Box<Caching>,
    pub(super) terms: Terms,
    pub(super) left_out: Vec<HeaderName>,
    /// Whether the origin's own `Cache-Control` is that of a response for one client, although
    /// caches such as this one may store it.
    pub(super) was_for_one: bool,
    /// What is stored in place of the head for the client, and what that lacks of it.
    pub(super) common: Option<(HeaderMap, Lacks)>,
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
    /// Stores parts of a body. Returns `false` if there is no place for them.
    fn write(&mut self, parts: &[Bytes]) -> bool {
        parts.iter().all(|part| {
            let left = self.left.checked_sub(part.len());
            self.left = left.unwrap_or_default();
            left.is_some() && self.insertion.write(part)
        })
    }

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

/// The bytes of a page on their way to its fragments, which are stored with its seams.
pub(super) struct Recorded<S> {
    page: S,
    seams: Seams,
    writer: Writer,
    storage: Option<Storage>,
}

impl<S> Recorded<S> {
    pub(super) fn new(page: S, seams: Seams, storage: Option<Storage>) -> Self {
        let writer = Writer::default();
        Self {
            page,
            seams,
            writer,
            storage,
        }
    }
}

impl<S: ByteStream + Unpin> Stream for Recorded<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let item = ready!(Pin::new(&mut this.page).poll_next(cx));
        if let Some(mut storage) = this.storage.take() {
            match &item {
                Some(Ok(chunk)) => {
                    // What is dropped is not stored.
                    let parts = this.writer.push(chunk, &this.seams);
                    this.storage = storage.write(&parts).then_some(storage);
                }
                Some(Err(_)) => {}
                None => {
                    if storage.write(&this.writer.finish(&this.seams)) {
                        storage.insertion.finish();
                    }
                }
            }
        }
        Poll::Ready(item)
    }
}
