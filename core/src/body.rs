//! Bodies in core: streams of byte chunks that end either cleanly or with an error.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;

use crate::pipeline::TransformError;

/// A body in chunks. Dropping the body cancels its producer. Polling the body pulls data, so the
/// consumer's pace is the back-pressure. `None` is a clean end; nothing follows an `Err`.
pub trait ByteStream: Stream<Item = Result<Bytes, BodyError>> {}

impl<S: Stream<Item = Result<Bytes, BodyError>>> ByteStream for S {}

/// How often a body is found pending in a row before what has been made of it is flushed: a chunk
/// that is there may still need another task to run, which carries it.
pub(crate) const ASKED: u8 = 2;

/// A body whose chunks come from an iterator that blocks the thread until there is one. Before each
/// chunk the stream is pending, and wakes its task, as often as it takes for a pipeline to give out
/// what it has made of the chunks so far.
///
/// ```
/// use bytes::Bytes;
/// use futures::{FutureExt, StreamExt};
/// use streamgate::{Blocking, BodyError};
///
/// let chunks = || [Ok::<_, BodyError>(Bytes::from("a chunk"))];
/// assert!(Blocking::new(chunks()).next().now_or_never().is_none());
/// assert!(Blocking::new(chunks()).unless(|_| true).next().now_or_never().is_some());
/// ```
#[derive(Debug)]
pub struct Blocking<I> {
    chunks: I,
    is_ready: fn(&I) -> bool,
    /// How often the stream was pending since the last chunk.
    asked: u8,
}

impl<I> Blocking<I> {
    /// Makes a body of chunks.
    pub fn new(chunks: impl IntoIterator<IntoIter = I>) -> Self {
        Self {
            chunks: chunks.into_iter(),
            is_ready: |_| false,
            asked: 0,
        }
    }

    /// Makes the stream ready at once wherever `is_ready` says that the next chunk is there.
    #[must_use]
    pub fn unless(self, is_ready: fn(&I) -> bool) -> Self {
        Self { is_ready, ..self }
    }
}

impl<I: Iterator<Item = Result<Bytes, BodyError>> + Unpin> Stream for Blocking<I> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.asked < ASKED && !(self.is_ready)(&self.chunks) {
            self.asked += 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.asked = 0;
        Poll::Ready(self.chunks.next())
    }
}

/// Returns a body whose head announced its `length` in bytes. If bytes are missing, the body does
/// not end cleanly, whatever the platform says.
///
/// If `ends_there` is set, the body ends right after its last byte. A platform may show the end of
/// a response only once the request's body has been read to its end, long after an origin that did
/// not want that body has answered.
pub(crate) fn announced<S: ByteStream>(
    body: S,
    length: Option<u64>,
    ends_there: bool,
) -> Announced<S> {
    Announced {
        body: Some(Box::pin(body)),
        left: length,
        ends_there,
    }
}

/// A body of [`announced`].
pub(crate) struct Announced<S> {
    /// `None` once it has ended.
    body: Option<Pin<Box<S>>>,
    /// How many bytes are missing, if the head has announced that.
    left: Option<u64>,
    ends_there: bool,
}

impl<S: ByteStream> Stream for Announced<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ends_there && this.left == Some(0) {
            this.body = None;
        }
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        match ready!(body.as_mut().poll_next(cx)) {
            Some(Ok(chunk)) => {
                let left = this.left.as_mut();
                if let Some(left) = left {
                    *left = left.saturating_sub(chunk.len() as u64);
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Some(Err(error)) => {
                this.body = None;
                Poll::Ready(Some(Err(error)))
            }
            None => {
                this.body = None;
                let missing = this.left.filter(|left| *left > 0);
                let missing = missing.map(|left| format!("{left} bytes are missing"));
                Poll::Ready(missing.map(|missing| Err(BodyError::incomplete(missing))))
            }
        }
    }
}

/// Why a body did not reach its clean end. The sender must make that visible to the client (by a
/// reset, or by an unfinished chunked body) and must never end the body cleanly.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The origin (or the client, for the body of a request) stopped before its body was complete.
    #[error("the body ended early: {0}")]
    Incomplete(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stage of the pipeline could not continue.
    #[error(transparent)]
    Transform(#[from] TransformError),
}

impl BodyError {
    /// Makes a [`BodyError::Incomplete`] from an error of the platform or a plain sentence.
    pub fn incomplete(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Incomplete(source.into())
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt, stream};

    use super::*;

    #[test]
    fn a_body_of_an_announced_length_is_over_with_its_last_byte() {
        for (length, ends_there, over) in [
            (Some(4), true, true),
            (Some(4), false, false),
            (Some(5), true, false),
            (Some(0), true, true),
            (None, true, false),
        ] {
            let chunks = [Ok(Bytes::from_static(b"ab")), Ok(Bytes::from_static(b"cd"))];
            let body = announced(
                stream::iter(chunks).chain(stream::pending()),
                length,
                ends_there,
            );
            let chunks = body.collect::<Vec<_>>().now_or_never();
            assert_eq!(chunks.is_some(), over, "{length:?}");
        }
    }

    #[test]
    fn a_body_that_lacks_announced_bytes_does_not_end_cleanly() {
        for (length, clean) in [
            (Some(4), false),
            (Some(2), true),
            (Some(1), true),
            (None, true),
        ] {
            let chunks = stream::iter([Ok(Bytes::from_static(b"ab"))]);
            let body = announced(chunks, length, false);
            let chunks = body.collect::<Vec<_>>().now_or_never().unwrap();
            assert_eq!(chunks.iter().all(Result::is_ok), clean, "{length:?}");
        }
    }
}
