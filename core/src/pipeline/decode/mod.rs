//! Decoders of the content codings. Each checks its trailer where it has one, tells a truncated body from a whole one,
//! and pauses at [`super::BLOCK`] bytes of output, so that a decompression bomb costs time but no memory.
//!
//! A body of no bytes at all decodes to an empty body, whatever its coding: servers send that.

mod br;
mod deflate;
mod gzip;
mod zstd;

pub use br::BrDecoder;
pub use deflate::DeflateDecoder;
pub use gzip::GzipDecoder;
pub use zstd::ZstdDecoder;

use super::{BLOCK, Transform};
use crate::coding::Coding;

/// The stages that undo `codings` (in the order of application, as [`Coding::of_message`] gives them).
#[must_use]
pub fn stages(codings: &[Coding]) -> Vec<Box<dyn Transform>> {
    codings
        .iter()
        .rev()
        .map(|&coding| decoder(coding))
        .collect()
}

/// The decoder of one coding.
#[must_use]
pub fn decoder(coding: Coding) -> Box<dyn Transform> {
    match coding {
        Coding::Gzip => Box::new(GzipDecoder::new()),
        Coding::Deflate => Box::new(DeflateDecoder::new()),
        Coding::Br => Box::new(BrDecoder::new()),
        Coding::Zstd => Box::new(ZstdDecoder::new()),
    }
}

/// How many bytes to make room for at a time: text decodes to some four times its size, and no more than up to
/// [`BLOCK`] may come at once. Never none while `out` is under it.
fn room(input: &[u8], out: &[u8]) -> usize {
    let likely = input.len().saturating_mul(4).max(4096);
    likely.min(BLOCK.saturating_sub(out.len()))
}
