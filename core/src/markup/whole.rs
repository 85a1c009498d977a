//! Whole tags, read at once: the way to read most of a page's tags fast.

use memchr::{memchr, memchr3};

use super::syntax::ends_tag_name;

/// A tag.
pub(crate) struct Whole<'a> {
    pub(crate) name: &'a [u8],
    /// Whether it is an end tag.
    pub(crate) end: bool,
    /// The length in bytes, without the `<`.
    pub(crate) len: usize,
}

/// Returns the tag at the start of `text`, which stands after a `<`. Returns `None` if there is no
/// tag, if its end is not in `text`, or if its quotes must be followed byte by byte.
pub(crate) fn whole(text: &[u8]) -> Option<Whole<'_>> {
    let end = *text.first()? == b'/';
    let start = usize::from(end);
    let name = text.get(start..)?;
    if !name.first()?.is_ascii_alphabetic() {
        return None;
    }
    let name = name.get(..name.iter().position(|&byte| ends_tag_name(byte))?)?;
    let mut at = start + name.len();
    loop {
        let rest = text.get(at..)?;
        let found = memchr3(b'>', b'"', b'\'', rest)?;
        let quote = *rest.get(found)?;
        if quote == b'>' {
            let len = at + found + 1;
            return Some(Whole { name, end, len });
        }
        // A quote is one where it stands right behind the `=` of an attribute's name, the first
        // one.
        let before = rest.get(..found.checked_sub(1)?)?;
        let is_value = rest.get(before.len()) == Some(&b'=')
            && before.last().is_some_and(|&byte| !ends_tag_name(byte))
            && memchr(b'=', before).is_none();
        if !is_value {
            return None;
        }
        at += found + 1;
        at += memchr(quote, text.get(at..)?)? + 1;
    }
}
