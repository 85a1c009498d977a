//! The search for few runs: compares the two rarest bytes of each, at eight positions at a time in
//! one `u64`, and the run itself only where both fit. Each further run costs as much as the first.

use super::super::searched::rarest_pair;
use super::confirm::{Hit, hit};

/// The positions that are compared before the loop checks whether one fits.
const BLOCK: usize = 128;
const WORD: usize = size_of::<u64>();
const ONES: u64 = u64::from_ne_bytes([1; WORD]);
const TOP_BITS: u64 = u64::from_ne_bytes([0x80; WORD]);
/// The bit that tells the cases of an ASCII letter apart. Ignoring it in other bytes makes the
/// search less strict, never more.
const CASE: u8 = 0x20;

/// Up to this many bytes at the end of a text, comparing each run at each position costs less.
const FEW_BYTES: usize = 24;

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
    first: u64,
    second: u64,
}

impl Pairs {
    pub(super) fn new(runs: &[&[u8]]) -> Self {
        let needles: Vec<Needle> = runs.iter().filter_map(|run| Needle::new(run)).collect();
        let reach = needles.iter().map(|needle| needle.gap).max().unwrap_or(0);
        Self { needles, reach }
    }

    /// Returns the first run that lies wholly in `text` and has its first compared byte at or
    /// after `at`.
    pub(super) fn next(&self, text: &[u8], mut at: usize) -> Option<Hit> {
        while let Some(window) = text.get(at..at + BLOCK + self.reach) {
            if let Some(hit) = self.next_in_block(window, text, at) {
                return Some(hit);
            }
            at += BLOCK;
        }
        self.next_at_end(text, at)
    }

    /// Does the same where less than a window is left.
    #[inline(never)]
    fn next_at_end(&self, text: &[u8], mut at: usize) -> Option<Hit> {
        // Bytes behind the end of the text make nothing fit that is not in it, because a whole run
        // is compared there.
        while self.reach <= BLOCK
            && let Some(rest) = text.get(at..).filter(|rest| rest.len() > FEW_BYTES)
        {
            let mut window = [0; 2 * BLOCK];
            window
                .iter_mut()
                .zip(rest)
                .for_each(|(to, from)| *to = *from);
            if let Some(hit) = self.next_in_block(&window, text, at) {
                return Some(hit);
            }
            at += BLOCK;
        }
        (at..text.len()).find_map(|position| self.confirm(text, position))
    }

    /// Returns the first run of which the first compared byte is in the first [`BLOCK`] bytes of
    /// `window`, which begins at `at` in the text.
    #[allow(
        clippy::inline_always,
        reason = "pages took 3 % more instructions without"
    )]
    #[inline(always)]
    fn next_in_block(&self, window: &[u8], text: &[u8], at: usize) -> Option<Hit> {
        let mut fits = [0; BLOCK / WORD];
        for needle in &self.needles {
            needle.add_fits(window, &mut fits);
        }
        if fits.iter().fold(0, |any, fits| any | fits) == 0 {
            return None;
        }
        for (word, mut fits) in fits.into_iter().enumerate() {
            while fits != 0 {
                let position = at + word * WORD + fits.trailing_zeros() as usize / 8;
                if let Some(hit) = self.confirm(text, position) {
                    return Some(hit);
                }
                fits &= fits - 1;
            }
        }
        None
    }

    fn confirm(&self, text: &[u8], position: usize) -> Option<Hit> {
        let mut needles = self.needles.iter();
        needles.find_map(|needle| hit(&needle.run, needle.offset, text, position))
    }
}

impl Needle {
    /// Makes the needle for a run.
    fn new(run: &[u8]) -> Option<Self> {
        let (_, i, j) = rarest_pair(run)?;
        let splat = |at: usize| {
            run.get(at)
                .map(|&byte| u64::from_ne_bytes([byte | CASE; WORD]))
        };
        Some(Self {
            run: run.to_vec(),
            offset: i,
            gap: j - i,
            first: splat(i)?,
            second: splat(j)?,
        })
    }

    /// Sets the top bit of each byte where the two bytes may be, in words that stand for the first
    /// [`BLOCK`] positions in the order of the text.
    #[inline(always)]
    fn add_fits(&self, window: &[u8], fits: &mut [u64; BLOCK / WORD]) {
        let block = |at: usize| {
            window
                .get(at..)
                .and_then(|rest| rest.first_chunk::<BLOCK>())
        };
        if let (Some(first), Some(second)) = (block(0), block(self.gap)) {
            let (first, _) = first.as_chunks::<WORD>();
            let (second, _) = second.as_chunks::<WORD>();
            for ((fits, a), b) in fits.iter_mut().zip(first).zip(second) {
                *fits |= self.compare(*a, *b);
            }
        }
    }

    #[inline]
    fn compare(&self, a: [u8; WORD], b: [u8; WORD]) -> u64 {
        const FOLD: u64 = u64::from_ne_bytes([CASE; WORD]);
        let differs = ((u64::from_le_bytes(a) | FOLD) ^ self.first)
            | ((u64::from_le_bytes(b) | FOLD) ^ self.second);
        // Sets the top bit of those bytes that are zero. A borrow can set that of the byte behind
        // one, too; what is found is compared as a whole anyway.
        differs.wrapping_sub(ONES) & !differs & TOP_BITS
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
                        let found = pairs.next(&text, 0).map(|hit| hit.inside);
                        assert_eq!(found, expected.min(), "{length} {start}");
                        assert_eq!(pairs.next(&text, length), None);
                    }
                }
            }
        }
    }
}
