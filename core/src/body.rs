//! Bodies as core sees them: streams of byte chunks that end cleanly or with an error, never in between.

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use crate::pipeline::TransformError;

/// A body in chunks. Dropping it cancels whatever produces it; polling it is what pulls, so back-pressure is the
/// consumer's pace. `None` is a clean end; after an `Err` nothing more follows.
pub trait ByteStream: Stream<Item = Result<Bytes, BodyError>> {}

impl<S: Stream<Item = Result<Bytes, BodyError>>> ByteStream for S {}

/// A body whose head announced its `length` in bytes: one that lacks some does not end cleanly, whatever the platform says.
///
/// With `ends_there`, it is over with its last byte. A platform may show the end itself only when the request's body is
/// through, long after an origin that did not want it has answered.
pub(crate) fn announced<S: ByteStream>(
    body: S,
    length: Option<u64>,
    ends_there: bool,
) -> impl ByteStream {
    stream::unfold(
        (Box::pin(body), length),
        move |(mut body, left)| async move {
            if ends_there && left == Some(0) {
                return None;
            }
            match body.next().await {
                Some(Ok(chunk)) => {
                    let left = left.map(|left| left.saturating_sub(chunk.len() as u64));
                    Some((Ok(chunk), (body, left)))
                }
                Some(Err(error)) => Some((Err(error), (body, None))),
                None => match left {
                    None | Some(0) => None,
                    Some(left) => {
                        let missing = BodyError::incomplete(format!("{left} bytes are missing"));
                        Some((Err(missing), (body, None)))
                    }
                },
            }
        },
    )
    .fuse()
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
