//! The search for the place of an element whose tag may be left out.

use super::syntax::BYTE_ORDER_MARK;
use super::tokens::{State, Tokens};

/// The search for a place in a document, however the document is cut.
#[derive(Debug, Default)]
pub(crate) struct Search<P> {
    start: Start,
    tokens: Tokens,
    place: P,
    holds: bool,
}

/// A place in a document that can be searched for.
pub(crate) trait Landmark {
    /// Says what `byte` means for the place. `before` is the tokenizer's state before it.
    fn judge(&mut self, before: State, byte: u8, tokens: &Tokens) -> Step;

    /// Returns whether the document may end where no token is open.
    fn may_end(&self) -> bool;
}

/// The meaning of one more byte for the place that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The byte, with any that were held back before it, comes before the place.
    Pass,
    /// The byte must be held back, with any before it: it may be of the tag that is looked for.
    Hold,
    /// The bytes that are held back and this one begin the element's own tag, or one that stands
    /// for it.
    Written,
    /// The parser opens the element before the first byte that is held back, or before this one
    /// if none is.
    Implied,
}

impl<P: Landmark> Search<P> {
    /// Reads the front of `bytes`, of which there is at least one. Returns its length, and what it
    /// means for the place.
    pub(crate) fn next(&mut self, bytes: &[u8]) -> (usize, Step) {
        let skipped = self.tokens.skip(bytes);
        if skipped > 0 {
            return (skipped, Step::Pass);
        }
        let Some(&byte) = bytes.first() else {
            return (0, Step::Pass);
        };
        let step = self.start.step(byte).unwrap_or_else(|| {
            let before = self.tokens.state();
            self.tokens.step(byte);
            self.place.judge(before, byte, &self.tokens)
        });
        self.holds = step == Step::Hold;
        (1, step)
    }

    /// Returns whether the document may end here so that the parser opens the element before the
    /// bytes that are held back, or, if none are, right here. It opens none inside of a comment or
    /// of a tag's attributes.
    pub(crate) fn may_end(&self) -> bool {
        self.place.may_end() && (self.holds || self.tokens.state() == State::Data)
    }

    /// Returns whether the next byte is in a tag.
    pub(crate) fn in_tag(&self) -> bool {
        matches!(self.tokens.state(), State::Tag(_))
    }

    pub(super) fn place(&self) -> &P {
        &self.place
    }
}

/// The start of a document, where a byte order mark may stand.
#[derive(Debug)]
struct Start {
    /// The number of bytes of the mark that were read, or `None` once the mark, or the lack of one,
    /// is behind.
    read: Option<usize>,
}

impl Start {
    /// Reads a byte of the mark. Returns `None` if the byte comes after it, or if there is none.
    fn step(&mut self, byte: u8) -> Option<Step> {
        let read = self.read.take()?;
        if BYTE_ORDER_MARK.get(read) != Some(&byte) {
            // Bytes that only began like a mark are text.
            return (read > 0).then_some(Step::Implied);
        }
        if read + 1 == BYTE_ORDER_MARK.len() {
            return Some(Step::Pass);
        }
        self.read = Some(read + 1);
        Some(Step::Hold)
    }
}

impl Default for Start {
    fn default() -> Self {
        Self { read: Some(0) }
    }
}

/// Returns the document with `^` where the search finds that the element is implied, or with `$`
/// before the tag of a written one, or as it is if the search finds neither.
#[cfg(test)]
pub(super) fn mark<P: Landmark + Default>(document: &str) -> String {
    let mut search = Search::<P>::default();
    let (mut at, mut held) = (0, 0);
    while at < document.len() {
        let (read, step) = search.next(&document.as_bytes()[at..]);
        let sign = match step {
            Step::Pass | Step::Hold => "",
            Step::Written => "$",
            Step::Implied => "^",
        };
        if !sign.is_empty() {
            let (before, behind) = document.split_at(at - held);
            return [before, sign, behind].concat();
        }
        held = if step == Step::Hold { held + read } else { 0 };
        at += read;
    }
    document.to_owned()
}

/// Returns what [`Search::may_end`] says after a document in which the place is not found.
#[cfg(test)]
pub(super) fn may_end_after<P: Landmark + Default>(document: &str) -> bool {
    assert_eq!(mark::<P>(document), document);
    let mut search = Search::<P>::default();
    let mut rest = document.as_bytes();
    while !rest.is_empty() {
        let (read, _) = search.next(rest);
        rest = &rest[read..];
    }
    search.may_end()
}
