//! Encoders of the content codings. Each must be finished explicitly. After a flush, everything
//! that was pushed can be decoded from the output. An encoder without input still makes a valid
//! stream.
//!
//! There is no encoder for `zstd`: of the encoders in Rust, ruzstd's cannot be flushed, and
//! structured-zstd's is not [`Send`].

#[cfg(feature = "br-encode")]
mod br;
mod deflate;

#[cfg(feature = "br-encode")]
pub use br::BrEncoder;
pub use deflate::DeflateEncoder;

use super::Transform;
use crate::coding::Coding;

/// Returns the stages that apply `codings`, in that order, or `None` if a coding has no encoder
/// ([`Coding::encodes`]).
#[must_use]
pub fn stages(codings: &[Coding]) -> Option<Vec<Box<dyn Transform>>> {
    codings.iter().map(|&coding| encoder(coding)).collect()
}

/// Returns the encoder of a coding, or `None` if the coding has no encoder ([`Coding::encodes`]).
#[must_use]
pub fn encoder(coding: Coding) -> Option<Box<dyn Transform>> {
    match coding {
        Coding::Gzip => Some(Box::new(DeflateEncoder::gzip())),
        Coding::Deflate => Some(Box::new(DeflateEncoder::deflate())),
        #[cfg(feature = "br-encode")]
        Coding::Br => Some(Box::new(BrEncoder::new())),
        #[cfg(not(feature = "br-encode"))]
        Coding::Br => None,
        #[cfg(feature = "zstd")]
        Coding::Zstd => None,
    }
}
