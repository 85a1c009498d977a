//! The mapping of one response: the stage that streams.

use std::sync::Arc;

use super::escape::Writer;
use super::origin::BaseUrl;
use super::pattern::{Match, Patterns};
use super::text::{Behind, Stop, Text};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Maps the URLs of one response. Made by [`UrlMap::to`](super::UrlMap::to).
///
/// What it holds back from one [`Transform::push`] to the next is a URL's beginning at the very end of the input, so at
/// most as much as the longest URL up to its path, or its base, with every character escaped: some 600 bytes and 32 for each
/// byte of host and base.
#[derive(Debug)]
pub struct UrlMapper {
    rewriter: Rewriter,
    /// The input's last bytes before `held`.
    behind: Behind,
    /// Input that can be the beginning of a match.
    held: Vec<u8>,
}

impl UrlMapper {
    pub(super) fn new(rewriter: Rewriter) -> Self {
        Self {
            rewriter,
            behind: Behind::default(),
            held: Vec::new(),
        }
    }

    /// Maps a piece of input, all of which is searched at once. Returns how much of it was taken.
    fn piece(&mut self, piece: &[u8], out: &mut Vec<u8>) -> usize {
        let mut from = 0;
        if !self.held.is_empty() {
            // What is held is decided together with as much as that can take, so that the rest need not be copied.
            let held = self.held.len();
            let joined = piece
                .get(..self.rewriter.patterns.longest())
                .unwrap_or(piece);
            self.held.extend_from_slice(joined);
            let decided = self
                .rewriter
                .map(&text(self.behind, &self.held, false), 0, out);
            let Some(beyond) = decided.checked_sub(held) else {
                self.behind = self
                    .behind
                    .followed_by(self.held.get(..decided).unwrap_or_default());
                self.held.drain(..decided);
                return joined.len();
            };
            self.behind = self
                .behind
                .followed_by(self.held.get(..held).unwrap_or_default());
            self.held.clear();
            from = beyond;
        }
        let decided = self
            .rewriter
            .map(&text(self.behind, piece, false), from, out);
        let (gone, open) = piece.split_at_checked(decided).unwrap_or((piece, &[]));
        self.behind = self.behind.followed_by(gone);
        self.held.extend_from_slice(open);
        piece.len()
    }
}

impl Transform for UrlMapper {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let taken = self.piece(input.get(..BLOCK).unwrap_or(input), out);
            *input = input.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.rewriter
            .map(&text(self.behind, &self.held, true), 0, out);
        self.held.clear();
        Ok(())
    }
}

pub(super) fn text(behind: Behind, bytes: &[u8], last: bool) -> Text<'_> {
    Text {
        behind,
        bytes,
        last,
    }
}

/// Where the next match is.
enum Next {
    Match(Match),
    /// What starts here is undecided, what is before it is no match.
    Open(usize),
    /// There is none.
    Never,
}

/// The origins' patterns and what to put in the place of a match.
#[derive(Debug, Clone)]
pub(super) struct Rewriter {
    pub(super) patterns: Arc<Patterns>,
    pub(super) public: BaseUrl,
}

impl Rewriter {
    /// Whether a whole text has a match.
    pub(super) fn matches(&self, text: &Text<'_>) -> bool {
        matches!(self.next(text, 0), Next::Match(_))
    }

    /// Appends the text from `from`, mapped, as far as it is decided; returns up to where that is.
    pub(super) fn map(&self, text: &Text<'_>, mut from: usize, out: &mut Vec<u8>) -> usize {
        let copy = |from: usize, to: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(text.bytes.get(from..to).unwrap_or_default());
        };
        loop {
            match self.next(text, from) {
                Next::Match(url) => {
                    copy(from, url.range.start, out);
                    self.replace(text, &url, out);
                    from = url.range.end;
                }
                Next::Open(to) => {
                    copy(from, to, out);
                    return to;
                }
                Next::Never => {
                    copy(from, text.bytes.len(), out);
                    return text.bytes.len();
                }
            }
        }
    }

    /// The match with the earliest start at or after `from`.
    fn next(&self, text: &Text<'_>, mut from: usize) -> Next {
        let end = text.bytes.len();
        // Every match contains what the finder looks for; what the text's end cuts off need not.
        while from < end {
            let found = self.patterns.finder.next(text.bytes, from);
            let to = match found {
                Some(position) => position + 1,
                None if text.last => return Next::Never,
                None => end,
            };
            for start in self.patterns.earliest(text, from, to)..to {
                match self.patterns.at(text, start) {
                    Ok(url) => return Next::Match(url),
                    Err(Stop::More) => return Next::Open(start),
                    Err(Stop::No) => {}
                }
            }
            from = to;
        }
        Next::Never
    }

    /// Appends the public URL in the escaping of the match.
    fn replace(&self, text: &Text<'_>, url: &Match, out: &mut Vec<u8>) {
        let Some(origin) = self.patterns.origins.get(url.origin) else {
            return;
        };
        let bytes =
            |range: &std::ops::Range<usize>| text.bytes.get(range.clone()).unwrap_or_default();
        let public = origin.public.as_ref().unwrap_or(&self.public);
        match url.websocket {
            Some(true) => out.extend_from_slice(public.scheme().websocket().as_bytes()),
            Some(false) => out.extend_from_slice(public.scheme().as_str().as_bytes()),
            None => {}
        }
        out.extend_from_slice(bytes(&url.between));
        let before = text.before(url.between.end);
        let mut writer = Writer::new(out, before.map(|before| before.spelling));
        let colon = || match &url.colon {
            Some(colon) => bytes(colon).to_vec(),
            None => url.slash.colon_beside(),
        };
        let is_mark = |byte: u8| byte == b':' || byte == b'.' && url.dot.is_some();
        let authority = public.authority().as_bytes();
        for part in authority.chunk_by(|&a, &b| !is_mark(a) && !is_mark(b)) {
            match (part, &url.dot) {
                (b":", _) => writer.spelled(&colon()),
                (b".", Some(dot)) => writer.spelled(bytes(dot)),
                _ => writer.plain(part),
            }
        }
        let path = if url.path { origin.path.as_str() } else { "" };
        for segment in path.split('/').skip(1) {
            writer.spelled(url.slash.as_bytes());
            writer.plain(segment.as_bytes());
        }
        writer.finish();
    }
}
