//! Reads a body as a whole up to a limit, and continues as a stream beyond it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{Stream, StreamExt};

use crate::body::{BodyError, ByteStream};

/// The result of [`collect_up_to`].
pub enum Collected<S> {
    /// The whole body.
    Whole(Bytes),
    /// A body over the limit: the part that has been read, and then the rest.
    Over(Prefixed<S>),
}

/// Reads a body of at most `limit` bytes as a whole. Stops reading a longer body with the chunk
/// that exceeds the limit, and loses nothing of the body.
///
/// # Errors
/// Returns the error of a body that fails before its end or the limit.
pub async fn collect_up_to<S: ByteStream>(
    stream: S,
    limit: usize,
) -> Result<Collected<S>, BodyError> {
    let mut stream = Box::pin(stream);
    let mut read = Bytes::new();
    // The chunks in one piece, from the second chunk on: many small chunks would take more memory
    // than their bytes.
    let mut whole = Vec::new();
    while let Some(chunk) = stream.next().await.transpose()? {
        if chunk.is_empty() {
            continue;
        }
        if read.is_empty() && whole.is_empty() {
            read = chunk;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut read));
            whole.extend_from_slice(&chunk);
        }
        if read.len() + whole.len() > limit {
            return Ok(Collected::Over(Prefixed {
                read: Some(joined(read, whole)),
                rest: Some(stream),
            }));
        }
    }
    Ok(Collected::Whole(joined(read, whole)))
}

/// Returns the only chunk that was read, or all chunks in one piece.
fn joined(read: Bytes, whole: Vec<u8>) -> Bytes {
    if whole.is_empty() { read } else { whole.into() }
}

/// A stream that has been read in part: yields that part first, then the rest.
pub struct Prefixed<S> {
    read: Option<Bytes>,
    /// `None` after the end of the stream.
    rest: Option<Pin<Box<S>>>,
}

impl<S: ByteStream> Stream for Prefixed<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(chunk) = self.read.take() {
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
