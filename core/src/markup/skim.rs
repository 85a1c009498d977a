//! Skims over the tags that mean nothing to the reader of a page: most of them.
//!
//! A vector comparison finds the bytes that a tag's end depends on, 64 positions at a time, and
//! what stands between them is not looked at.
//!
//! No attribute is read. A quoted value begins behind a `=`, perhaps with white space between them,
//! so a quote that stands behind anything else ends a value or means nothing. Take the quotes of a
//! tag, up to its first `>`, by pairs. If both of each pair are alike, and no second one stands
//! behind a `=` or white space, then no second one begins a value; a first one that does is ended
//! by the second one; and so the `>` stands in no value, and ends the tag. Other tags are left to
//! the table of the tokenizer's states (`whole`), which says the same of these.

use memchr::memchr;
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
/// It is asked for those that begin with the `initials` only.
// Inlined into the readers of scripts, it took 4 % more instructions.
#[inline(never)]
pub(super) fn skim(bytes: &[u8], initials: &Initials, is_idle: impl Fn(&[u8]) -> bool) -> usize {
    let is_idle = |name: &[u8], is_end: bool| {
        is_idle(name) && (is_end || Content::of(name) == Content::Markup)
    };
    let mut block = Block::of(bytes, 0);
    let mut at = 0;
    while let Some(open) = block.open(bytes, at) {
        at = match behind(bytes, open, &mut block, initials, is_idle) {
            Some(behind) => behind,
            None => return open,
        };
    }
    bytes.len()
}

/// Returns the position behind the tag that begins at `open`. Returns `None` if there is no tag, if
/// it is not idle, or if its end is not in `bytes`.
#[inline(always)]
fn behind(
    bytes: &[u8],
    open: usize,
    block: &mut Block,
    initials: &Initials,
    is_idle: impl Fn(&[u8], bool) -> bool,
) -> Option<usize> {
    let is_end = *bytes.get(open + 1)? == b'/';
    let start = open + 1 + usize::from(is_end);
    let [first, second] = *bytes.get(start..)?.first_chunk()?;
    // The sets have every byte that is no letter.
    if initials.have(first, second) {
        if !first.is_ascii_alphabetic() {
            return None;
        }
        let rest = bytes.get(start..)?;
        let end = rest.iter().position(|&byte| ends_tag_name(byte))?;
        if !is_idle(rest.get(..end)?, is_end) {
            return None;
        }
    }
    match block.tag_end(bytes, start + 1) {
        End::At(end) => Some(end),
        End::Cut => None,
        End::Odd => {
            let end = odd(bytes, open)?;
            *block = Block::of(bytes, end);
            Some(end)
        }
    }
}

/// Returns the position behind any tag that begins at `open`.
#[cold]
fn odd(bytes: &[u8], open: usize) -> Option<usize> {
    let text = bytes.get(open + 1..)?;
    whole::whole(text).map(|tag| open + 1 + tag.len)
}

/// Where a tag ends.
enum End {
    /// Before this position.
    At(usize),
    /// Behind the text.
    Cut,
    /// Its quotes do not say.
    Odd,
}

/// Some positions of a text that have been compared.
struct Block {
    start: usize,
    marks: Marks,
}

/// The positions in a block of `<`, of `>` and of both quotes: a bit for each, the first one
/// lowest.
struct Marks {
    open: u64,
    close: u64,
    quotes: u64,
}

impl Block {
    /// Compares the positions from `start` on.
    #[inline]
    fn of(bytes: &[u8], start: usize) -> Self {
        let rest = bytes.get(start..).unwrap_or_default();
        let marks = match rest.first_chunk() {
            Some(block) => marks(block),
            None => marks_at_end(rest),
        };
        Self { start, marks }
    }

    /// Returns the position of the first `<` from `at` on, which is not before the block.
    #[inline(always)]
    fn open(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let passed = at - self.start;
        if passed < BLOCK {
            let open = self.marks.open & u64::MAX << passed;
            if open != 0 {
                return Some(self.start + open.trailing_zeros() as usize);
            }
        }
        let from = at.max(self.start + BLOCK);
        let found = from + memchr(b'<', bytes.get(from..)?)?;
        *self = Self::of(bytes, found);
        Some(found)
    }

    /// Returns where the tag ends whose name is at `at`.
    #[inline(always)]
    fn tag_end(&mut self, bytes: &[u8], mut at: usize) -> End {
        loop {
            let passed = at - self.start;
            if passed >= BLOCK {
                if at >= bytes.len() {
                    return End::Cut;
                }
                *self = Self::of(bytes, at);
                continue;
            }
            let ahead = u64::MAX << passed;
            let close = self.marks.close & ahead;
            let quotes = self.marks.quotes & ahead;
            // Without a `>`, these are all positions.
            let inside = lowest(close).wrapping_sub(1);
            if quotes & inside == 0 {
                if close != 0 {
                    return End::At(self.start + close.trailing_zeros() as usize + 1);
                }
                at = self.start + BLOCK;
                continue;
            }
            let first = self.start + quotes.trailing_zeros() as usize;
            let mut second = lowest(quotes & (quotes - 1));
            if second & inside == 0 {
                if close != 0 {
                    return End::Odd;
                }
                // The second one is behind the block.
                loop {
                    let next = self.start + BLOCK;
                    if next >= bytes.len() {
                        return End::Cut;
                    }
                    *self = Self::of(bytes, next);
                    second = lowest(self.marks.quotes | self.marks.close);
                    if second != 0 {
                        break;
                    }
                }
                if self.marks.quotes & second == 0 {
                    return End::Odd;
                }
            }
            let second = self.start + second.trailing_zeros() as usize;
            let before = second.checked_sub(1).and_then(|at| bytes.get(at));
            if bytes.get(first) != bytes.get(second)
                || before.is_none_or(|&byte| byte == b'=' || is_whitespace(byte))
            {
                return End::Odd;
            }
            at = second + 1;
        }
    }
}

/// Returns the lowest bit of those that are set.
#[inline]
fn lowest(bits: u64) -> u64 {
    bits & bits.wrapping_neg()
}

/// Returns the marks of a block.
///
/// Inlined, it is not compiled to vector instructions only.
#[inline(never)]
fn marks(block: &[u8; BLOCK]) -> Marks {
    let block = u8x64::from(*block);
    let is = |byte: u8| block.simd_eq(u8x64::splat(byte));
    Marks {
        open: is(b'<').to_bitmask(),
        close: is(b'>').to_bitmask(),
        quotes: (is(b'"') | is(b'\'')).to_bitmask(),
    }
}

/// Returns the marks of what is shorter than a block.
#[inline(never)]
fn marks_at_end(rest: &[u8]) -> Marks {
    let mut block = [0; BLOCK];
    if let Some(front) = block.get_mut(..rest.len()) {
        front.copy_from_slice(rest);
    }
    marks(&block)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Content, Initials, skim, whole};

    static EM: Initials = Initials::of(&[b"em"]);

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
        for initials in [&EM, Initials::all()] {
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
            "<a b=c=\"d=\"e=\"f>g\">",
            "<a b=c=\"d= \"e>f\">",
            "<a b=\"it's\" c=\"d>e\">",
            "<a b=\"?c=\" d=\"e>f\">",
            "<a b='c' d=\"e\" f='g'>",
            "<a b='c\"' d=\"e'>",
            "<a b=\"c\"d\"e>f\">",
            "<a b=\"<em>\"><em>",
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
            page in "(<|>|/|=|\"|'|[ \n]|a|em|p|é|<a|</a|<em|=\"|\" |\">|=\"b{60}|>a{90}){0,90}",
        ) {
            agrees(page.as_bytes());
        }
    }
}
