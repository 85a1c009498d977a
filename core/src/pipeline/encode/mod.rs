//! Encoders of the content codings. Each is finished explicitly, and after a flush everything that was pushed can be
//! decoded from what came out. One that got no input still makes a valid stream.
//!
//! There is none for `zstd`: of the encoders in Rust, ruzstd's cannot be flushed, and structured-zstd's is not [`Send`].

mod br;
mod deflate;

pub use br::BrEncoder;
pub use deflate::DeflateEncoder;

use super::Transform;
use crate::coding::Coding;

/// The stages that apply `codings`, in that order; `None` if one of them is not [`Coding::encodes`].
#[must_use]
pub fn stages(codings: &[Coding]) -> Option<Vec<Box<dyn Transform>>> {
    codings.iter().map(|&coding| encoder(coding)).collect()
}

/// The encoder of one coding; `None` if it is not [`Coding::encodes`].
#[must_use]
pub fn encoder(coding: Coding) -> Option<Box<dyn Transform>> {
    match coding {
        Coding::Gzip => Some(Box::new(DeflateEncoder::gzip())),
        Coding::Deflate => Some(Box::new(DeflateEncoder::deflate())),
        Coding::Br => Some(Box::new(BrEncoder::new())),
        Coding::Zstd => None,
    }
}
