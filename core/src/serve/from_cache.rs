//! Answers from the cache.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use futures::stream::BoxStream;
use http::Method;

use super::Serving;
use super::caching::FromCache;
use crate::body::BodyError;
use crate::cache::{Part, StoredBody};
use crate::edge::Edge;

impl Serving<'_> {
    /// Answers from the cache.
    pub(super) async fn answer_from_cache<E: Edge>(
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
        let (mut head, part) = response.answer(&client, length, now);
        self.explain(&mut head, response.decision);
        let is_head = self.method == Method::HEAD;
        match (part, body) {
            _ if is_head || length == 0 => {
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
                    Part::Bytes { from, to } => (from, to),
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
    to: u64,
}

impl Stream for Cut {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while self.at < self.to {
            let chunk = match ready!(self.chunks.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => chunk,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.at = self.to;
                    let missing = BodyError::incomplete("the cache has lost the rest");
                    return Poll::Ready(Some(Err(missing)));
                }
            };
            let (begins, from, to) = (self.at, self.from, self.to);
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
