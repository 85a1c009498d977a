//! Brings a fragment into the charset of its page.

use encoding_rs::{Decoder, Encoding};

use crate::html::encode_markup;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// A stage from one charset into another. A character that the other does not have becomes a
/// character reference, and so does each outside of ASCII where the other is not known.
pub(crate) struct Transcode {
    decoder: Decoder,
    to: Option<&'static Encoding>,
}

impl Transcode {
    pub(crate) fn new(from: &'static Encoding, to: Option<&'static Encoding>) -> Self {
        let decoder = from.new_decoder_with_bom_removal();
        Self { decoder, to }
    }

    fn decode(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        let most = self.decoder.max_utf8_buffer_length(bytes.len());
        let mut text = String::with_capacity(most.unwrap_or_default());
        // There is room for all of it.
        let _ = self.decoder.decode_to_string(bytes, &mut text, last);
        out.extend_from_slice(&encode_markup(&text, self.to));
    }
}

impl Transform for Transcode {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let (piece, rest) = input.split_at_checked(BLOCK / 4).unwrap_or((input, &[]));
            *input = rest;
            self.decode(piece, false, out);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.decode(&[], true, out);
        Ok(())
    }
}
