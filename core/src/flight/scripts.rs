//! Finds what browsers run as a script in a page.

use memchr::memchr;

use super::element::{INITIALS, foreign, runs};
use crate::markup::tag::Tag;
use crate::markup::text::{Escape, Mark, Text};
use crate::markup::{State, Tokens};

/// A length in bytes that no script's start tag has in a page with calls. A longer one is not taken
/// for that of a script that runs.
const TAG: usize = 4096;

/// Tells which bytes of a page are inside of scripts that run, however the page is cut.
///
/// It knows no tree. Where that would matter, in foreign content, text with a `<` could be a text
/// or elements: from there on nothing is taken for a script.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    tokens: Tokens,
    /// The start tag of a script, in lower case, from its name on.
    tag: Vec<u8>,
    /// Whether the current text is that of a script that runs.
    runs: bool,
    /// How many of each of the elements are open in which text cannot be told.
    foreign: [usize; 3],
    /// Whether nothing can be told any more.
    is_lost: bool,
}

/// The text of a script whose end tag ends it.
const SCRIPT: State = State::Text(Text {
    escape: Escape::None,
    mark: Mark::None,
});

impl Scripts {
    /// Reads the front of a piece, at least one byte of it. Returns its length, and whether all of
    /// it is inside of a script that runs.
    ///
    /// A `<` in a script and what may belong to a mark with it are not inside, unless they are
    /// skipped with what stands around them. No call is found or missed by that, as it contains no
    /// `<` and begins with none of the bytes that are skipped after one.
    pub(super) fn next(&mut self, piece: &[u8]) -> (usize, bool) {
        let mut read = 0;
        while let Some(rest @ [byte, ..]) = piece.get(read..) {
            let skipped = self.skip(rest);
            if skipped > 0 && self.in_script() {
                return if read > 0 {
                    (read, false)
                } else {
                    (skipped, true)
                };
            }
            if skipped > 0 {
                if matches!(self.tokens.state(), State::Tag(_)) {
                    self.keep(rest.get(..skipped).unwrap_or_default());
                }
                read += skipped;
            } else if let Some(len) = self.tag(rest) {
                read += len;
            } else {
                self.step(*byte);
                read += 1;
            }
        }
        (read, false)
    }

    /// Returns whether the next byte would stand outside of all tags, comments and texts, as far as
    /// can be told.
    pub(super) fn in_data(&self) -> bool {
        !self.is_lost && self.tokens.state() == State::Data
    }

    fn is_foreign(&self) -> bool {
        self.foreign != [0; 3]
    }

    fn in_script(&self) -> bool {
        self.runs && !self.is_lost && self.tokens.state() == SCRIPT
    }

    /// Returns how many bytes at the front change nothing, at least.
    fn skip(&self, bytes: &[u8]) -> usize {
        match self.tokens.state() {
            _ if self.is_lost => bytes.len(),
            // Each `<` counts.
            SCRIPT if self.is_foreign() => memchr(b'<', bytes).unwrap_or(bytes.len()),
            State::Data => Tokens::skip_data(bytes, &INITIALS, |name| foreign(name).is_none()),
            _ => self.tokens.skip(bytes),
        }
    }

    /// Reads the tag at the front of `bytes` at once, if it is whole. Returns its length.
    fn tag(&mut self, bytes: &[u8]) -> Option<usize> {
        let in_text = self.tokens.state() != State::Data;
        let tag = self.tokens.whole(bytes)?;
        let len = 1 + tag.len;
        if !in_text {
            self.tag.clear();
            self.keep(bytes.get(1..len).unwrap_or_default());
            self.close_tag(tag.is_self_closing);
        }
        Some(len)
    }

    fn step(&mut self, byte: u8) {
        match (self.tokens.state(), self.tokens.step(byte)) {
            (State::Tag(Tag::Name), State::Tag(Tag::Name)) => {}
            (State::Tag(tag), state) => {
                if tag == Tag::Name {
                    let name = *self.tokens.name();
                    self.tag.clear();
                    self.keep(&name);
                }
                self.keep(&[byte]);
                if !matches!(state, State::Tag(_)) {
                    self.close_tag(tag == Tag::SelfClosing);
                }
            }
            // A CDATA section, if anything.
            (State::MarkupDeclarationOpen, State::BogusComment) => {
                self.is_lost = byte == b'[' && self.is_foreign();
            }
            (State::Text(before), State::Text(text)) if before.mark != Mark::None => {
                let may_be_end = matches!(text.mark, Mark::EndTagOpen | Mark::EndTagName);
                self.is_lost = self.is_foreign() && !may_be_end;
            }
            _ => {}
        }
    }

    /// Returns whether the last tag is the start tag of a script.
    fn is_of_script(&self) -> bool {
        !self.tokens.is_end_tag() && **self.tokens.name() == *b"script"
    }

    /// Keeps more of the tag if it is the start tag of a script.
    fn keep(&mut self, bytes: &[u8]) {
        if self.is_of_script() {
            let room = TAG.saturating_sub(self.tag.len());
            let bytes = bytes.get(..room).unwrap_or(bytes);
            self.tag.extend(bytes.iter().map(u8::to_ascii_lowercase));
        }
    }

    fn close_tag(&mut self, is_self_closing: bool) {
        let is_end_tag = self.tokens.is_end_tag();
        let element = foreign(self.tokens.name());
        if let Some(open) = element.and_then(|element| self.foreign.get_mut(element)) {
            *open = match is_end_tag {
                true => open.saturating_sub(1),
                false => *open + usize::from(!is_self_closing),
            };
        } else if self.tokens.state() != State::Data {
            // In foreign content, the element has no content where HTML's has all that follows.
            self.is_lost = is_self_closing && self.is_foreign();
            self.runs = self.is_of_script() && !self.is_foreign() && runs(&self.tag);
        }
    }
}
