//! Bodies as core sees them: streams of byte chunks that end cleanly or with an error, never in between.

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use crate::pipeline::TransformError;

/// A body in chunks. Dropping it cancels whatever produces it; polling it is what pulls, so back-pressure is the
/// consumer's pace. `None` is a clean end; after an `Err` nothing more follows.
pub trait ByteStream: Stream<Item = Result<Bytes, BodyError>> {}

impl<S: Stream<Item = Result<Bytes, BodyError>>> ByteStream for S {}

/// A body that is over with its last byte, where the head announced how many there are (`length`, in bytes). A platform may
/// show the end itself only when the request's body is through, long after an origin that did not want it has answered.
pub(crate) fn announced<S: ByteStream>(body: S, length: Option<u64>) -> impl ByteStream {
    stream::unfold((Box::pin(body), length), |(mut body, left)| async move {
        if left == Some(0) {
            return None;
        }
        let chunk = body.next().await?;
        let read = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let left = left.map(|left| left.saturating_sub(read));
        Some((chunk, (body, left)))
    })
}

/// Why a body did not reach its clean end. Whoever sends it must make that visible to the client (a reset, an unfinished
/// chunked body), never end it cleanly.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The origin (or, for a request's body, the client) stopped before its body was complete.
    #[error("the body ended early: {0}")]
    Incomplete(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stage of the pipeline could not go on.
    #[error(transparent)]
    Transform(#[from] TransformError),
}

impl BodyError {
    /// An [`BodyError::Incomplete`] from a platform's own error or a plain sentence.
    pub fn incomplete(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Incomplete(source.into())
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_body_of_an_announced_length_is_over_with_its_last_byte() {
        for (length, over) in [
            (Some(4), true),
            (Some(5), false),
            (Some(0), true),
            (None, false),
        ] {
            let chunks =
                stream::iter([Ok(Bytes::from_static(b"ab")), Ok(Bytes::from_static(b"cd"))]);
            let body = announced(chunks.chain(stream::pending()), length);
            assert_eq!(
                body.collect::<Vec<_>>().now_or_never().is_some(),
                over,
                "{length:?}"
            );
        }
    }
}
