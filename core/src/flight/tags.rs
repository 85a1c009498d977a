//! Reads whole tags at once, as pages have most of them.

use memchr::{memchr, memchr3};

use crate::html::syntax::is_whitespace;

/// A tag: the name, whether it is an end tag, and the length of all of it, but for its `<`.
pub(super) struct Whole<'a> {
    pub(super) name: &'a [u8],
    pub(super) end: bool,
    pub(super) len: usize,
}

/// The tag at the front of `text`, which is behind a `<`. `None` where there is none, it is not whole, or written in a way
/// that is better followed byte by byte.
pub(super) fn whole(text: &[u8]) -> Option<Whole<'_>> {
    let end = *text.first()? == b'/';
    let start = usize::from(end);
    let name = text.get(start..)?;
    if !name.first()?.is_ascii_alphabetic() {
        return None;
    }
    let name = name.get(..name.iter().position(|&byte| ends_name(byte))?)?;
    let mut at = start + name.len();
    loop {
        let rest = text.get(at..)?;
        let found = memchr3(b'>', b'"', b'\'', rest)?;
        let quote = *rest.get(found)?;
        if quote == b'>' {
            let len = at + found + 1;
            return Some(Whole { name, end, len });
        }
        // A quote is one where it stands right behind the `=` of an attribute's name, the first one.
        let before = rest.get(..found.checked_sub(1)?)?;
        let is_value = rest.get(before.len()) == Some(&b'=')
            && before.last().is_some_and(|&byte| !ends_name(byte))
            && memchr(b'=', before).is_none();
        if !is_value {
            return None;
        }
        at += found + 1;
        at += memchr(quote, text.get(at..)?)? + 1;
    }
}

fn ends_name(byte: u8) -> bool {
    is_whitespace(byte) || matches!(byte, b'/' | b'>')
}
