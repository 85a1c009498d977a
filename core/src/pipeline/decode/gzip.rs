//! `gzip` (RFC 9110 §8.4.1.3, RFC 1952).

use flate2::Decompress;

use super::deflate::inflate_into;
use crate::coding::Coding;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The two bytes that a member begins with (RFC 1952 §2.3.1).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The base-2 logarithm of the window in bytes, the greatest that deflate has.
const WINDOW_BITS: u8 = 15;

/// Decodes `gzip`: any number of members, the checksum and length of each verified. What follows a complete member and
/// is none is ignored, be it zeros or anything else; Chromium even ignores all that follows the first member.
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
    /// After a complete member and the first byte of what may be another one.
    FirstMagic,
    /// After the last member.
    End,
}

impl GzipDecoder {
    /// A decoder for one body.
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
                // The new member's inflater takes its first byte only while there is room for what it gives.
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
