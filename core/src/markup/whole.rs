//! Whole tags, read at once: the way to read most of a page's tags fast.
#![expect(
    clippy::indexing_slicing,
    reason = "the table has a row for every state and an entry for every byte"
)]

use memchr::memchr;

use super::tag::Tag;

/// A tag.
pub(crate) struct Whole<'a> {
    pub(crate) name: &'a [u8],
    /// Whether it is an end tag.
    pub(crate) end: bool,
    /// Whether it is written as one without content.
    pub(crate) is_self_closing: bool,
    /// The length in bytes, without the `<`.
    pub(crate) len: usize,
}

/// What [`Tag::next`] returns of each state, for each byte.
static NEXT: [[Option<Tag>; 256]; Tag::ALL.len()] = {
    let mut table = [[None; 256]; Tag::ALL.len()];
    let mut index = 0;
    while index < table.len() {
        let state = Tag::ALL[index];
        let mut byte = 0;
        while byte < 256 {
            table[state as usize][byte] = state.next(byte as u8);
            byte += 1;
        }
        index += 1;
    }
    table
};

/// Returns the tag at the start of `text`, which stands after a `<`. Returns `None` if there is no
/// tag, or if its end is not in `text`.
pub(crate) fn whole(text: &[u8]) -> Option<Whole<'_>> {
    let end = *text.first()? == b'/';
    let start = usize::from(end);
    if !text.get(start)?.is_ascii_alphabetic() {
        return None;
    }
    let names = &NEXT[Tag::Name as usize];
    let mut at = start + 1;
    while names[usize::from(*text.get(at)?)] == Some(Tag::Name) {
        at += 1;
    }
    let name = text.get(start..at)?;
    let mut state = Tag::Name;
    loop {
        let byte = *text.get(at)?;
        at += 1;
        match NEXT[state as usize][usize::from(byte)] {
            None => {
                return Some(Whole {
                    name,
                    end,
                    is_self_closing: state == Tag::SelfClosing,
                    len: at,
                });
            }
            // Nothing but the quote ends a quoted value.
            Some(Tag::DoubleQuoted | Tag::SingleQuoted) => {
                at += memchr(byte, text.get(at..)?)? + 1;
                state = Tag::AfterQuoted;
            }
            Some(next) => state = next,
        }
    }
}
