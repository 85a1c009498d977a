//! A stream in the scripts of a Next.js page.

use super::base64::Decoder;
use super::calls::Calls;
use super::mapping::{Mapping, Target, feed};
use super::spelling::{Halt, JsonString};
use crate::map::{Public, UrlMap, UrlMapper};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// More bytes than one character is spelled with.
const CHARACTER: usize = 16;

/// Maps a page: what its calls add to the stream, and the HTML around that as texts of their own.
///
/// What is held when one call's text ends is put in front of the next one's: the client joins them anyway. A whole stream
/// ends with a line feed or a whole counted row, so nothing of it is held at the page's end.
pub(super) struct Inline {
    target: Target,
    stream: Mapping<JsonString>,
    calls: Calls,
    /// Maps the page from the last call's text on.
    page: UrlMapper,
    place: Place,
    /// The beginning of a character in a call's text.
    cut: Vec<u8>,
}

enum Place {
    /// Outside of calls.
    Page,
    /// Behind a call's bracket and so many bytes of its [`opening`], which have not been put out.
    Opening { base64: bool, seen: usize },
    /// In a call's text.
    Text,
    /// In a call's base64, which rows can be read from so far or not.
    Base64 { decoder: Decoder, valid: bool },
}

impl Inline {
    pub(super) fn new(urls: &UrlMap, public: &Public, limit: usize) -> Self {
        let target = Target::new(urls, public);
        Self {
            stream: Mapping::new(target.clone(), limit),
            calls: Calls::new(),
            page: target.mapper(),
            target,
            place: Place::Page,
            cut: Vec::new(),
        }
    }

    /// Maps HTML up to the next call, or a piece of it. Returns how much of the input it is, as all of these do.
    fn page(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, TransformError> {
        let mut piece = input.get(..BLOCK).unwrap_or(input);
        if let Some(end) = self.calls.find(piece) {
            piece = piece.get(..end).unwrap_or(piece);
            self.place = Place::Opening {
                base64: false,
                seen: 0,
            };
        }
        feed(&mut self.page, piece, out)?;
        Ok(piece.len())
    }

    /// Reads one byte of what may be the beginning of a call that adds to the stream.
    fn opening(
        &mut self,
        base64: bool,
        seen: usize,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<usize, TransformError> {
        let seen = seen + 1;
        self.place = match (seen, input.first()) {
            (1, Some(kind @ (b'1' | b'3'))) => Place::Opening {
                base64: *kind == b'3',
                seen,
            },
            (2, Some(b',')) => Place::Opening { base64, seen },
            (3, Some(b'"')) if base64 => {
                self.open_base64(out)?;
                Place::Base64 {
                    decoder: Decoder::default(),
                    valid: true,
                }
            }
            (3, Some(b'"')) => {
                feed(&mut self.page, opening(base64), out)?;
                self.end_page(out)?;
                Place::Text
            }
            _ => {
                let known = opening(base64).get(..seen - 1).unwrap_or_default();
                feed(&mut self.page, known, out)?;
                self.place = Place::Page;
                return Ok(0);
            }
        };
        Ok(1)
    }

    /// Opens a call with base64, which must come behind what is held: another call, which this one's first argument makes.
    fn open_base64(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.end_page(out)?;
        let mut held = Vec::new();
        self.stream.let_go(&mut held)?;
        if held.is_empty() {
            out.extend_from_slice(opening(true));
        } else {
            out.extend_from_slice(b"(");
            put_call(&held, out);
            out.extend_from_slice(b",3),\"");
        }
        Ok(())
    }

    /// Maps a piece of a call's text.
    fn text(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, TransformError> {
        // A character that was cut is read together with as much as makes it whole, what follows from the input itself.
        let mut joined = std::mem::take(&mut self.cut);
        let before = joined.len();
        let piece = if before == 0 {
            input.get(..BLOCK).unwrap_or(input)
        } else {
            joined.extend_from_slice(input.get(..CHARACTER).unwrap_or(input));
            &joined
        };
        let (read, halt) = self.stream.map(piece, out)?;
        match halt {
            Halt::Cut if piece.len() == before + input.len() => {
                self.cut = piece.get(read..).unwrap_or_default().to_vec();
                return Ok(input.len());
            }
            Halt::Cut => {}
            Halt::End => self.place = Place::Page,
            Halt::Invalid => {
                self.stream.lose(out)?;
                let known = piece.get(read..before).unwrap_or_default();
                self.stream.map_plain(known, out)?;
            }
        }
        Ok(read.saturating_sub(before))
    }

    /// Follows a piece of a call's base64, which is put out as it is.
    fn base64(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, TransformError> {
        let Place::Base64 { decoder, valid } = &mut self.place else {
            return Ok(0);
        };
        let piece = input.get(..BLOCK).unwrap_or(input);
        let mut bytes = Vec::with_capacity(piece.len());
        let read = decoder.decode(piece, &mut bytes);
        out.extend_from_slice(piece.get(..read).unwrap_or(piece));
        *valid = *valid && self.stream.follow(&bytes).is_ok();
        if let Some(end) = piece.get(read) {
            if !*valid || *end != b'"' {
                self.stream.lose(out)?;
            }
            self.place = Place::Page;
        }
        Ok(read)
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.page.finish(out)?;
        self.page = self.target.mapper();
        Ok(())
    }
}

impl Transform for Inline {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let read = match self.place {
                _ if self.stream.is_lost() => {
                    let piece = input.get(..BLOCK).unwrap_or(input);
                    self.stream.map_plain(piece, out)?;
                    piece.len()
                }
                Place::Page => self.page(input, out)?,
                Place::Opening { base64, seen } => self.opening(base64, seen, input, out)?,
                Place::Text => self.text(input, out)?,
                Place::Base64 { .. } => self.base64(input, out)?,
            };
            *input = input.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        if let Place::Opening { base64, seen } = self.place {
            let known = opening(base64).get(..seen).unwrap_or_default();
            feed(&mut self.page, known, out)?;
        }
        self.page.finish(out)?;
        if matches!(self.place, Place::Text) || self.stream.is_lost() {
            self.stream.finish(out)?;
            out.append(&mut self.cut);
            return Ok(());
        }
        // The stream is not whole, so a client has no use for its end; it gets it all the same. A policy that asks for a nonce
        // forbids this script, and nothing is lost by that. Where no element can stand, as in the script of the last call, the page
        // is cut off, and no browser runs what it was to add.
        let mut held = Vec::new();
        self.stream.finish(&mut held)?;
        if !held.is_empty() && self.calls.may_end() {
            out.extend_from_slice(b"<script>");
            put_call(&held, out);
            out.extend_from_slice(b"</script>");
        }
        Ok(())
    }
}

/// What stands between a call's bracket and its text or base64.
fn opening(base64: bool) -> &'static [u8] {
    if base64 { b"3,\"" } else { b"1,\"" }
}

/// Appends a call that adds `text` to the stream.
fn put_call(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"self.__next_f.push([1,\"");
    out.extend_from_slice(text);
    out.extend_from_slice(b"\"])");
}
