//! HTML's tokenizer, as far as it must be followed to tell tags, comments and text apart.

use memchr::memchr;

use super::comment::Comment;
use super::elements::Content;
use super::initials::Initials;
use super::name::TagName;
use super::skim::skim;
use super::tag::Tag;
use super::text::Text;
use super::whole::{self, Whole};

/// Follows the bytes of a page through the states of the tokenizer (HTML standard §13.2.5), however
/// the page is cut.
///
/// It knows no tree: it takes each element for HTML's, so that a `<![CDATA[` begins a comment and a
/// `<title>` a text also where they stand in an `svg` element.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    state: State,
    /// The name of the last tag, as far as it was read.
    name: TagName,
    is_end_tag: bool,
    /// The name of the element that the text is of.
    element: TagName,
}

/// A state of the tokenizer, or several that are left by the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum State {
    #[default]
    Data,
    /// `<`
    TagOpen,
    /// `</`
    EndTagOpen,
    /// `<!`
    MarkupDeclarationOpen,
    /// `<!-`
    MarkupDeclarationDash,
    /// A doctype, or a comment that is not written as one: either ends at the next `>`.
    BogusComment,
    Comment(Comment),
    Tag(Tag),
    /// In the content of an element that is no markup.
    Text(Text),
    /// In text that nothing ends.
    Plaintext,
}

impl State {
    /// Returns whether it is open, from a `<` on, which kind of token begins.
    pub(crate) fn is_open(self) -> bool {
        matches!(
            self,
            Self::TagOpen
                | Self::EndTagOpen
                | Self::MarkupDeclarationOpen
                | Self::MarkupDeclarationDash
        )
    }
}

impl Tokens {
    /// Reads a byte. Returns the state after it.
    pub(crate) fn step(&mut self, byte: u8) -> State {
        self.state = match self.state {
            State::Data if byte == b'<' => State::TagOpen,
            State::Data => State::Data,
            State::TagOpen => match byte {
                b'<' => State::TagOpen,
                b'/' => State::EndTagOpen,
                b'!' => State::MarkupDeclarationOpen,
                b'?' => State::BogusComment,
                _ if byte.is_ascii_alphabetic() => self.open_tag(byte, false),
                _ => State::Data,
            },
            State::EndTagOpen => match byte {
                b'>' => State::Data,
                _ if byte.is_ascii_alphabetic() => self.open_tag(byte, true),
                _ => State::BogusComment,
            },
            State::MarkupDeclarationOpen if byte == b'-' => State::MarkupDeclarationDash,
            State::MarkupDeclarationDash if byte == b'-' => State::Comment(Comment::Start),
            State::MarkupDeclarationOpen | State::MarkupDeclarationDash | State::BogusComment => {
                match byte {
                    b'>' => State::Data,
                    _ => State::BogusComment,
                }
            }
            State::Comment(comment) => comment.next(byte).map_or(State::Data, State::Comment),
            State::Tag(tag) => self.tag(tag, byte),
            State::Text(text) => match text.next(byte, &self.element, &mut self.name) {
                Some(text) => State::Text(text),
                None => {
                    self.is_end_tag = true;
                    self.tag(Tag::Name, byte)
                }
            },
            State::Plaintext => State::Plaintext,
        };
        self.state
    }

    /// Reads the tag at the front of `bytes` at once, if it is whole and the state is
    /// [`State::Data`], or if it ends a text.
    pub(crate) fn whole<'a>(&mut self, bytes: &'a [u8]) -> Option<Whole<'a>> {
        let (b'<', text) = bytes.split_first()? else {
            return None;
        };
        match self.state {
            State::Data => {}
            State::Text(Text::START) if text.first() == Some(&b'/') => {}
            _ => return None,
        }
        let tag = whole::whole(text)?;
        if self.state == State::Data {
            self.name = TagName::of(tag.name);
        } else if tag.name.eq_ignore_ascii_case(&self.element) {
            self.name = self.element;
        } else {
            return None;
        }
        self.is_end_tag = tag.end;
        self.state = if tag.end { State::Data } else { self.content() };
        Some(tag)
    }

    /// Returns how many bytes at the front of `bytes` lead back to the current state, at least, but
    /// for the state [`State::Data`]: [`Self::skip_data`] is for that.
    #[inline]
    pub(crate) fn skip(&self, bytes: &[u8]) -> usize {
        let up_to = |end: u8| memchr(end, bytes).unwrap_or(bytes.len());
        match self.state {
            State::BogusComment => up_to(b'>'),
            State::Comment(Comment::Text) => up_to(b'-'),
            State::Tag(Tag::DoubleQuoted) => up_to(b'"'),
            State::Tag(Tag::SingleQuoted) => up_to(b'\''),
            State::Text(text) => text.skip(bytes),
            State::Plaintext => bytes.len(),
            _ => 0,
        }
    }

    /// Returns how many bytes at the front of `bytes` lead back to [`State::Data`] from there, at
    /// least.
    ///
    /// Whole tags are among them if `is_idle` says of their names that they mean nothing to the
    /// caller. It is asked for names with one of the `initials` only, and such names do not become
    /// [`Self::name`].
    pub(crate) fn skip_data(
        bytes: &[u8],
        initials: &Initials,
        is_idle: impl Fn(&[u8]) -> bool,
    ) -> usize {
        skim(bytes, initials, is_idle)
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Returns the name of the last tag, or as much of it as was read.
    pub(crate) fn name(&self) -> &TagName {
        &self.name
    }

    /// Returns the name of the element that the current text is of.
    #[cfg(test)]
    pub(super) fn element(&self) -> &TagName {
        &self.element
    }

    /// Returns whether the last tag is an end tag.
    pub(crate) fn is_end_tag(&self) -> bool {
        self.is_end_tag
    }

    fn open_tag(&mut self, byte: u8, is_end_tag: bool) -> State {
        self.is_end_tag = is_end_tag;
        self.name.clear();
        self.tag(Tag::Name, byte)
    }

    fn tag(&mut self, tag: Tag, byte: u8) -> State {
        match tag.next(byte) {
            Some(Tag::Name) => {
                self.name.push(byte);
                State::Tag(Tag::Name)
            }
            Some(tag) => State::Tag(tag),
            None if self.is_end_tag => State::Data,
            None => self.content(),
        }
    }

    /// Enters the content of the element whose start tag has just ended.
    fn content(&mut self) -> State {
        match Content::of(&self.name) {
            Content::Markup => State::Data,
            Content::Text | Content::Script => {
                self.element = self.name;
                State::Text(Text::START)
            }
            Content::Plaintext => State::Plaintext,
        }
    }
}
