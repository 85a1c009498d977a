//! The states of the text of an element.

use memchr::{memchr, memchr2};

use super::name::TagName;
use super::syntax::ends_tag_name;

/// A state of an element's text (HTML standard §13.2.5.2 to 13.2.5.4 and 13.2.5.9 to 13.2.5.31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) escape: Escape,
    pub(crate) mark: Mark,
}

/// Whether a comment in a script keeps its end tag from ending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    None,
    /// After `<!--`: the end tag ends the script.
    Escaped,
    /// After a `<script` in that: the end tag ends only this state.
    DoubleEscaped,
}

/// The last bytes of a text, as far as they may belong to a mark that changes how it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    /// `<`
    LessThan,
    /// `</`
    EndTagOpen,
    /// `</` and the start of the element's name
    EndTagName,
    /// `<` and the start of `script`, where that doubles the escape
    TagName,
    /// `<!`, where it may begin an escape
    EscapeStart,
    /// `<!-`
    EscapeStartDash,
    /// `-` in an escape
    Dash,
    /// `--` in an escape, or more
    DashDash,
}

impl Text {
    /// The state at the start of a text.
    pub(super) const START: Self = Self {
        escape: Escape::None,
        mark: Mark::None,
    };

    /// Returns the state after `byte`, or `None` if the byte ends the name of the end tag that ends
    /// the text. `element` is the name of the text's element, `name` gets that of a tag in the
    /// text.
    pub(super) fn next(self, byte: u8, element: &TagName, name: &mut TagName) -> Option<Self> {
        let Self { escape, mark } = self;
        let (escape, mark) = match (mark, byte) {
            (Mark::EndTagName, _) if ends_tag_name(byte) && name == element => match escape {
                Escape::DoubleEscaped => (Escape::Escaped, Mark::None),
                Escape::None | Escape::Escaped => return None,
            },
            (Mark::TagName, _) if ends_tag_name(byte) && **name == *b"script" => {
                (Escape::DoubleEscaped, Mark::None)
            }
            (Mark::EndTagOpen | Mark::EndTagName, _) if name.extends_to(byte, element) => {
                (escape, Mark::EndTagName)
            }
            (Mark::TagName, _) if name.extends_to(byte, b"script") => (escape, Mark::TagName),
            (Mark::LessThan, b'/') => {
                name.clear();
                (escape, Mark::EndTagOpen)
            }
            (Mark::LessThan, b's' | b'S') if escape == Escape::Escaped => {
                name.clear();
                name.push(byte);
                (escape, Mark::TagName)
            }
            (Mark::LessThan, b'!') if escape == Escape::None && **element == *b"script" => {
                (escape, Mark::EscapeStart)
            }
            (Mark::EscapeStart, b'-') => (escape, Mark::EscapeStartDash),
            (Mark::EscapeStartDash, b'-') => (Escape::Escaped, Mark::DashDash),
            (Mark::DashDash, b'>') => (Escape::None, Mark::None),
            (Mark::Dash | Mark::DashDash, b'-') => (escape, Mark::DashDash),
            (_, b'-') if escape != Escape::None => (escape, Mark::Dash),
            (_, b'<') => (escape, Mark::LessThan),
            _ => (escape, Mark::None),
        };
        Some(Self { escape, mark })
    }

    /// Returns how many bytes at the front of `bytes` lead back to this state, at least.
    ///
    /// A `<` is among them only before white space, `=`, a digit or a letter, which is how most
    /// stand that begin no mark.
    pub(super) fn skip(self, bytes: &[u8]) -> usize {
        match (self.escape, self.mark) {
            (Escape::None, Mark::None) => plain(bytes),
            (_, Mark::None) => memchr2(b'<', b'-', bytes).unwrap_or(bytes.len()),
            _ => 0,
        }
    }
}

/// Returns how many bytes at the front of a text outside of escapes begin no mark.
fn plain(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr(b'<', bytes.get(at..).unwrap_or_default()) {
        at += found;
        match bytes.get(at + 1) {
            Some(b' ' | b'=' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') => at += 2,
            _ => return at,
        }
    }
    bytes.len()
}
