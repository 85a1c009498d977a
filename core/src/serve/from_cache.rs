//! Answers from the cache.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use http::{HeaderMap, Method, Response, header};

use super::Serving;
use super::caching::FromCache;
use crate::asked::Depends;
use crate::body::BodyError;
use crate::cache::{Lacks, Part, StoredBody};
use crate::edge::Edge;
use crate::fragment::{Replayed, Seams, Spliced};
use crate::gate::Representation;
use crate::head::{remove, response};
use crate::pipeline::Pipeline;
use crate::stages;

impl<E: Edge> Serving<'_, E> {
    /// Answers from the cache.
    pub(super) async fn answer_from_cache(
        &self,
        edge: E,
        found: Box<FromCache>,
    ) -> Result<E::Sent, E::SendError> {
        let FromCache {
            response,
            length,
            body,
            client,
            now,
            status,
        } = *found;
        self.account.caches(status);
        let (mut head, part) = match response.lacks.fragments {
            // It has no validator, and no part of it is known.
            true => response.answer(&HeaderMap::new(), length, now),
            false => response.answer(&client, length, now),
        };
        if response.lacks.fragments {
            remove(head.headers_mut(), |name| *name == header::CONTENT_LENGTH);
            response::composed(head.headers_mut());
        }
        if response.lacks.dependence
            && let Some(asked) = &self.asked
        {
            self.may_depend(asked).tell(head.headers_mut());
        }
        if response.lacks != Lacks::default()
            && let Some(visit) = self.visit(&head, &Representation::of(head.headers()))
        {
            visit.announce(head.headers_mut());
        }
        self.explain(&mut head, response.decision);
        let is_head = self.method == Method::HEAD;
        if response.lacks.fragments && !is_head {
            return self.fill(edge, head, body).await;
        }
        // Cancels their fetches.
        drop(self.take_fragments());
        match (part, body) {
            _ if is_head || length == Some(0) => {
                self.send_buffered(edge, head.map(|()| Bytes::new())).await
            }
            (Part::Nothing | Part::Unsatisfiable, _) => {
                self.send_buffered(edge, head.map(|()| Bytes::new())).await
            }
            (Part::Whole, StoredBody::Whole(bytes)) => {
                self.send_buffered(edge, head.map(|()| bytes)).await
            }
            (Part::Bytes { from, to }, StoredBody::Whole(bytes)) => {
                let bytes = cut(&bytes, from, to);
                self.send_buffered(edge, head.map(|()| bytes)).await
            }
            (part, StoredBody::Chunks(chunks)) => {
                let (from, to) = match part {
                    Part::Bytes { from, to } => (from, Some(to)),
                    _ => (0, length),
                };
                let at = 0;
                let body = Cut {
                    chunks,
                    at,
                    from,
                    to,
                };
                self.send_stream(edge, head, body).await
            }
        }
    }

    /// Answers with a template of the cache's, and puts its fragments into it.
    async fn fill(
        &self,
        edge: E,
        head: Response<()>,
        body: StoredBody,
    ) -> Result<E::Sent, E::SendError> {
        let stored = match body {
            StoredBody::Whole(bytes) => stream::iter([Ok(bytes)]).boxed(),
            StoredBody::Chunks(chunks) => chunks,
        };
        let representation = Representation::of(head.headers());
        let encode = stages::encoding(&representation);
        let acting = self.fragments_of(&head, &representation, &mut Depends::default());
        let Some(mut late) = self.take_fragments() else {
            // The configuration under which it is stored has fragments for its path.
            let body = Replayed::new(stored, Seams::default());
            let body = Pipeline::new(encode).over(body);
            return self.send_stream(edge, head, body).await;
        };
        late.begin_lazy(&acting);
        let path = self.target.path();
        let mut after = stages::after_seams(self.gate, path, head.headers(), &late.seams);
        after.extend(encode);
        let page = Replayed::new(stored, late.seams.clone());
        let body = Pipeline::new(after).over(Spliced::new(page, late));
        self.send_stream(edge, head, body).await
    }
}

/// Returns the bytes of a whole body from one place to before another.
fn cut(bytes: &Bytes, from: u64, to: u64) -> Bytes {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let (from, to) = (place(from), place(to));
    bytes.slice(from.min(to)..to)
}

/// The bytes of a stored body from one place to before another.
struct Cut {
    chunks: BoxStream<'static, Result<Bytes, BodyError>>,
    /// Where the next chunk begins.
    at: u64,
    from: u64,
    /// `None`: at its end.
    to: Option<u64>,
}

impl Stream for Cut {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.to.is_none_or(|to| self.at < to) {
            let chunk = match ready!(self.chunks.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => chunk,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let Some(to) = self.to else {
                        return Poll::Ready(None);
                    };
                    self.at = to;
                    let missing = BodyError::incomplete("the cache has lost the rest");
                    return Poll::Ready(Some(Err(missing)));
                }
            };
            let (begins, from) = (self.at, self.from);
            let to = self.to.unwrap_or(u64::MAX);
            self.at = begins.saturating_add(chunk.len() as u64);
            let within = cut(
                &chunk,
                from.saturating_sub(begins),
                to.saturating_sub(begins),
            );
            if !within.is_empty() {
                return Poll::Ready(Some(Ok(within)));
            }
        }
        Poll::Ready(None)
    }
}
