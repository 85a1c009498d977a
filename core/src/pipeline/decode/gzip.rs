//! `gzip` (RFC 9110 §8.4.1.3, RFC 1952).

use flate2::Decompress;

use super::deflate::inflate_into;
use crate::coding::Coding;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The first bytes of a member: its magic number, and deflate as its method (RFC 1952 §2.3.1).
const START: [u8; 3] = [0x1f, 0x8b, 8];

/// The flags that no member has (RFC 1952 §2.3.1.2).
const RESERVED: u8 = 0xe0;

/// The base-2 logarithm of the window in bytes, the largest that deflate allows.
const WINDOW_BITS: u8 = 15;

/// Decodes `gzip`: any number of members, verifying the checksum and the length of each. Ignores
/// bytes after a complete member that are no further member, be they zeros or anything else;
/// Chromium even ignores everything after the first member. Bytes that begin like a member are none
/// if they turn out to be corrupt before anything comes out of them.
#[derive(Debug)]
pub struct GzipDecoder {
    inflate: Decompress,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    /// In the first member.
    First,
    /// After a complete member and this many bytes of what may be another member.
    Between(usize),
    /// In what begins like another member.
    Further,
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

    /// Inflates a further member, and returns the state behind it; `None` if more input is needed.
    fn further(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<State>, TransformError> {
        match self.inflate(input, out) {
            Ok(ended) => Ok(ended.then_some(State::Between(0))),
            Err(_) if self.inflate.total_out() == 0 => Ok(Some(State::End)),
            Err(error) => Err(error),
        }
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
            self.state = match self.state {
                State::Start if input.is_empty() => return Ok(()),
                State::Start => State::First,
                State::First => match self.inflate(input, out)? {
                    true => State::Between(0),
                    false => return Ok(()),
                },
                // The inflater of the new member takes its first bytes only when `out` has room for
                // output.
                State::Between(_) if out.len() >= BLOCK => return Ok(()),
                State::Between(known) => match (input.split_off_first(), START.get(known)) {
                    (None, _) => return Ok(()),
                    (Some(byte), Some(expected)) if byte == expected => State::Between(known + 1),
                    (Some(flags), None) if flags & RESERVED == 0 => {
                        self.inflate = Decompress::new_gzip(WINDOW_BITS);
                        let [magic, more, method] = START;
                        self.further(&mut &[magic, more, method, *flags][..], out)?;
                        State::Further
                    }
                    (Some(_), _) => State::End,
                },
                State::Further => match self.further(input, out)? {
                    Some(state) => state,
                    None => return Ok(()),
                },
                State::End => {
                    *input = &[];
                    return Ok(());
                }
            };
        }
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.state {
            State::Start | State::Between(_) | State::End => Ok(()),
            // What begins like a member and ends early is more likely to be one that was cut.
            State::First | State::Further => Err(TransformError::Truncated {
                coding: Coding::Gzip.name(),
            }),
        }
    }
}
