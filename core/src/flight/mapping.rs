//! Maps the URLs of a stream, row by row.

use std::marker::PhantomData;

use super::feed::feed;
use super::rows::{Part, Rows};
use super::spelling::{Bytes, Halt, Spelling};
use crate::map::{BaseUrl, UrlMap, UrlMapper};
use crate::pipeline::{Transform, TransformError};

/// The progress of [`Mapping::map`]: the number of bytes that it read, and why it did not read the
/// next one.
pub(super) type Read = (usize, Halt);

/// The mapping of one stream, whose characters are spelled as `S` says.
pub(super) struct Mapping<S> {
    target: MappedUrls,
    /// The most bytes of a text that are held.
    limit: usize,
    rows: Rows,
    /// Maps the lines.
    lines: UrlMapper,
    /// A header that is not whole, or a text with its header.
    held: Vec<u8>,
    /// The text in `held`, if that is one.
    text: Option<HeldText>,
    /// The start of the header at hand has been put out.
    started: bool,
    /// The stream is no flight, from some place on.
    lost: bool,
    spelling: PhantomData<fn() -> S>,
}

/// A text that is held.
#[derive(Debug, Clone, Copy)]
struct HeldText {
    /// The length of its header.
    header: usize,
    /// The number of bytes that the text is to have in the stream.
    size: usize,
}

/// The URLs that are mapped, and those that take their places.
#[derive(Debug, Clone)]
pub(super) struct MappedUrls {
    urls: UrlMap,
    public: BaseUrl,
}

impl MappedUrls {
    pub(super) fn new(urls: &UrlMap, public: &BaseUrl) -> Self {
        Self {
            urls: urls.clone(),
            public: public.clone(),
        }
    }

    /// Maps one text, as it streams.
    pub(super) fn mapper(&self) -> UrlMapper {
        self.urls.to(&self.public)
    }
}

impl<S: Spelling> Mapping<S> {
    pub(super) fn new(target: MappedUrls, limit: usize) -> Self {
        Self {
            lines: target.mapper(),
            target,
            limit,
            rows: Rows::new(),
            held: Vec::new(),
            text: None,
            started: false,
            lost: false,
            spelling: PhantomData,
        }
    }

    /// Returns whether the rows cannot be followed any more. Everything after that is mapped as
    /// plain text.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Reads a piece of input, which is not much longer than a
    /// [`BLOCK`](crate::pipeline::BLOCK).
    pub(super) fn map(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<Read, TransformError> {
        let mut read = 0;
        loop {
            let rest = input.get(read..).unwrap_or_default();
            match self.rows.next::<S>(rest) {
                Ok((len, part)) => {
                    self.part(part, rest.get(..len).unwrap_or_default(), out)?;
                    read += len;
                }
                Err(halt) => return Ok((read, halt)),
            }
        }
    }

    fn part(&mut self, part: Part, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        match (part, self.text) {
            (Part::Header, _) => self.held.extend_from_slice(bytes),
            (Part::LineHeader, _) => {
                self.held.extend_from_slice(bytes);
                self.started = false;
                feed(&mut self.lines, &self.held, out)?;
                self.held.clear();
            }
            (Part::TextHeader { .. } | Part::BinaryHeader, _) => {
                self.held.extend_from_slice(bytes);
                self.end_lines(out)?;
                self.counted(part, out);
                self.started = false;
            }
            (Part::Line, _) => feed(&mut self.lines, bytes, out)?,
            (Part::Text { end }, Some(text)) => self.content(text, bytes, end, out),
            (Part::Text { .. } | Part::Binary, _) => out.extend_from_slice(bytes),
        }
        Ok(())
    }

    /// Reads on behind the header of a counted row, which is held.
    fn counted(&mut self, part: Part, out: &mut Vec<u8>) {
        match part {
            Part::TextHeader { size } if size > self.limit => self.warn_of_limit(),
            Part::TextHeader { size: size @ 1.. } if !self.started => {
                let header = self.held.len();
                self.text = Some(HeldText { header, size });
                return;
            }
            _ => {}
        }
        out.append(&mut self.held);
    }

    /// Reads more of a text that is held behind its header.
    fn content(&mut self, text: HeldText, bytes: &[u8], end: bool, out: &mut Vec<u8>) {
        self.held.extend_from_slice(bytes);
        if self.held.len() - text.header > self.limit {
            self.warn_of_limit();
            self.text = None;
            out.append(&mut self.held);
        } else if end {
            self.text = None;
            self.put_text(text, out);
        }
    }

    /// Puts out the text that is held, mapped. Of one that is not whole as much is missing as
    /// before.
    fn put_text(&mut self, text: HeldText, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let (header, content) = held.split_at_checked(text.header).unwrap_or_default();
        let mapped = self.target.urls.map_bytes(&self.target.public, content);
        let (len, mapped_size) = S::counted(&mapped, usize::MAX);
        let size = text.size.saturating_add(mapped_size);
        let size = size.saturating_sub(S::counted(content, usize::MAX).1);
        let tag = header.iter().rposition(|&byte| byte == b'T');
        match tag.and_then(|tag| header.get(..=tag)) {
            Some(tag) if len == mapped.len() && size != text.size => {
                out.extend_from_slice(tag);
                out.extend_from_slice(format!("{size:x},").as_bytes());
                out.extend_from_slice(&mapped);
            }
            _ if len == mapped.len() => {
                out.extend_from_slice(header);
                out.extend_from_slice(&mapped);
            }
            // It cannot be counted any more: mapping is not expected to do that.
            _ => out.extend_from_slice(&held),
        }
    }

    /// Puts out all that is held where the stream ends. A text that is cut off there is mapped as
    /// one that is whole.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        if let Some(text) = self.text.take() {
            self.put_text(text, out);
        }
        self.let_go(out)
    }

    /// Follows bytes of the stream that are put out elsewhere. Nothing must be held.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), Halt> {
        let mut read = 0;
        loop {
            match self
                .rows
                .next::<Bytes>(bytes.get(read..).unwrap_or_default())
            {
                Ok((len, _)) => read += len,
                Err(Halt::Invalid) => return Err(Halt::Invalid),
                Err(Halt::Cut | Halt::End) => break,
            }
        }
        self.started = self.rows.in_header();
        Ok(())
    }

    /// Puts out all that is held, as it is: what follows on it cannot be changed.
    pub(super) fn let_go(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.end_lines(out)?;
        out.append(&mut self.held);
        self.text = None;
        self.started = self.rows.in_header();
        Ok(())
    }

    /// Gives the rows up: what is held and all that comes is mapped as plain text.
    pub(super) fn lose(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        tracing::warn!(
            "React's flight rows cannot be followed: their lengths stay as they are from here on"
        );
        self.lost = true;
        self.text = None;
        let held = std::mem::take(&mut self.held);
        feed(&mut self.lines, &held, out)
    }

    /// Maps a piece of plain text, once the rows are lost.
    pub(super) fn map_plain(
        &mut self,
        piece: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), TransformError> {
        feed(&mut self.lines, piece, out)
    }

    /// Puts out what is held of a line, or of plain text.
    pub(super) fn end_lines(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.lines.finish(out)?;
        self.lines = self.target.mapper();
        Ok(())
    }

    fn warn_of_limit(&self) {
        tracing::warn!(
            limit = self.limit,
            "a text row of React's flight is over the limit: its URLs are not mapped"
        );
    }
}
