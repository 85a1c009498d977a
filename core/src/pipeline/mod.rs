//! What happens to a streamed body: `decode → rewrite → encode`, each stage a [`Transform`], composed once per response.

mod chain;
mod collect;
pub mod decode;
pub mod encode;
mod over;

pub(crate) use chain::{Chain, Driven, Settle};
pub use collect::{Collected, Prefixed, collect_up_to};
pub use over::{Pipeline, Rewritten};

use thiserror::Error;

/// How many bytes a stage may append to its output before it must pause (64 KiB). A stage may overshoot by what a bounded
/// piece of work gives; a decoder, whose output is not bounded by its input, must check.
pub const BLOCK: usize = 64 * 1024;

/// A sans-I/O stage: takes slices, appends bytes. How the input is cut never changes the output, flushes aside.
pub trait Transform: Send {
    /// Consumes from the front of `input` (advancing it) and appends to `out`. Returns with input left over only if `out`
    /// has reached [`BLOCK`] bytes, and is then called again, with `input` possibly empty, until `out` stays under it.
    ///
    /// # Errors
    /// When the input cannot be transformed; the stage is then not used again.
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError>;

    /// Appends what can be appended without knowing more input, so that a client can use it (an encoder's sync flush).
    ///
    /// # Errors
    /// As [`Transform::push`].
    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let _ = out;
        Ok(())
    }

    /// After the last input, once: appends the rest, trailers included. A decoder checks here that its input was whole.
    ///
    /// # Errors
    /// As [`Transform::push`], and [`TransformError::Truncated`].
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError>;
}

/// Why a stage could not go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransformError {
    /// The coded input ended before its own end marker.
    #[error("the {coding} body is truncated")]
    Truncated {
        /// The content coding's name.
        coding: &'static str,
    },
    /// The coded input is not valid.
    #[error("the {coding} body is corrupt: {reason}")]
    Corrupt {
        /// The content coding's name.
        coding: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An encoder failed, which it does only when memory is out.
    #[error("encoding as {coding} failed: {reason}")]
    Encode {
        /// The content coding's name.
        coding: &'static str,
        /// What it said.
        reason: String,
    },
}
