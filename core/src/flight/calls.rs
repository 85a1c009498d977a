//! Finds the calls in a page that may add to a stream of it.

#[cfg(feature = "flight")]
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use super::scripts::Scripts;

/// A stream in the scripts of a page, named by the array that they push it to, piece by piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Of Next.js: each piece is an array of a number and a string.
    Next,
    /// Of `rsc-html-stream`, which React Router, Waku and Parcel use: each piece is a string, or
    /// the bytes that a string gives.
    Data,
}

impl Stream {
    pub(super) const ALL: [Self; 2] = [Self::Next, Self::Data];

    /// Returns the name of the array, whatever the object is that has it: `self`, `window`.
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Next => b"__next_f",
            Self::Data => b"__FLIGHT_DATA",
        }
    }

    /// Returns the arguments of a call in front of a string of text, and in front of one of base64.
    #[cfg(feature = "flight")]
    pub(super) const fn arguments(self) -> (&'static [u8], &'static [u8]) {
        match self {
            Self::Next => (b"[1,", b"[3,"),
            Self::Data => (b"", b"Uint8Array.from(atob("),
        }
    }

    /// Returns the range of an expression in the arguments for base64 that is evaluated first.
    #[cfg(feature = "flight")]
    pub(super) const fn kind(self) -> Range<usize> {
        match self {
            Self::Next => 1..2,
            Self::Data => 0..b"Uint8Array".len(),
        }
    }

    /// Returns a call that pushes text: the code before the text, and the code behind it.
    #[cfg(feature = "flight")]
    pub(super) const fn call(self) -> (&'static [u8], &'static [u8]) {
        match self {
            Self::Next => (b"self.__next_f.push([1,\"", b"\"])"),
            Self::Data => (b"(self.__FLIGHT_DATA||=[]).push(\"", b"\")"),
        }
    }
}

/// One byte less than the longest name of a stream.
const REACH: usize = Stream::Data.name().len() - 1;

static NAMES: LazyLock<[(Stream, Finder<'static>); 2]> =
    LazyLock::new(|| Stream::ALL.map(|stream| (stream, Finder::new(stream.name()))));

/// The search for calls in the scripts of a page, wherever it is cut.
#[derive(Debug)]
pub(super) struct Calls {
    scripts: Scripts,
    /// The last bytes of the script that were searched, fewer than the longest name has.
    tail: Vec<u8>,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            scripts: Scripts::default(),
            tail: Vec::new(),
        }
    }

    /// Returns whether an element could be put behind what was searched.
    pub(super) fn may_end(&self) -> bool {
        self.scripts.in_data()
    }

    /// Searches the next piece of the page: the position in it behind the first name of a stream,
    /// and which it is. The search goes on from there, or behind what a call has for its text, or
    /// else behind the piece.
    pub(super) fn find(&mut self, piece: &[u8]) -> Option<(usize, Stream)> {
        let mut from = 0;
        while let Some(rest) = piece.get(from..).filter(|rest| !rest.is_empty()) {
            let (len, in_script) = self.scripts.next(rest);
            if in_script {
                if let Some((end, stream)) = self.search(rest.get(..len).unwrap_or(rest)) {
                    return Some((from + end, stream));
                }
            } else {
                self.tail.clear();
            }
            from += len;
        }
        None
    }

    /// Passes over a piece of a script that stays as it is, up to where the script may end. Returns
    /// its length, and whether the script has ended.
    pub(super) fn pass(&mut self, piece: &[u8]) -> (usize, bool) {
        let len = memchr(b'>', piece).map_or(piece.len(), |end| end + 1);
        let mut rest = piece.get(..len).unwrap_or(piece);
        while !rest.is_empty() {
            let (read, _) = self.scripts.next(rest);
            rest = rest.get(read..).unwrap_or_default();
        }
        self.tail.clear();
        (len, self.may_end())
    }

    /// Searches the next piece of one script.
    fn search(&mut self, piece: &[u8]) -> Option<(usize, Stream)> {
        let before = self.tail.len();
        self.tail
            .extend_from_slice(piece.get(..REACH).unwrap_or(piece));
        let first = |text: &[u8], gone: usize| {
            let ends = NAMES.iter().filter_map(|(stream, name)| {
                let end = name.find(text)? + stream.name().len();
                Some((end.checked_sub(gone)?, *stream))
            });
            ends.min_by_key(|(end, _)| *end)
        };
        let found = first(&self.tail, before).or_else(|| first(piece, 0));
        if found.is_some() {
            self.tail.clear();
        } else if let Some(last) = piece.len().checked_sub(REACH) {
            self.tail.clear();
            self.tail
                .extend_from_slice(piece.get(last..).unwrap_or_default());
        } else {
            let over = self.tail.len().saturating_sub(REACH);
            self.tail.drain(..over);
        }
        found
    }
}
