//! A bound on what the names of open elements take, which lol_html copies and does not count.

use memchr::memchr;

use crate::markup::syntax::ends_tag_name;

/// How much that may be, in bytes. lol_html keeps each name up to three times.
const LIMIT: usize = 1024 * 1024;
/// The longest name that is not counted, in bytes: no element that pages have needs more.
const USUAL: usize = 64;

/// Follows a page's bytes and adds up what its tags' names have beyond the usual. What only looks
/// like a tag, in a script, counts as one: it ends soon, with a space, a slash or a `>`.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Behind a `<`: how long the name is so far.
    name: Option<usize>,
    /// The bytes that are counted.
    counted: usize,
}

impl Names {
    /// Reads on. `Some`: with the byte at this position the names are over the limit.
    pub(super) fn exceed_at(&mut self, bytes: &[u8]) -> Option<usize> {
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

/// Whether a byte belongs to a start tag's name of which there are `length` bytes (HTML standard
/// §13.2.5.6 and 13.2.5.8).
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
            let mut names = Names::default();
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
            let mut names = Names::default();
            let chunks = page.as_bytes().chunks(length).enumerate();
            let at = chunks
                .filter_map(|(number, chunk)| Some(number * length + names.exceed_at(chunk)?))
                .next();
            assert_eq!(at, Some(4 + USUAL + LIMIT));
        }
    }
}
