//! Finds what browsers run as a script in a page.

use memchr::{memchr, memchr2};

use super::element::{Kind, runs};
use crate::markup::Comment;
use crate::markup::syntax::ends_tag_name;
use crate::markup::tag::Tag;
use crate::markup::whole::{self, Whole};

/// More bytes than a script's start tag has in a page with calls. What a longer one opens is not taken for a script that runs.
const TAG: usize = 4096;

/// Follows the bytes of a page through the states of the tokenizer (HTML standard §13.2.5), however it is cut.
///
/// It knows of no tree. Where that would matter, in foreign content, text with a `<` could be a text or elements: from there on
/// nothing is taken for a script.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    at: At,
    /// What is behind the last `<`, in lower case, as far as it matters: a tag, or the start of a mark in a text.
    tag: Vec<u8>,
    /// The tag is an end tag.
    end: bool,
    kind: Kind,
    text: Text,
    /// How many of the elements in which text cannot be told are open, each.
    foreign: [usize; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    #[default]
    Data,
    /// `<`
    TagOpen,
    /// `</`
    EndTagOpen,
    /// `<!`
    Declaration,
    /// `<!-`
    DeclarationDash,
    Comment(Comment),
    /// A doctype, or what is a comment by accident, up to the next `>`.
    UpToGreaterThan,
    Tag(Tag),
    /// In an element's text.
    Text,
    /// Behind a `<` in it, and what `tag` holds.
    Mark,
    /// Behind all that can be told.
    Unknown,
}

/// The text of an element.
#[derive(Debug, Clone, Copy, Default)]
struct Text {
    /// The element's name.
    element: &'static [u8],
    /// It is a script that runs.
    runs: bool,
    escape: Escape,
}

/// Whether a script's end tag ends it (HTML standard §13.2.5.15 to 13.2.5.31).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Escape {
    #[default]
    None,
    /// Behind `<!--`, with so many dashes in a row before the next byte.
    Escaped(usize),
    /// The same, and behind `<script`.
    Double(usize),
}

impl Scripts {
    /// The front of a piece, at least one byte of it: its length, and whether all of it is inside of a script that runs.
    pub(super) fn next(&mut self, piece: &[u8]) -> (usize, bool) {
        let mut read = 0;
        while let Some((byte, rest)) = piece.get(read..).and_then(<[u8]>::split_first) {
            let skipped = match self.at {
                At::Data => data(*byte, rest),
                _ => self.indifferent(*byte, rest),
            };
            if skipped > 0 && self.in_script() {
                return if read > 0 {
                    (read, false)
                } else {
                    (skipped, true)
                };
            }
            if skipped > 0 {
                if matches!(self.at, At::Tag(_)) {
                    self.keep(piece.get(read..read + skipped).unwrap_or_default());
                }
                read += skipped;
            } else {
                self.at = self.step(*byte);
                read += 1;
            }
        }
        (read, false)
    }

    /// Whether the next byte would be one outside of all tags, comments and texts, as far as can be told.
    pub(super) fn in_data(&self) -> bool {
        self.at == At::Data
    }

    fn is_foreign(&self) -> bool {
        self.foreign != [0; 3]
    }

    fn in_script(&self) -> bool {
        self.at == At::Text && self.text.runs && self.text.escape == Escape::None
    }

    /// How many bytes at the front change nothing, at least.
    fn indifferent(&self, byte: u8, rest: &[u8]) -> usize {
        let up_to = |end: u8| match byte == end {
            true => 0,
            false => 1 + memchr(end, rest).unwrap_or(rest.len()),
        };
        match (self.at, self.text.escape) {
            (At::Text, Escape::None) if !self.is_foreign() => text(byte, rest),
            (At::Text, Escape::None) => up_to(b'<'),
            (At::Text, Escape::Escaped(0) | Escape::Double(0)) if !matches!(byte, b'<' | b'-') => {
                1 + memchr2(b'<', b'-', rest).unwrap_or(rest.len())
            }
            (At::Comment(Comment::Text), _) => up_to(b'-'),
            (At::UpToGreaterThan, _) => up_to(b'>'),
            (At::Tag(Tag::DoubleQuoted), _) => up_to(b'"'),
            (At::Tag(Tag::SingleQuoted), _) => up_to(b'\''),
            (At::Unknown, _) => 1 + rest.len(),
            _ => 0,
        }
    }

    fn step(&mut self, byte: u8) -> At {
        match self.at {
            At::Data if byte == b'<' => At::TagOpen,
            At::Data => At::Data,
            At::TagOpen => match byte {
                b'/' => At::EndTagOpen,
                b'!' => At::Declaration,
                b'?' => At::UpToGreaterThan,
                b'<' => At::TagOpen,
                _ if byte.is_ascii_alphabetic() => self.open_tag(false, byte),
                _ => At::Data,
            },
            At::EndTagOpen => match byte {
                b'>' => At::Data,
                _ if byte.is_ascii_alphabetic() => self.open_tag(true, byte),
                _ => At::UpToGreaterThan,
            },
            At::Declaration if byte == b'-' => At::DeclarationDash,
            // A CDATA section, if anything.
            At::Declaration if byte == b'[' && self.is_foreign() => At::Unknown,
            At::DeclarationDash if byte == b'-' => At::Comment(Comment::Start),
            At::Declaration | At::DeclarationDash | At::UpToGreaterThan => match byte {
                b'>' => At::Data,
                _ => At::UpToGreaterThan,
            },
            At::Comment(comment) => comment.next(byte).map_or(At::Data, At::Comment),
            At::Tag(tag) => self.tag(tag, byte),
            At::Text => self.text(byte),
            At::Mark => self.mark(byte),
            At::Unknown => At::Unknown,
        }
    }

    fn open_tag(&mut self, end: bool, byte: u8) -> At {
        self.tag.clear();
        self.end = end;
        self.kind = Kind::Other;
        self.tag(Tag::Name, byte)
    }

    fn tag(&mut self, state: Tag, byte: u8) -> At {
        let next = state.next(byte);
        if state == Tag::Name && next != Some(Tag::Name) {
            self.kind = Kind::of(&self.tag);
        }
        if next == Some(Tag::Name) {
            self.tag.push(byte.to_ascii_lowercase());
            self.tag.truncate(TAG);
        } else {
            self.keep(&[byte]);
        }
        match next {
            Some(next) => At::Tag(next),
            None => self.close_tag(state == Tag::SelfClosing),
        }
    }

    /// Keeps what follows on the name in a script's start tag.
    fn keep(&mut self, bytes: &[u8]) {
        if matches!(self.kind, Kind::Text(b"script")) && !self.end {
            let room = TAG.saturating_sub(self.tag.len());
            let bytes = bytes.get(..room).unwrap_or(bytes);
            self.tag.extend(bytes.iter().map(u8::to_ascii_lowercase));
        }
    }

    fn close_tag(&mut self, self_closing: bool) -> At {
        match (self.kind, self.end) {
            (Kind::Foreign(element), end) => {
                if let Some(open) = self.foreign.get_mut(element) {
                    *open = match end {
                        true => open.saturating_sub(1),
                        false => *open + usize::from(!self_closing),
                    };
                }
            }
            // It has either no content or all that follows.
            (Kind::Text(_) | Kind::Plaintext, false) if self_closing && self.is_foreign() => {
                return At::Unknown;
            }
            (Kind::Text(element), false) => {
                self.text = Text {
                    element,
                    runs: element == b"script" && !self.is_foreign() && runs(&self.tag),
                    escape: Escape::None,
                };
                return At::Text;
            }
            (Kind::Plaintext, false) => return At::Unknown,
            _ => {}
        }
        At::Data
    }

    fn text(&mut self, byte: u8) -> At {
        let dashes = |dashes: usize| if byte == b'-' { dashes + 1 } else { 0 };
        self.text.escape = match self.text.escape {
            Escape::Escaped(2..) | Escape::Double(2..) if byte == b'>' => Escape::None,
            Escape::Escaped(before) => Escape::Escaped(dashes(before)),
            Escape::Double(before) => Escape::Double(dashes(before)),
            Escape::None => Escape::None,
        };
        if byte == b'<' {
            self.tag.clear();
            At::Mark
        } else {
            At::Text
        }
    }

    fn mark(&mut self, byte: u8) -> At {
        let is_script = self.text.element == b"script";
        let ends_name = ends_tag_name(byte);
        let escape = self.text.escape;
        let is_end = self.tag.strip_prefix(b"/") == Some(self.text.element);
        if ends_name && is_end && !matches!(escape, Escape::Double(_)) {
            self.end = true;
            self.kind = Kind::Other;
            return Tag::Name.next(byte).map_or(At::Data, At::Tag);
        }
        if ends_name && is_end {
            self.text.escape = Escape::Escaped(0);
            return At::Text;
        }
        if ends_name && self.tag == b"script" && matches!(escape, Escape::Escaped(_)) {
            self.text.escape = Escape::Double(0);
            return At::Text;
        }
        self.tag.push(byte.to_ascii_lowercase());
        if let Some(name) = self.tag.strip_prefix(b"/")
            && self.text.element.starts_with(name)
        {
            return At::Mark;
        }
        if self.is_foreign() {
            return At::Unknown;
        }
        if is_script && self.tag == b"!--" && escape == Escape::None {
            self.text.escape = Escape::Escaped(2);
            return At::Text;
        }
        let goes_on = match escape {
            Escape::None => b"!--".starts_with(&self.tag),
            Escape::Escaped(_) => b"script".starts_with(&self.tag),
            Escape::Double(_) => false,
        };
        if is_script && goes_on {
            return At::Mark;
        }
        self.text(byte)
    }
}

/// How much at the front of a text no mark can begin in. A call contains no `<`, and does not start with these behind one.
fn text(byte: u8, rest: &[u8]) -> usize {
    let mut read = 0;
    let mut open = byte == b'<';
    loop {
        if !open {
            match memchr(b'<', rest.get(read..).unwrap_or_default()) {
                Some(found) => read += found + 1,
                None => return 1 + rest.len(),
            }
        }
        open = false;
        match rest.get(read) {
            Some(b' ' | b'=' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z') => {}
            _ => return read,
        }
    }
}

/// How much at the front of a piece outside of tags is text, or tags that change nothing.
fn data(byte: u8, rest: &[u8]) -> usize {
    let mut read = 0;
    let mut open = byte == b'<';
    loop {
        let text = rest.get(read..).unwrap_or_default();
        if !open {
            match memchr(b'<', text) {
                Some(found) => read += found + 1,
                None => return 1 + rest.len(),
            }
        }
        let text = rest.get(read..).unwrap_or_default();
        match whole::whole(text) {
            Some(tag) if changes_nothing(&tag) => read += tag.len,
            // Up to the `<`.
            _ => return read,
        }
        open = false;
    }
}

fn changes_nothing(tag: &Whole<'_>) -> bool {
    match Kind::of(tag.name) {
        Kind::Other => true,
        Kind::Text(_) | Kind::Plaintext => tag.end,
        Kind::Foreign(_) => false,
    }
}
