//! `br` (RFC 7932).

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

use super::room::room;
use crate::coding::Coding;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Decodes `br`. Refuses "large window" streams, since RFC 7932 §9.1 limits the window to 16 MiB.
/// Ignores bytes after the end of the stream, as Chromium does (RFC 7932 knows no second stream).
pub struct BrDecoder {
    brotli: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    state: State,
}

enum State {
    Start,
    Body,
    End,
}

impl BrDecoder {
    /// Makes a decoder for one body.
    #[must_use]
    pub fn new() -> Self {
        Self {
            brotli: Box::new(BrotliState::new_strict(
                StandardAlloc::default(),
                StandardAlloc::default(),
                StandardAlloc::default(),
            )),
            state: State::Start,
        }
    }
}

impl Default for BrDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Transform for BrDecoder {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.state {
            State::Start if input.is_empty() => return Ok(()),
            State::Start | State::Body => self.state = State::Body,
            State::End => {
                *input = &[];
                return Ok(());
            }
        }
        while out.len() < BLOCK {
            let written = out.len();
            let mut available_out = room(input, out);
            out.resize(written + available_out, 0);
            let (mut available_in, mut read, mut end, mut total) = (input.len(), 0, written, 0);
            let result = BrotliDecompressStream(
                &mut available_in,
                &mut read,
                input,
                &mut available_out,
                &mut end,
                out,
                &mut total,
                &mut self.brotli,
            );
            out.truncate(end);
            *input = input.get(read..).unwrap_or_default();
            match result {
                // The decoder may ask for more input although some of its output has found no room
                // yet.
                BrotliResult::NeedsMoreInput if available_out > 0 => return Ok(()),
                BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultSuccess => {
                    self.state = State::End;
                    *input = &[];
                    return Ok(());
                }
                BrotliResult::ResultFailure => {
                    return Err(TransformError::Corrupt {
                        coding: Coding::Br.name(),
                        reason: format!("{:?}", self.brotli.error_code),
                    });
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.state {
            State::Start | State::End => Ok(()),
            State::Body => Err(TransformError::Truncated {
                coding: Coding::Br.name(),
            }),
        }
    }
}
