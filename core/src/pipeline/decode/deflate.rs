//! `deflate` (RFC 9110 §8.4.1.2): the zlib format (RFC 1950), or bare deflate (RFC 1951), which
//! some servers send.

use flate2::{Decompress, FlushDecompress, Status};

use super::room::room;
use crate::coding::Coding;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Decodes `deflate`. If the first two bytes are a header of the zlib format, the body is in that
/// format, and its checksum is verified; otherwise the body is bare deflate. Ignores bytes after
/// the end: some servers append a checksum to bare deflate.
#[derive(Debug, Default)]
pub struct DeflateDecoder {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Start,
    /// The first of the two bytes that determine the format.
    First(u8),
    Body(Decompress),
    End,
}

impl DeflateDecoder {
    /// Makes a decoder for one body.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Transform for DeflateDecoder {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        loop {
            match &mut self.state {
                State::Start => {
                    let Some(first) = input.split_off_first() else {
                        return Ok(());
                    };
                    self.state = State::First(*first);
                }
                State::First(first) => {
                    let Some(second) = input.split_off_first() else {
                        return Ok(());
                    };
                    let header = [*first, *second];
                    let mut inflate = Decompress::new(is_zlib(header));
                    // Two bytes inflate to far less than the block at which output pauses.
                    let ended = inflate_into(&mut inflate, Coding::Deflate, &mut &header[..], out)?;
                    self.state = if ended {
                        State::End
                    } else {
                        State::Body(inflate)
                    };
                }
                State::Body(inflate) => {
                    if !inflate_into(inflate, Coding::Deflate, input, out)? {
                        return Ok(());
                    }
                    self.state = State::End;
                }
                State::End => {
                    *input = &[];
                    return Ok(());
                }
            }
        }
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.state {
            State::Start | State::End => Ok(()),
            State::First(_) | State::Body(_) => Err(TransformError::Truncated {
                coding: Coding::Deflate.name(),
            }),
        }
    }
}

/// Returns whether these are the first bytes of the zlib format: method 8, a window of at most 32
/// KiB, and together a multiple of 31 (RFC 1950 §2.2). In bare deflate they would begin a stored
/// block with non-zero padding.
fn is_zlib([method, flags]: [u8; 2]) -> bool {
    method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]) % 31 == 0
}

/// Inflates until `input` is used up, the stream ends, or `out` has reached [`BLOCK`] bytes.
/// Returns whether the stream has ended.
pub(super) fn inflate_into(
    inflate: &mut Decompress,
    coding: Coding,
    input: &mut &[u8],
    out: &mut Vec<u8>,
) -> Result<bool, TransformError> {
    while out.len() < BLOCK {
        out.reserve(room(input, out));
        let before = inflate.total_in();
        let status = inflate
            .decompress_vec(input, out, FlushDecompress::None)
            .map_err(|error| TransformError::Corrupt {
                coding: coding.name(),
                reason: error.to_string(),
            })?;
        // The inflater consumes at most the length of the input, so the cast loses nothing.
        let consumed = (inflate.total_in() - before) as usize;
        *input = input.get(consumed..).unwrap_or_default();
        if status == Status::StreamEnd {
            return Ok(true);
        }
        if input.is_empty() && out.len() < out.capacity() {
            return Ok(false);
        }
    }
    Ok(false)
}
