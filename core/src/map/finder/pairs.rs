//! The search for few runs: compares the two rarest bytes of each, at many positions at a time, and
//! the run itself only where both fit. Each further run costs as much as the first.

use wide::u8x16;

use super::super::searched::rarest_pair;
use super::confirm::{Hit, hit};

/// The positions that are compared before the loop checks whether one fits.
const BLOCK: usize = 128;
/// The positions that one instruction compares.
const LANES: usize = 16;
/// The bit that tells the cases of an ASCII letter apart. Ignoring it in other bytes makes the
/// search less strict, never more.
const CASE: u8 = 0x20;

/// Up to this many bytes at the end of a text, comparing each run at each position costs less.
const FEW_BYTES: usize = 24;

/// A byte for each position of a block: all of its bits are set where a run may be, or else none.
type Fits = [u8x16; BLOCK / LANES];

/// A bit for each position of a block where a run may be, the first one lowest.
type Positions = u128;

/// Finds every place where one of several runs is.
#[derive(Debug)]
pub(super) struct Pairs {
    needles: Vec<Needle>,
    /// The greatest gap of all needles.
    reach: usize,
}

/// A run, and the two of its bytes that are compared.
#[derive(Debug)]
struct Needle {
    run: Vec<u8>,
    /// The offset of the first of the two bytes in the run.
    offset: usize,
    /// The distance of the second one from it; 0 for a run of one byte.
    gap: usize,
    first: u8,
    second: u8,
}

impl Pairs {
    pub(super) fn new(runs: &[&[u8]]) -> Self {
        let needles: Vec<Needle> = runs.iter().filter_map(|run| Needle::new(run)).collect();
        let reach = needles.iter().map(|needle| needle.gap).max().unwrap_or(0);
        Self { needles, reach }
    }

    /// Returns where a run may be among the first [`BLOCK`] positions of a window.
    // As `marks` in `markup/skim.rs`, which inlining keeps from being vector instructions only.
    #[inline(never)]
    fn positions(&self, window: &[u8]) -> Positions {
        let mut fits = [u8x16::ZERO; BLOCK / LANES];
        for needle in &self.needles {
            needle.add_fits(window, &mut fits);
        }
        if !fits.iter().fold(u8x16::ZERO, |any, fit| any | *fit).any() {
            return 0;
        }
        let bits = fits.iter().map(|fit| Positions::from(fit.to_bitmask()));
        bits.rev()
            .fold(0, |positions, bits| positions << LANES | bits)
    }

    fn confirm(&self, text: &[u8], position: usize) -> Option<Hit> {
        let mut needles = self.needles.iter();
        needles.find_map(|needle| hit(&needle.run, needle.offset, text, position))
    }
}

/// A search of one text. It remembers what it has compared, so that text with a run at every turn
/// is not compared again from each of them.
#[derive(Debug)]
pub(super) struct PairSearch<'a> {
    pairs: &'a Pairs,
    text: &'a [u8],
    /// Where the block begins that has been compared.
    block: usize,
    /// The positions in it that have not been looked at.
    positions: Positions,
    /// Where the next block begins.
    next: usize,
}

impl<'a> PairSearch<'a> {
    #[inline]
    pub(super) fn new(pairs: &'a Pairs, text: &'a [u8]) -> Self {
        Self {
            pairs,
            text,
            block: 0,
            positions: 0,
            next: 0,
        }
    }

    /// Returns the next run that lies wholly in the text and has its first compared byte at or
    /// after `at`, which is behind that of the last one.
    #[inline]
    pub(super) fn next(&mut self, at: usize) -> Option<Hit> {
        loop {
            while self.positions != 0 {
                let position = self.block + self.positions.trailing_zeros() as usize;
                self.positions &= self.positions - 1;
                if position >= at
                    && let Some(hit) = self.pairs.confirm(self.text, position)
                {
                    return Some(hit);
                }
            }
            self.block = self.next.max(at);
            let window = self
                .text
                .get(self.block..self.block + BLOCK + self.pairs.reach);
            let Some(window) = window else {
                return self.next_at_end();
            };
            self.next = self.block + BLOCK;
            self.positions = self.pairs.positions(window);
        }
    }

    /// Returns the next run where less than a window is left.
    #[inline(never)]
    fn next_at_end(&mut self) -> Option<Hit> {
        let rest = self.text.get(self.block..).unwrap_or_default();
        // A block is shorter than a window, so one or two of them are left.
        if rest.len() <= FEW_BYTES || self.pairs.reach > BLOCK {
            let mut positions = self.block..self.text.len();
            let hit = positions.find_map(|position| self.pairs.confirm(self.text, position));
            self.next = hit.map_or(self.text.len(), |hit| hit.inside + 1);
            return hit;
        }
        // Bytes behind the end of the text make nothing fit that is not in it, because a whole run
        // is compared there.
        let mut window = [0; 2 * BLOCK];
        window
            .iter_mut()
            .zip(rest)
            .for_each(|(to, from)| *to = *from);
        self.next = self.block + BLOCK;
        self.positions = self.pairs.positions(&window);
        self.next(self.block)
    }
}

impl Needle {
    /// Makes the needle for a run.
    fn new(run: &[u8]) -> Option<Self> {
        let (_, i, j) = rarest_pair(run)?;
        let folded = |at: usize| run.get(at).map(|&byte| byte | CASE);
        Some(Self {
            run: run.to_vec(),
            offset: i,
            gap: j - i,
            first: folded(i)?,
            second: folded(j)?,
        })
    }

    /// Sets the bits of each of the first [`BLOCK`] positions where the two bytes are.
    #[inline]
    fn add_fits(&self, window: &[u8], fits: &mut Fits) {
        let lanes = |at: usize| {
            let block = window.get(at..)?.first_chunk::<BLOCK>()?;
            Some(block.as_chunks::<LANES>().0)
        };
        let case = u8x16::splat(CASE);
        let is = |lanes: &[u8; LANES], byte: u8| {
            (u8x16::from(*lanes) | case).simd_eq(u8x16::splat(byte))
        };
        if let (Some(first), Some(second)) = (lanes(0), lanes(self.gap)) {
            for ((fits, a), b) in fits.iter_mut().zip(first).zip(second) {
                *fits |= is(a, self.first) & is(b, self.second);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_wherever_it_is_in_a_text_of_any_length() {
        // The rarest bytes of the last are farther apart than a block is long.
        let far = format!("q{}z", "e".repeat(BLOCK + 20));
        let runs: [&[u8]; 3] = [b"example", b"x", far.as_bytes()];
        for known in [&runs[..1], &runs[..2], &runs[2..]] {
            let pairs = Pairs::new(known);
            for run in known {
                for length in run.len()..3 * BLOCK {
                    for start in [0, 1, length / 2, length - run.len()] {
                        let mut text = vec![b'.'; length];
                        let Some(place) = text.get_mut(start..start + run.len()) else {
                            continue;
                        };
                        place.copy_from_slice(&run.to_ascii_uppercase());
                        let expected = known.iter().filter_map(|run| {
                            let mut windows = text.windows(run.len());
                            let start = windows.position(|it| it.eq_ignore_ascii_case(run))?;
                            Some(start + rarest_pair(run)?.1)
                        });
                        let mut search = PairSearch::new(&pairs, &text);
                        let found = search.next(0).map(|hit| hit.inside);
                        assert_eq!(found, expected.min(), "{length} {start}");
                        assert_eq!(PairSearch::new(&pairs, &text).next(length), None);
                    }
                }
            }
        }
    }
}
