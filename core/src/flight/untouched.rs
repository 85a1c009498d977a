//! Leaves payloads as they are, in place of the stages that map them: URL mapping alone would make
//! the lengths of their rows wrong.

use super::calls::Calls;
use super::feed::feed;
use crate::map::{BaseUrl, PageMapper, UrlMap, UrlMapper};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Leaves a body that is a payload as it is.
pub(super) struct Component;

impl Component {
    pub(super) fn new(_urls: &UrlMap, _public: &BaseUrl, _limit: usize) -> Self {
        Self
    }
}

impl Transform for Component {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let room = BLOCK.saturating_sub(out.len()).min(input.len());
        let (piece, rest) = input.split_at(room);
        out.extend_from_slice(piece);
        *input = rest;
        Ok(())
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), TransformError> {
        Ok(())
    }
}

/// Maps a page, but leaves each script as it is from the first call on that may add to the payload.
pub(super) struct Inline {
    urls: UrlMap,
    public: BaseUrl,
    /// Maps the page from the last such script on.
    page: UrlMapper,
    calls: Calls,
    /// Whether the next byte is behind a call in a script.
    in_script: bool,
}

impl Inline {
    pub(super) fn new(urls: &UrlMap, public: &BaseUrl, _limit: usize) -> Self {
        Self {
            urls: urls.clone(),
            public: public.clone(),
            page: urls.to(public),
            calls: Calls::new(),
            in_script: false,
        }
    }

    /// Maps a piece of the page up to the next call, and returns how much of the piece that is.
    fn page(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<usize, TransformError> {
        let call = self.calls.find(piece).map(|(end, _)| end);
        let piece = piece.get(..call.unwrap_or(piece.len())).unwrap_or(piece);
        feed(&mut self.page, piece, out)?;
        if call.is_some() {
            self.page.finish(out)?;
            self.page = self.urls.to(&self.public);
            self.in_script = true;
        }
        Ok(piece.len())
    }

    /// Copies a piece of a script up to where it may end, and returns how much of the piece that
    /// is.
    fn script(&mut self, piece: &[u8], out: &mut Vec<u8>) -> usize {
        let (len, has_ended) = self.calls.pass(piece);
        out.extend_from_slice(piece.get(..len).unwrap_or(piece));
        self.in_script = !has_ended;
        len
    }
}

impl Transform for Inline {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let piece = input.get(..BLOCK).unwrap_or(input);
            let read = match self.in_script {
                true => self.script(piece, out),
                false => self.page(piece, out)?,
            };
            *input = input.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.page.finish(out)
    }
}

impl PageMapper for Inline {
    fn pause(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.page.pause(out)
    }
}
