//! The search for one run that has a byte which is rare in texts: by that byte alone, as long as it
//! is as rare as it should be. Each URL of a page that is little else than links goes this way, so
//! nothing here is called that need not be.

use memchr::memchr2;
use wide::u8x64;

use super::super::searched::frequency;
use super::confirm::{Hit, Run};

/// The positions that are compared at a time.
const BLOCK: usize = u64::BITS as usize;
/// The blocks that are compared before `memchr` is asked, which is faster for longer ways only.
const BLOCKS: usize = 2;
/// The bit that tells the cases of an ASCII letter apart.
const CASE: u8 = 0x20;

/// How often, per 10,000, a byte may be expected that is searched for.
const RARE: u32 = 250;
/// How many positions can be compared in the time that it takes to look at one such byte.
const COST: usize = 32;
/// Up to this many positions, such bytes may be as frequent as they like.
const SLACK: usize = 1024;

/// A run, and the rarest of its bytes.
#[derive(Debug)]
pub(crate) struct Rare {
    run: Run,
    /// The offset of the byte in the run.
    offset: usize,
    byte: u8,
}

impl Rare {
    /// Takes a run. Returns `None` if none of its bytes is rare.
    pub(super) fn new(run: &Run) -> Option<Self> {
        let bytes = run.bytes.iter().copied().enumerate();
        let known = bytes.filter(|(_, byte)| byte.is_ascii_alphanumeric());
        let (offset, byte) = known.min_by_key(|(_, byte)| frequency(*byte))?;
        (frequency(byte) <= RARE).then(|| Self {
            run: run.clone(),
            offset,
            byte: byte.to_ascii_lowercase(),
        })
    }

    /// Returns where the run starts if its rare byte is at a position.
    #[inline]
    pub(crate) fn start(&self, position: usize) -> usize {
        position.saturating_sub(self.offset)
    }

    /// Returns the run if its rare byte is at a position.
    #[inline]
    pub(crate) fn confirm(&self, text: &[u8], position: usize) -> Option<Hit> {
        self.run.hit(self.offset, text, position)
    }

    /// Starts a search of a text.
    #[inline]
    pub(super) fn search<'a>(&self, text: &'a [u8]) -> RareSearch<'a> {
        RareSearch {
            text,
            byte: self.byte,
            block: 0,
            positions: 0,
            next: 0,
            spent: 0,
        }
    }
}

/// A search of one text.
#[derive(Debug)]
pub(crate) struct RareSearch<'a> {
    text: &'a [u8],
    byte: u8,
    /// Where the block begins that has been compared.
    block: usize,
    /// A bit for each position of it where the byte is and that has not been passed, the first one
    /// lowest.
    positions: u64,
    /// Where the next block begins.
    next: usize,
    /// How many positions could have been compared in place of what was found for nothing.
    spent: usize,
}

impl RareSearch<'_> {
    /// Returns the first position that has not been passed, has the byte and is not before `at`,
    /// and passes it.
    #[inline(always)]
    pub(crate) fn next(&mut self, at: usize) -> Option<usize> {
        loop {
            while self.positions != 0 {
                let position = self.block + self.positions.trailing_zeros() as usize;
                self.positions &= self.positions - 1;
                if position >= at {
                    return Some(position);
                }
            }
            self.next = self.next.max(at);
            for _ in 0..BLOCKS {
                let window = self.text.get(self.next..).and_then(<[u8]>::first_chunk);
                if let Some(window) = window.filter(|_| self.positions == 0) {
                    self.block = self.next;
                    self.positions = positions(window, self.byte);
                    self.next += BLOCK;
                }
            }
            if self.positions == 0 {
                let rest = self.text.get(self.next..)?;
                let byte = self.byte;
                let found = memchr2(byte, byte.to_ascii_uppercase(), rest)?;
                self.next += found + 1;
                return Some(self.next - 1);
            }
        }
    }

    /// Notes that there is no run at a position that was found. Returns whether the byte is too
    /// frequent to be searched for.
    #[inline]
    pub(crate) fn is_too_frequent(&mut self, position: usize) -> bool {
        self.spent += COST;
        self.spent > position + SLACK
    }
}

/// Returns where in a block a byte is, in either case, or one that looks like it.
// As `marks` in `markup/skim.rs`, which inlining keeps from being vector instructions only.
#[inline(never)]
fn positions(block: &[u8; BLOCK], byte: u8) -> u64 {
    let folded = u8x64::from(*block) | u8x64::splat(CASE);
    folded.simd_eq(u8x64::splat(byte | CASE)).to_bitmask()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Rare, Run};

    fn rare() -> Rare {
        let rare = Rare::new(&Run::new(b"gazette", Vec::new()));
        rare.expect("a byte that is rare")
    }

    #[test]
    fn the_rarest_byte_is_searched_for_as_long_as_it_is_rare() {
        assert_eq!(rare().byte, b'z');
        assert!(Rare::new(&Run::new(b"tests", Vec::new())).is_none());
        let text = "z".repeat(100);
        let mut search = rare().search(text.as_bytes());
        let often = (0..100).take_while(|&at| !search.is_too_frequent(at));
        assert_eq!(often.count(), 33);
    }

    proptest! {
        #[test]
        fn all_runs_are_found(
            words in prop::collection::vec("gazette|GaZette|z|Z|[^z]{0,70}|é{90}|z{40}", 0..12),
            from in 0..20_usize,
        ) {
            let text = words.concat();
            let text = text.as_bytes();
            let rare = rare();
            let mut search = rare.search(text);
            let mut found = Vec::new();
            let mut at = from;
            while let Some(position) = search.next(at) {
                prop_assert!(position >= at);
                at = position + 1;
                found.extend(rare.confirm(text, position).map(|hit| hit.start));
            }
            let starts = 0..text.len().saturating_sub(6);
            let expected = starts.filter(|&start| {
                start + 2 >= from && text[start..][..7].eq_ignore_ascii_case(b"gazette")
            });
            prop_assert_eq!(found, expected.collect::<Vec<_>>());
        }
    }
}
