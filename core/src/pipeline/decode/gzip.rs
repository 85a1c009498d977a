//! `gzip` (RFC 9110 §8.4.1.3, RFC 1952).

use flate2::Decompress;

use super::deflate::inflate_into;
use crate::coding::Coding;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The first two bytes of a member (RFC 1952 §2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The base-2 logarithm of the window in bytes, the largest that deflate allows.
const WINDOW_BITS: u8 = 15;

/// Decodes `gzip`: any number of members, verifying the checksum and the length of each. Ignores
/// bytes after a complete member that begin no further member, be they zeros or anything else;
/// Chromium even ignores everything after the first member.
#[derive(Debug)]
pub struct GzipDecoder {
    inflate: Decompress,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    Member,
    /// After a complete member.
    Between,
    /// After a complete member and the first byte of what may be another member.
    FirstMagic,
    /// After the last member.
    End,
}

impl GzipDecoder {
    /// Makes a decoder for one body.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inflate: Decompress::new_gzip(WINDOW_BITS),
            state: State::Start,
        }
    }

    fn inflate(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, TransformError> {
        inflate_into(&mut self.inflate, Coding::Gzip, input, out)
    }
}

impl Default for GzipDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Transform for GzipDecoder {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        loop {
            match self.state {
                State::Start => {
                    if input.is_empty() {
                        return Ok(());
                    }
                    self.state = State::Member;
                }
                State::Member => {
                    if !self.inflate(input, out)? {
                        return Ok(());
                    }
                    self.state = State::Between;
                }
                State::Between => {
                    let Some(&byte) = input.split_off_first() else {
                        return Ok(());
                    };
                    self.state = if byte == MAGIC[0] {
                        State::FirstMagic
                    } else {
                        State::End
                    };
                }
                // The inflater of the new member takes its first byte only when `out` has room for
                // output.
                State::FirstMagic if out.len() >= BLOCK => return Ok(()),
                State::FirstMagic => match input.first() {
                    None => return Ok(()),
                    Some(&byte) if byte == MAGIC[1] => {
                        self.inflate = Decompress::new_gzip(WINDOW_BITS);
                        self.inflate(&mut &MAGIC[..1], out)?;
                        self.state = State::Member;
                    }
                    Some(_) => self.state = State::End,
                },
                State::End => {
                    *input = &[];
                    return Ok(());
                }
            }
        }
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.state {
            State::Start | State::Between | State::FirstMagic | State::End => Ok(()),
            State::Member => Err(TransformError::Truncated {
                coding: Coding::Gzip.name(),
            }),
        }
    }
}
