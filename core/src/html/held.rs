//! What lol_html may hold of a page, as far as it can be told from outside. lol_html stops at its
//! limit of memory, and says neither how near it is nor what it has copied
//! (<https://github.com/cloudflare/lol-html/issues/61>).

use memchr::{memchr, memchr2};

use super::limits::{MEMORY_LIMIT, SLICE};
use crate::markup::syntax::ends_tag_name;

/// A number of elements that can be open at a time under any circumstances: lol_html takes some 100
/// bytes for one, and up to twice that as its list grows.
const FEW_TAGS: usize = MEMORY_LIMIT / 512;
/// The most bytes that the names of open elements may have beyond the usual. lol_html keeps each
/// name up to three times, and does not count that.
const LIMIT: usize = 1024 * 1024;
/// The longest name that is not counted, in bytes: no element that pages have needs more.
const USUAL: usize = 64;

/// Follows what lol_html gets and gives out.
#[derive(Debug, Default)]
pub(super) struct Held {
    names: LongNames,
    /// The number of tags that lol_html got at most.
    tags: usize,
    /// Whether lol_html gave out nothing for the last bytes that it got.
    silent: bool,
    /// Whether lol_html ever gave out nothing. As long as it did not, and the tags are few, it
    /// cannot come to its limit.
    was_silent: bool,
}

impl Held {
    /// Notes that lol_html got these bytes, and whether it gave out nothing for them.
    pub(super) fn took(&mut self, bytes: &[u8], silent: bool) {
        self.silent = silent;
        self.was_silent |= silent;
        self.tags += count(b'<', bytes);
    }

    /// Returns the position of the byte with which the names of elements take too much memory.
    /// Returns `None` if they do not.
    pub(super) fn exceeds_at(&mut self, bytes: &[u8]) -> Option<usize> {
        self.names.exceed_at(bytes)
    }

    /// Returns how many bytes of `input` lol_html may get next. `may_remove` says whether a rule
    /// may remove something.
    ///
    /// While lol_html holds a long tag, or may give up where a rule may remove something, that is
    /// no more than up to the next `<` or `>`. So it never holds more than the tag, and gives out
    /// nothing but the tag should that be over the memory limit: neither depends on how the input
    /// was cut.
    pub(super) fn step(&self, input: &[u8], may_remove: impl FnOnce() -> bool) -> usize {
        // With the shortest tags in the next slice.
        let may_give_up = self.was_silent || self.tags + SLICE / b"<a>".len() >= FEW_TAGS;
        let takes_little = self.silent || (may_give_up && may_remove());
        if !takes_little {
            return SLICE;
        }
        let near = input.get(..SLICE).unwrap_or(input);
        if near.starts_with(b">") {
            return 1;
        }
        let behind = near.get(1..).unwrap_or_default();
        match memchr2(b'<', b'>', behind) {
            Some(at) => at + 1 + usize::from(behind.get(at) == Some(&b'>')),
            None => SLICE,
        }
    }
}

/// Counts a byte, in parts so short that a byte can count them: compilers turn that into vector
/// instructions.
fn count(byte: u8, bytes: &[u8]) -> usize {
    let parts = bytes.chunks(128);
    let counts = parts.map(|part| part.iter().map(|&it| u8::from(it == byte)).sum::<u8>());
    counts.map(usize::from).sum()
}

/// Follows a page's bytes and adds up what its tags' names have beyond the usual. What only looks
/// like a tag, in a script, counts as one: it ends soon, with a space, a slash or a `>`.
#[derive(Debug, Default)]
struct LongNames {
    /// Behind a `<`: how long the name is so far.
    name: Option<usize>,
    /// The bytes that are counted.
    counted: usize,
}

impl LongNames {
    /// Reads on. `Some`: with the byte at this position the names are over the limit.
    fn exceed_at(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let Some(length) = self.name else {
                at += memchr(b'<', rest)? + 1;
                self.name = Some(0);
                continue;
            };
            let byte = *rest.first()?;
            if is_in_name(byte, length) {
                at += 1;
                self.name = Some(length + 1);
                self.counted += usize::from(length >= USUAL);
                if self.counted > LIMIT {
                    return Some(at - 1);
                }
            } else {
                self.name = None;
            }
        }
    }
}

/// Returns whether a byte belongs to a start tag's name of which there are `length` bytes (HTML
/// standard §13.2.5.6 and 13.2.5.8).
fn is_in_name(byte: u8, length: usize) -> bool {
    match byte {
        byte if ends_tag_name(byte) => false,
        byte => length > 0 || byte.is_ascii_alphabetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_have_beyond_the_usual_is_added_up_however_it_is_cut() {
        let long = "x".repeat(USUAL + 10);
        let page = format!("<{long} {long}><{long}/><<{long}></{long}><1{long}>< {long}><p>");
        let counted = |length: usize| {
            let mut names = LongNames::default();
            for chunk in page.as_bytes().chunks(length) {
                assert_eq!(names.exceed_at(chunk), None);
            }
            names.counted
        };
        assert!((1..=page.len()).all(|length| counted(length) == 30));
    }

    #[test]
    fn the_limit_is_exceeded_at_a_byte_however_it_is_cut() {
        let page = format!("<p><{}", "x".repeat(LIMIT + USUAL + 10));
        for length in [1000, 65_536, page.len()] {
            let mut names = LongNames::default();
            let chunks = page.as_bytes().chunks(length).enumerate();
            let at = chunks
                .filter_map(|(number, chunk)| Some(number * length + names.exceed_at(chunk)?))
                .next();
            assert_eq!(at, Some(4 + USUAL + LIMIT));
        }
    }
}
