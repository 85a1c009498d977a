//! `zstd` (RFC 8878; as a content coding, RFC 9659).

use structured_zstd::decoding::{ContentChecksum, FrameDecoder};

use crate::coding::Coding;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The largest window that a frame of this coding may ask for, in bytes (RFC 9659 §3).
const MAX_WINDOW: u64 = 8 << 20;

/// The first bytes of a frame (RFC 8878 §3.1.1).
const MAGIC: [u8; 4] = 0xfd2f_b528_u32.to_le_bytes();

/// Decodes `zstd`: any number of frames, including skippable ones, verifying the checksum of each
/// frame that has one. Anything else after a frame is an error, as it is for Chromium. The content
/// of a block is put out with that block, and does not wait until it leaves the window. The decoder
/// takes up to twice the frame's window of memory.
pub struct ZstdDecoder {
    frame: FrameDecoder,
    state: State,
    /// The beginning of a header, block or checksum that is incomplete: at most a block, which is
    /// 128 KiB.
    pending: Vec<u8>,
}

enum State {
    /// Before a frame, or in its header.
    Header,
    Frame,
    /// In a skippable frame, with this number of bytes left.
    Skip(usize),
}

impl ZstdDecoder {
    /// Makes a decoder for one body.
    #[must_use]
    pub fn new() -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_content_checksum(ContentChecksum::Verify);
        Self {
            frame,
            state: State::Header,
            pending: Vec::new(),
        }
    }

    /// Reads the header of a frame. Returns `false` if more input is needed.
    fn header(&mut self, input: &mut &[u8]) -> Result<bool, TransformError> {
        if !gather(&mut self.pending, input, header_length) {
            return Ok(false);
        }
        if let Some(length) = skippable_length(&self.pending) {
            self.state = State::Skip(length);
        } else {
            self.frame
                .set_max_window_size(MAX_WINDOW)
                .map_err(corrupt)?;
            self.frame.reset(self.pending.as_slice()).map_err(corrupt)?;
            self.state = State::Frame;
        }
        self.pending.clear();
        Ok(true)
    }

    /// Decodes blocks until the frame ends. Returns `false` if more input is needed or `out` has
    /// reached [`BLOCK`] bytes.
    fn blocks(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, TransformError> {
        while out.len() < BLOCK {
            if self.frame.is_finished() && self.frame.can_collect() == 0 {
                self.state = State::Header;
                return Ok(true);
            }
            // A block that is complete in the input is decoded from there; a block that is cut is
            // joined first. Either is decoded alone and put out before anything is decoded behind
            // it, so that a fault costs nothing that stands before it.
            let needed = self.frame.input_needed(input);
            let direct = self.pending.is_empty() && needed <= input.len();
            let whole = direct
                || gather(&mut self.pending, input, |known| {
                    self.frame.input_needed(known)
                });
            if !whole && self.frame.can_collect() == 0 {
                return Ok(false);
            }
            let source = if self.frame.can_collect() > 0 {
                &[]
            } else if direct {
                input.get(..needed).unwrap_or_default()
            } else {
                self.pending.as_slice()
            };
            let written = out.len();
            out.resize(BLOCK, 0);
            let target = out.get_mut(written..).unwrap_or_default();
            let decoded = self.frame.decode_from_to(source, target);
            let produced = decoded.as_ref().map_or(0, |(_, produced)| *produced);
            out.truncate(written + produced);
            let (read, _) = decoded.map_err(corrupt)?;
            if whole && read == 0 && produced == 0 {
                return Err(corrupt("a block that is larger than its frame allows"));
            }
            if direct {
                *input = input.get(read..).unwrap_or_default();
            } else if read > 0 {
                self.pending.clear();
            }
        }
        Ok(false)
    }
}

impl Default for ZstdDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Transform for ZstdDecoder {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        loop {
            let goes_on = match self.state {
                State::Header => self.header(input)?,
                State::Frame => self.blocks(input, out)?,
                State::Skip(left) => {
                    let skipped = left.min(input.len());
                    *input = input.get(skipped..).unwrap_or_default();
                    self.state = match left - skipped {
                        0 => State::Header,
                        left => State::Skip(left),
                    };
                    skipped == left
                }
            };
            if !goes_on {
                return Ok(());
            }
        }
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.state {
            State::Header if self.pending.is_empty() => Ok(()),
            _ => Err(TransformError::Truncated {
                coding: Coding::Zstd.name(),
            }),
        }
    }
}

/// Moves input to `pending` until `needed` asks for no more bytes than `pending` has. Returns
/// `false` if the input does not suffice.
fn gather(pending: &mut Vec<u8>, input: &mut &[u8], needed: impl Fn(&[u8]) -> usize) -> bool {
    loop {
        let missing = needed(pending).saturating_sub(pending.len());
        if missing == 0 {
            return true;
        }
        if input.is_empty() {
            return false;
        }
        let (taken, rest) = input.split_at(missing.min(input.len()));
        pending.extend_from_slice(taken);
        *input = rest;
    }
}

/// Returns the length of a frame's header, as far as its first bytes tell (RFC 8878 §3.1.1.1,
/// §3.1.2). Returns 4 for bytes that begin no header, which the decoder then refuses.
fn header_length(known: &[u8]) -> usize {
    let (Some(magic), descriptor) = (known.first_chunk::<4>(), known.get(4)) else {
        return 4;
    };
    if is_skippable(*magic) {
        return 8;
    }
    if *magic != MAGIC {
        return 4;
    }
    let Some(descriptor) = descriptor else {
        return 5;
    };
    let single_segment = descriptor & 0x20 != 0;
    let window = if single_segment { 0 } else { 1 };
    let dictionary = match descriptor & 3 {
        3 => 4,
        length => usize::from(length),
    };
    let content_size = match descriptor >> 6 {
        0 => usize::from(single_segment),
        exponent => 1 << exponent,
    };
    5 + window + dictionary + content_size
}

/// Returns the length of the content of a skippable frame, if `header` is the header of such a
/// frame.
fn skippable_length(header: &[u8]) -> Option<usize> {
    let (magic, length) = header.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length.first_chunk::<4>()?);
    is_skippable(*magic).then_some(length as usize)
}

fn is_skippable(magic: [u8; 4]) -> bool {
    u32::from_le_bytes(magic) & 0xffff_fff0 == 0x184d_2a50
}

fn corrupt(reason: impl std::fmt::Display) -> TransformError {
    TransformError::Corrupt {
        coding: Coding::Zstd.name(),
        reason: reason.to_string(),
    }
}
