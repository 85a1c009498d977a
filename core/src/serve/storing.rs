//! A response on its way into the cache, beside its way to the client.

use std::any::Any;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http::{HeaderName, Response};

use super::Serving;
use super::cached::{self, Caching};
use crate::body::{BodyError, ByteStream};
use crate::cache::{self, Insertion, Kind, Record, StoredResponse, Terms, Varies};
use crate::gate::Decision;
use crate::head::lengths;

/// A response that may be stored once its head for the client is there.
pub(super) struct Storing<'a> {
    caching: Box<Caching<'a>>,
    terms: Terms,
    left_out: Vec<HeaderName>,
}

/// A response whose body is being stored.
pub(super) struct Storage {
    insertion: Box<dyn Insertion>,
    /// How many bytes of the body may come yet.
    left: usize,
    /// How many bytes of the body come yet, if its head says so.
    announced: Option<u64>,
    /// Lets others go on that wait for it, once it is stored or cannot be.
    _lead: Option<Box<dyn Any>>,
}

impl<'a> Storing<'a> {
    pub(super) fn new(caching: Box<Caching<'a>>, terms: Terms, left_out: Vec<HeaderName>) -> Self {
        Self {
            caching,
            terms,
            left_out,
        }
    }
}

impl Serving<'_> {
    /// Begins to store a response, of which this is the head for the client, if it may be stored.
    pub(super) fn begin_to_store(&self, response: &Response<()>, decision: Decision) {
        if let Some(store) = self.invalidates.take()
            && let Some(requested) = self.requested
        {
            let base = format!(
                "{}://{}",
                requested.scheme().as_str(),
                requested.authority()
            );
            for target in cached::changed(response, &base) {
                let fingerprint = self.gate.fingerprint();
                store.remove(&cache::primary(fingerprint, requested, &target, &[]));
            }
        }
        let Some(storing) = self.storing.take() else {
            return;
        };
        let status = storing.caching.status.clone();
        let status = match self.storage_of(storing, response, decision) {
            Ok(storage) => {
                self.storage.set(Some(storage));
                status.stored()
            }
            Err(why) => status.because(why),
        };
        self.account.caches(status);
    }

    /// Returns what stores a response.
    ///
    /// # Errors
    /// Returns the reason if there is nothing that does.
    fn storage_of(
        &self,
        storing: Storing<'_>,
        response: &Response<()>,
        decision: Decision,
    ) -> Result<Storage, &'static str> {
        let Storing {
            mut caching,
            terms,
            left_out,
        } = storing;
        let most = caching.config.object_size;
        let announced = lengths::said(response.headers());
        if announced.is_some_and(|length| usize::try_from(length).map_or(true, |it| it > most)) {
            return Err("too-large");
        }
        // Nanoseconds tell apart what was there before and after an invalidation.
        let epoch = u64::try_from((caching.now)().as_nanos()).unwrap_or_default();
        let varies = match (
            Varies::of(response.headers(), epoch)?,
            caching.varies.take(),
        ) {
            (Some(varies), Some(older)) => {
                let varies = varies.with(&older);
                Some((varies != older, varies))
            }
            (Some(varies), None) => Some((true, varies)),
            (None, Some(older)) => Some((false, older)),
            (None, None) => None,
        };
        let key = match &varies {
            None => caching.primary.clone(),
            Some((is_new, varies)) => {
                if *is_new {
                    let record = Record(Kind::Varies(varies.clone()));
                    let insertion = caching.store.insert(&caching.primary, record);
                    insertion.ok_or("no-place")?.finish();
                }
                caching.key_by(varies, self)
            }
        };
        let response = StoredResponse::new(response, terms, decision, &left_out);
        let record = Record(Kind::Response(response));
        let insertion = caching.store.insert(&key, record).ok_or("no-place")?;
        Ok(Storage {
            insertion,
            left: most,
            announced,
            _lead: caching.lead.take(),
        })
    }
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
