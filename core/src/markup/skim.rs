//! Skims over the tags that mean nothing to the reader of a page: most of them.
//!
//! A vector comparison finds the bytes that a tag's end depends on, 64 positions at a time, and
//! what stands between them is not looked at. Tags that are written in an odd way are left to the
//! table of the tokenizer's states (`whole`), which says the same of the others.
#![expect(
    clippy::indexing_slicing,
    reason = "a table has an entry for every byte"
)]

use wide::u8x64;

use super::elements::Content;
use super::initials::Initials;
use super::syntax::{ends_tag_name, is_whitespace};
use super::whole;

/// The positions that are compared at a time.
const BLOCK: usize = u64::BITS as usize;

/// Returns how many bytes at the front of `bytes` lead from the state of data back to it, at least.
///
/// Whole tags are among them if `is_idle` says of their names that they mean nothing to the caller.
/// It is asked for those with one of the `initials` only.
// Inlined into the readers of scripts, it took 4 % more instructions.
#[inline(never)]
pub(super) fn skim(bytes: &[u8], initials: Initials, is_idle: impl Fn(&[u8]) -> bool) -> usize {
    let initials = initials.or(Content::INITIALS);
    let is_idle = |name: &[u8], is_end: bool| {
        is_idle(name) && (is_end || Content::of(name) == Content::Markup)
    };
    let mut marks = Marks::new(bytes);
    let mut at = 0;
    while let Some(mark) = marks.next(at) {
        at = match bytes.get(mark) {
            Some(b'<') => match behind(bytes, mark, &mut marks, initials, is_idle) {
                Some(behind) => behind,
                None => return mark,
            },
            _ => mark + 1,
        };
    }
    bytes.len()
}

/// Returns the position behind the tag that begins at `open`. Returns `None` if there is no tag, if
/// it is not idle, or if its end is not in `bytes`.
#[inline]
fn behind(
    bytes: &[u8],
    open: usize,
    marks: &mut Marks<'_>,
    initials: Initials,
    is_idle: impl Fn(&[u8], bool) -> bool,
) -> Option<usize> {
    let is_end = *bytes.get(open + 1)? == b'/';
    let start = open + 1 + usize::from(is_end);
    let initial = *bytes.get(start)?;
    if !initial.is_ascii_alphabetic() {
        return None;
    }
    let mut at = start + 1;
    while !is(*bytes.get(at)?, ENDS_NAME) {
        at += 1;
    }
    if initials.has(initial) && !is_idle(bytes.get(start..at)?, is_end) {
        return None;
    }
    loop {
        let mark = marks.next(at)?;
        match *bytes.get(mark)? {
            b'>' => return Some(mark + 1),
            b'<' => at = mark + 1,
            // All since the last value is white space and names, so this one ends here.
            b'=' if is(*bytes.get(mark - 1)?, NAMES) => {
                let value = mark + 1;
                match *bytes.get(value)? {
                    quote @ (b'"' | b'\'') => {
                        at = value + 1;
                        loop {
                            let mark = marks.next(at)?;
                            at = mark + 1;
                            if *bytes.get(mark)? == quote {
                                break;
                            }
                        }
                    }
                    byte if is(byte, ENDS_VALUE) => return odd(bytes, open),
                    _ => {
                        at = value + 1;
                        while !is(*bytes.get(at)?, ENDS_VALUE) {
                            at += 1;
                        }
                    }
                }
            }
            _ => return odd(bytes, open),
        }
    }
}

/// Does the same as [`behind`] for any idle tag.
#[cold]
fn odd(bytes: &[u8], open: usize) -> Option<usize> {
    let text = bytes.get(open + 1..)?;
    whole::whole(text).map(|tag| open + 1 + tag.len)
}

/// The positions in a text of the bytes `<`, `>`, `=` and both quotes.
struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the block begins that has been compared.
    block: usize,
    /// A bit for each position of the block that has not been passed, the first one lowest.
    bits: u64,
}

impl<'a> Marks<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let mut marks = Self {
            bytes,
            block: 0,
            bits: 0,
        };
        marks.compare();
        marks
    }

    /// Returns the first position that has not been passed and is not before `from`, and passes it.
    #[inline]
    fn next(&mut self, from: usize) -> Option<usize> {
        loop {
            while self.bits == 0 {
                self.block += BLOCK;
                if self.block >= self.bytes.len() {
                    return None;
                }
                self.compare();
            }
            let mark = self.block + self.bits.trailing_zeros() as usize;
            self.bits &= self.bits - 1;
            if mark >= from {
                return Some(mark);
            }
        }
    }

    /// Compares the block.
    #[inline]
    fn compare(&mut self) {
        let rest = self.bytes.get(self.block..).unwrap_or_default();
        self.bits = match rest.first_chunk() {
            Some(block) => marks(block),
            None => {
                let mut block = [0; BLOCK];
                block
                    .iter_mut()
                    .zip(rest)
                    .for_each(|(to, from)| *to = *from);
                marks(&block)
            }
        };
    }
}

/// Returns a bit for each position of one of the bytes, the first position lowest.
///
/// Inlined, it is not compiled to vector instructions only.
#[inline(never)]
fn marks(block: &[u8; BLOCK]) -> u64 {
    let block = u8x64::from(*block);
    let is = |byte: u8| block.simd_eq(u8x64::splat(byte));
    // `<` and `>` are one bit apart.
    let is_bracket = (block | u8x64::splat(b'<' ^ b'>')).simd_eq(u8x64::splat(b'>'));
    (is_bracket | is(b'=') | is(b'"') | is(b'\'')).to_bitmask()
}

/// The classes of a byte in a tag, a bit for each.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < classes.len() {
        let it = byte as u8;
        if ends_tag_name(it) {
            classes[byte] |= ENDS_NAME;
        }
        if is_whitespace(it) || it == b'>' {
            classes[byte] |= ENDS_VALUE;
        }
        if it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b':' | b'.' | b'@') {
            classes[byte] |= NAMES;
        }
        byte += 1;
    }
    classes
};

/// Ends the name of a tag.
const ENDS_NAME: u8 = 1;
/// Ends a value without quotes.
const ENDS_VALUE: u8 = 1 << 1;
/// Belongs to the name of an attribute wherever it stands outside of values.
const NAMES: u8 = 1 << 2;

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Content, Initials, skim, whole};

    /// Does the same by the table of states alone.
    fn plainly(bytes: &[u8], is_idle: impl Fn(&[u8]) -> bool) -> usize {
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
            at += found;
            let tag = whole::whole(&bytes[at + 1..]).filter(|tag| {
                is_idle(tag.name) && (tag.end || Content::of(tag.name) == Content::Markup)
            });
            match tag {
                Some(tag) => at += 1 + tag.len,
                None => return at,
            }
        }
        bytes.len()
    }

    fn agrees(page: &[u8]) {
        let is_idle = |name: &[u8]| !name.eq_ignore_ascii_case(b"em");
        let expected = plainly(page, is_idle);
        for initials in [Initials::of(b"e"), Initials::ALL] {
            let page = String::from_utf8_lossy(page);
            assert_eq!(skim(page.as_bytes(), initials, is_idle), expected, "{page}");
        }
    }

    #[test]
    fn tags_are_skimmed_over_however_they_are_written() {
        for tag in [
            "<a>",
            "</a>",
            "<a b>",
            "<a b=c>",
            "<a b=c/>",
            "<a b=\"c>d\" e='f>g'>",
            "<a b = 'c>d'>",
            "<a =\"c>d\">",
            "<a b=c=\"d>e\">",
            "<a b=\"c\"d='e>f'>",
            "<a b=\"c\"=\"d>e\">",
            "<a b=>",
            "<a=\"b>c\">",
            "<a b/=\"c>d\">",
            "<a b\"=\"c>d\">",
            "<a <b=\"c>d\">",
            "<a b= c>",
            "<a b=\">",
            "<a b=''c=\"d>e\"/>",
            "<a b='\"'>\"",
            "<a b=c'd=\"e>f\">",
            "<a\nb\t=\n\"c>d\"\n>",
            "< a>",
            "<3",
            "<!-- a -->",
            "<?a>",
            "<em>",
            "</EM>",
            "<e>",
            "<title>",
            "</title>",
            "<p>",
            "<a é=\"b>c\">",
        ] {
            for before in ["", "x", &"y='\" ".repeat(20)] {
                for behind in ["", "<b c=\"d>e\">", &"z".repeat(100)] {
                    agrees(format!("{before}{tag}{behind}").as_bytes());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn tags_are_skimmed_over_as_the_table_reads_them(
            page in "(<|>|/|=|\"|'|[ \n]|a|em|p|é|<a|</a|<em|=\"|\" ){0,90}",
        ) {
            agrees(page.as_bytes());
        }
    }
}
