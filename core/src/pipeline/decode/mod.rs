//! Decoders of the content codings. Each verifies the trailer, if the coding has one, and tells a
//! truncated body from a complete one. Each pauses at [`super::BLOCK`] bytes of output, so a
//! decompression bomb costs time but no memory; `Limited` bounds the time.
//!
//! A body without a single byte decodes to an empty body, whatever its coding: servers send such
//! bodies.

mod br;
mod deflate;
mod gzip;
mod limited;
mod room;
#[cfg(feature = "zstd")]
mod zstd;

pub use br::BrDecoder;
pub use deflate::DeflateDecoder;
pub use gzip::GzipDecoder;
pub(crate) use limited::{Decoded, Limited};
#[cfg(feature = "zstd")]
pub use zstd::ZstdDecoder;

use super::Transform;
use crate::coding::Coding;

/// Returns the stages that undo `codings`, which are in the order of application, as
/// `Content-Encoding` lists them (RFC 9110 §8.4).
#[must_use]
pub fn stages(codings: &[Coding]) -> Vec<Box<dyn Transform>> {
    codings
        .iter()
        .rev()
        .map(|&coding| decoder(coding))
        .collect()
}

/// Returns the decoder of a coding.
#[must_use]
pub fn decoder(coding: Coding) -> Box<dyn Transform> {
    match coding {
        Coding::Gzip => Box::new(GzipDecoder::new()),
        Coding::Deflate => Box::new(DeflateDecoder::new()),
        Coding::Br => Box::new(BrDecoder::new()),
        #[cfg(feature = "zstd")]
        Coding::Zstd => Box::new(ZstdDecoder::new()),
    }
}
