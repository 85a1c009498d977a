//! The search for few runs: compares two rare bytes of each, at many positions at a time, and the
//! run itself only where both fit. Each further run costs as much as the first, unless two bytes of
//! it are compared together with those of another one.

use wide::u8x64;

use super::super::searched::{frequency, rarest_pair};
use super::confirm::{Hit, Run};

/// The positions that are compared before the loop checks whether one fits.
const BLOCK: usize = 64;
/// The bit that tells the cases of an ASCII letter apart. Ignoring it in other bytes makes the
/// search less strict, never more.
const CASE: u8 = 0x20;

/// Up to this many bytes at the end of a text, comparing each run at each position costs less.
const FEW_BYTES: usize = 24;

/// How often, of 10⁸ positions, runs that are compared together may fit where none of them is.
const MOST_MISFITS: u32 = 300_000;
/// How far apart two bytes are at least whose classes are compared: words have some letters next to
/// each other more often than their frequencies say (`or`).
const APART: usize = 4;
/// How often, per 10,000, a byte is to be expected that is neither a letter nor a digit.
const MARK: u32 = 300;

/// A bit for each position of a block where a run may be, the first one lowest.
type Positions = u64;

/// Finds every place where one of several runs is.
#[derive(Debug)]
pub(super) struct Pairs {
    needles: Vec<Needle>,
    /// The greatest gap of all needles.
    reach: usize,
}

/// One or more runs, and two of their bytes that are compared.
#[derive(Debug)]
struct Needle {
    /// Each run, with the offset of the first of the two bytes in it.
    runs: Vec<(Run, usize)>,
    /// The distance of the second byte from the first one; 0 for a run of one byte.
    gap: usize,
    first: Class,
    second: Class,
}

/// Bytes that differ in some bits only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    /// A byte with all of these bits set.
    byte: u8,
    /// The bits that are not compared.
    ignored: u8,
}

impl Pairs {
    pub(super) fn new(runs: Vec<Run>) -> Self {
        let mut needles: Vec<Needle> = Vec::new();
        for run in runs {
            let mut known = needles.iter_mut();
            if let Some(run) = known.try_fold(run, |run, needle| needle.join(run)) {
                needles.extend(Needle::new(run));
            }
        }
        let reach = needles.iter().map(|needle| needle.gap).max().unwrap_or(0);
        Self { needles, reach }
    }

    /// Returns the first block from a position on in which a run may be, and where it may be there.
    /// If there is none, the block is the first one that is not whole, with all that belongs to its
    /// last position.
    // As `marks` in `markup/skim.rs`, which inlining keeps from being vector instructions only.
    #[inline(never)]
    fn scan(&self, text: &[u8], from: usize) -> (usize, Positions) {
        let mut block = from;
        // What is compared with stays in registers.
        if let [needle] = &*self.needles {
            let blocks = |at: usize| text.get(at..).unwrap_or_default().as_chunks().0;
            for (first, second) in blocks(from).iter().zip(blocks(from + needle.gap)) {
                let positions = needle.fits(first, second).to_bitmask();
                if positions != 0 {
                    return (block, positions);
                }
                block += BLOCK;
            }
            return (block, 0);
        }
        while let Some(window) = text.get(block..block + BLOCK + self.reach) {
            let positions = self.positions(window);
            if positions != 0 {
                return (block, positions);
            }
            block += BLOCK;
        }
        (block, 0)
    }

    /// Returns where a run may be among the first [`BLOCK`] positions of a window.
    fn positions(&self, window: &[u8]) -> Positions {
        let block = |at: usize| window.get(at..).and_then(<[u8]>::first_chunk);
        let needles = self.needles.iter().filter_map(|needle| {
            let (first, second) = (block(0)?, block(needle.gap)?);
            Some(needle.fits(first, second))
        });
        needles
            .fold(u8x64::ZERO, |any, fits| any | fits)
            .to_bitmask()
    }

    // Chained iterators took twice the instructions.
    #[inline]
    fn confirm(&self, text: &[u8], position: usize) -> Option<Hit> {
        for needle in &self.needles {
            for (run, offset) in &needle.runs {
                if let Some(hit) = run.hit(*offset, text, position) {
                    return Some(hit);
                }
            }
        }
        None
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
            (self.block, self.positions) = self.pairs.scan(self.text, self.next.max(at));
            if self.positions == 0 {
                return self.next_at_end();
            }
            self.next = self.block + BLOCK;
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
    fn new(run: Run) -> Option<Self> {
        let (_, i, j) = rarest_pair(&run.bytes)?;
        let class = |at: usize| run.bytes.get(at).map(|&byte| Class::of(byte));
        Some(Self {
            gap: j - i,
            first: class(i)?,
            second: class(j)?,
            runs: vec![(run, i)],
        })
    }

    /// Takes another run in, if two of its bytes are as far apart as two of the only run that it
    /// has, and the four have enough in common. Returns the run if it is not taken.
    fn join(&mut self, run: Run) -> Option<Run> {
        let [(own, _)] = &*self.runs else {
            return Some(run);
        };
        let pairs = |run: &Run| {
            let places = run.bytes.iter().copied().enumerate();
            let places: Vec<_> = places.collect();
            let firsts = places.clone().into_iter();
            firsts.flat_map(move |(i, first)| {
                let behind: Vec<_> = places.iter().skip(i + 1).copied().collect();
                let pair = move |(j, second)| (i, j - i, Class::of(first), Class::of(second));
                behind.into_iter().map(pair)
            })
        };
        let other: Vec<_> = pairs(&run).collect();
        let joined = pairs(own).flat_map(|(own, gap, first, second)| {
            let other = other.iter().filter(move |(_, other, ..)| *other == gap);
            other.map(move |(other, _, third, fourth)| {
                (own, *other, gap, first.or(*third), second.or(*fourth))
            })
        });
        let cost = |(_, _, _, first, second): &(usize, usize, usize, Class, Class)| {
            first.frequency() * second.frequency()
        };
        let joined = joined.filter(|(_, _, gap, ..)| *gap >= APART);
        let best = joined.min_by_key(cost);
        let Some(best) = best.filter(|best| cost(best) <= MOST_MISFITS) else {
            return Some(run);
        };
        let (at, other, gap, first, second) = best;
        if let Some((_, offset)) = self.runs.first_mut() {
            *offset = at;
        }
        self.runs.push((run, other));
        (self.gap, self.first, self.second) = (gap, first, second);
        None
    }

    /// Returns where the two bytes are in two blocks: a byte for each position, of which all bits
    /// are set or none.
    #[inline(always)]
    fn fits(&self, first: &[u8; BLOCK], second: &[u8; BLOCK]) -> u8x64 {
        let is = |block: &[u8; BLOCK], class: Class| {
            (u8x64::from(*block) | u8x64::splat(class.ignored)).simd_eq(u8x64::splat(class.byte))
        };
        is(first, self.first) & is(second, self.second)
    }
}

impl Class {
    /// Returns the class of a byte in both of its cases.
    fn of(byte: u8) -> Self {
        Self {
            byte: byte | CASE,
            ignored: CASE,
        }
    }

    /// Returns the least class with all bytes of two.
    fn or(self, other: Self) -> Self {
        let ignored = self.ignored | other.ignored | (self.byte ^ other.byte);
        Self {
            byte: self.byte | ignored,
            ignored,
        }
    }

    /// Returns how often its bytes occur, per 10,000.
    fn frequency(self) -> u32 {
        let bytes = (b'0'..=b'9').chain(b'a'..=b'z');
        let bytes = bytes.filter(|byte| byte | self.ignored == self.byte);
        match bytes.map(frequency).sum() {
            0 => MARK,
            sum => sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(runs: &[&[u8]]) -> Pairs {
        Pairs::new(runs.iter().map(|run| Run::new(run, Vec::new())).collect())
    }

    /// Returns where the runs start that a search finds from `at` on.
    fn found(pairs: &Pairs, text: &[u8], at: usize) -> Vec<usize> {
        let mut search = PairSearch::new(pairs, text);
        let mut at = at;
        let mut found = Vec::new();
        while let Some(hit) = search.next(at) {
            assert!(hit.inside >= at);
            at = hit.inside + 1;
            found.push(hit.start);
        }
        found
    }

    #[test]
    fn two_words_with_enough_in_common_are_compared_together() {
        assert_eq!(pairs(&[b"integrity", b"importmap"]).needles.len(), 1);
        assert_eq!(pairs(&[b"<script", b"<link"]).needles.len(), 1);
        assert_eq!(pairs(&[b"example", b"b"]).needles.len(), 2);
    }

    proptest! {
        #[test]
        fn joined_runs_are_found_as_single_ones_are(
            words in prop::collection::vec(
                concat!(
                    "gazette|GaZette|example|eXampLe|integrity|Importmap|[zypixe]|",
                    "[^a-z]{0,40}|y{30}|z{40}"
                ),
                0..12,
            ),
            from in 0..20_usize,
        ) {
            let text = words.concat();
            let plainly = |run: &str| {
                let windows = text.as_bytes().windows(run.len());
                let is_it = |at: &usize| {
                    text.as_bytes()[*at..][..run.len()].eq_ignore_ascii_case(run.as_bytes())
                };
                (0..windows.len()).filter(is_it).collect::<Vec<_>>()
            };
            for runs in [
                &["gazette"][..],
                &["integrity"],
                &["integrity", "importmap"],
                // Their rarest bytes are at different places.
                &["example", "gazette"],
            ] {
                let known: Vec<&[u8]> = runs.iter().map(|run| run.as_bytes()).collect();
                let mut expected: Vec<_> = runs.iter().flat_map(|run| plainly(run)).collect();
                expected.sort_unstable();
                let pairs = pairs(&known);
                prop_assert_eq!(found(&pairs, text.as_bytes(), 0), &*expected);
                let later = found(&pairs, text.as_bytes(), from);
                expected.retain(|start| later.contains(start) || *start >= from);
                prop_assert_eq!(later, expected);
            }
        }
    }

    #[test]
    fn a_run_is_found_wherever_it_is_in_a_text_of_any_length() {
        // The rarest bytes of the last are farther apart than a block is long.
        let far = format!("q{}z", "e".repeat(BLOCK + 20));
        let runs: [&[u8]; 3] = [b"example", b"x", far.as_bytes()];
        for known in [&runs[..1], &runs[..2], &runs[2..]] {
            let pairs = pairs(known);
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
