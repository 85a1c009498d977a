//! Reading a body whole, up to a limit, and going on as a stream beyond it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{Stream, StreamExt};

use crate::body::{BodyError, ByteStream};

/// What [`collect_up_to`] found.
pub enum Collected<S> {
    /// The body, whole.
    Whole(Bytes),
    /// A body over the limit: what was read of it, and then the rest.
    Over(Prefixed<S>),
}

/// Reads a body of at most `limit` bytes whole. One that is longer is read no further than the chunk that shows it, and
/// nothing of it is lost.
///
/// # Errors
/// When the body fails before its end or the limit.
pub async fn collect_up_to<S: ByteStream>(
    stream: S,
    limit: usize,
) -> Result<Collected<S>, BodyError> {
    let mut stream = Box::pin(stream);
    let mut chunks = VecDeque::new();
    let mut length = 0_usize;
    while let Some(chunk) = stream.next().await.transpose()? {
        length = length.saturating_add(chunk.len());
        chunks.push_back(chunk);
        if length > limit {
            return Ok(Collected::Over(Prefixed {
                chunks,
                rest: Some(stream),
            }));
        }
    }
    Ok(Collected::Whole(joined(chunks, length)))
}

/// The chunks as one, without a copy where there is but one.
fn joined(mut chunks: VecDeque<Bytes>, length: usize) -> Bytes {
    if chunks.len() == 1 {
        return chunks.pop_front().unwrap_or_default();
    }
    let mut whole = Vec::with_capacity(length);
    for chunk in chunks {
        whole.extend_from_slice(&chunk);
    }
    Bytes::from(whole)
}

/// A stream of which some chunks were read before: these first, then the rest.
pub struct Prefixed<S> {
    chunks: VecDeque<Bytes>,
    /// `None` after its end.
    rest: Option<Pin<Box<S>>>,
}

impl<S: ByteStream> Stream for Prefixed<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(chunk) = self.chunks.pop_front() {
            return Poll::Ready(Some(Ok(chunk)));
        }
        let Some(rest) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let item = ready!(rest.as_mut().poll_next(cx));
        if !matches!(item, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(item)
    }
}
