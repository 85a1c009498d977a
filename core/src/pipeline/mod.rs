//! The processing of a streamed body: `decode → rewrite → encode`. Each stage is a [`Transform`],
//! and the stages are composed once per response.

mod chain;
mod collect;
pub mod decode;
mod deferred;
pub mod encode;
mod over;

pub(crate) use chain::{Chain, Driven, Settle};
pub use collect::{Collected, Prefixed, collect_up_to};
pub(crate) use deferred::{Course, Deferred, START};
pub use over::{Pipeline, Rewritten};

use thiserror::Error;

/// The number of bytes that a stage may append to its output before it must pause (64 KiB). A stage
/// may exceed it by the output of a bounded piece of work; a decoder must check, because its input
/// does not bound its output.
pub const BLOCK: usize = 64 * 1024;

/// A sans-I/O stage: takes slices and appends bytes. The output never depends on how the input is
/// cut, except for flushes.
pub trait Transform: Send {
    /// Consumes from the front of `input` (advancing it) and appends to `out`. Returns with input
    /// left over only if `out` has reached [`BLOCK`] bytes; the caller then calls again, perhaps
    /// with an empty `input`, until `out` stays below that.
    ///
    /// # Errors
    /// Returns an error if the input cannot be transformed; the stage must not be used afterwards.
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError>;

    /// Appends everything that does not depend on further input, so that a client can use it (an
    /// encoder's sync flush).
    ///
    /// # Errors
    /// As for [`Transform::push`].
    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let _ = out;
        Ok(())
    }

    /// Returns whether the stage has nothing left to do: it holds nothing back, and would append
    /// all further input as it is. It may then be left out, without a call of [`Self::flush`] or
    /// [`Self::finish`].
    fn is_done(&self) -> bool {
        false
    }

    /// Appends the rest, including trailers. Called once, after the last input. A decoder checks
    /// here that its input was complete.
    ///
    /// # Errors
    /// As for [`Transform::push`]; also [`TransformError::Truncated`] if the input is incomplete.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError>;
}

/// Why a stage could not continue.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransformError {
    /// The coded input ended before its own end marker.
    #[error("the {coding} body is truncated")]
    Truncated {
        /// The name of the content coding.
        coding: &'static str,
    },
    /// The coded input is not valid.
    #[error("the {coding} body is corrupt: {reason}")]
    Corrupt {
        /// The name of the content coding.
        coding: &'static str,
        /// The fault of the input.
        reason: String,
    },
    /// The coded input decodes to more than is allowed.
    #[error("the body decodes to more than limits.max_decoded, {limit} bytes")]
    TooLong {
        /// The number of bytes that are allowed.
        limit: usize,
    },
    /// An encoder failed, which happens only when memory is exhausted.
    #[error("encoding as {coding} failed: {reason}")]
    Encode {
        /// The name of the content coding.
        coding: &'static str,
        /// The message of the encoder.
        reason: String,
    },
}
