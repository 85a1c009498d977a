//! Bodies as core sees them: streams of byte chunks that end cleanly or with an error, never in between.

use bytes::Bytes;
use futures::Stream;

use crate::pipeline::TransformError;

/// A body in chunks. Dropping it cancels whatever produces it; polling it is what pulls, so back-pressure is the
/// consumer's pace. `None` is a clean end; after an `Err` nothing more follows.
pub trait ByteStream: Stream<Item = Result<Bytes, BodyError>> {}

impl<S: Stream<Item = Result<Bytes, BodyError>>> ByteStream for S {}

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
