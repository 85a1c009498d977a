//! Decoders of the content codings. Each checks its trailer where it has one, tells a truncated body from a whole one,
//! and pauses at [`super::BLOCK`] bytes of output, so that a decompression bomb costs time but no memory.
//!
//! A body of no bytes at all decodes to an empty body, whatever its coding: servers send that.

mod br;
mod deflate;
mod gzip;
mod room;
mod zstd;

pub use br::BrDecoder;
pub use deflate::DeflateDecoder;
pub use gzip::GzipDecoder;
pub use zstd::ZstdDecoder;

use super::Transform;
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
