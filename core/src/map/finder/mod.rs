//! Finds the places where the host of an origin may be, and passes over all other bytes at the
//! speed of memory.
//!
//! It looks for a *run* of bytes of each host (`searched`), in any letter case: for few by vectors
//! (`pairs`), for many by tables (`sieve`), and for a single one by the rarest of its bytes, as
//! long as that is rare (`rare`).

mod confirm;
mod pairs;
mod rare;
mod sieve;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use self::confirm::Hit;
use self::confirm::Run;
use self::pairs::{PairSearch, Pairs};
pub(super) use self::rare::{Rare, RareSearch};
use self::sieve::Sieve;
use super::letter::Letter;
use super::searched::Searched;

/// The most runs that are looked for one by one. For four, `Pairs` has 3 GB/s and `Sieve` 1.9.
/// Natively, the two meet at eight runs; without SIMD, earlier.
const FEW: usize = 4;

/// Finds every place where one of several runs is.
#[derive(Debug)]
pub(crate) struct Finder {
    runs: Runs,
    /// The only run, if it is found by one of its bytes as well.
    rare: Option<Rare>,
}

#[derive(Debug)]
enum Runs {
    Few(Pairs),
    Many(Box<Sieve>),
}

impl Finder {
    /// Makes a finder for parts of names.
    pub(super) fn new<'a>(searched: impl IntoIterator<Item = &'a Searched>) -> Self {
        let mut known: BTreeMap<&[u8], Vec<Option<Letter>>> = BTreeMap::new();
        for part in searched {
            for run in &part.runs {
                known.entry(run).or_default().push(part.next);
            }
        }
        let runs = known.into_iter().map(|(run, next)| {
            // One name that does not end there leaves open what follows.
            let next: Option<Vec<Letter>> = next.into_iter().collect();
            let cases = |next: Letter| [next.lower, next.upper].map(|letter| letter as u8);
            let next = next.unwrap_or_default().into_iter().flat_map(cases);
            Run::new(run, next.collect())
        });
        Self::with(runs.collect())
    }

    /// Makes a finder for runs of letters and digits, in any letter case.
    pub(crate) fn of<'a>(runs: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let runs: BTreeSet<&[u8]> = runs.into_iter().collect();
        Self::with(
            runs.into_iter()
                .map(|run| Run::new(run, Vec::new()))
                .collect(),
        )
    }

    fn with(runs: Vec<Run>) -> Self {
        let rare = match &*runs {
            [run] => Rare::new(run),
            _ => None,
        };
        let runs = if runs.len() <= FEW {
            Runs::Few(Pairs::new(runs))
        } else {
            Runs::Many(Box::new(Sieve::new(runs)))
        };
        Self { runs, rare }
    }

    /// Starts a search of a text for the rare byte of the only run, if that has one.
    #[inline]
    pub(super) fn rare<'a>(&self, text: &'a [u8]) -> Option<(&Rare, RareSearch<'a>)> {
        let rare = self.rare.as_ref()?;
        Some((rare, rare.search(text)))
    }

    /// Starts a search of a text.
    #[inline]
    pub(crate) fn search<'a>(&'a self, text: &'a [u8]) -> Search<'a> {
        Search(match &self.runs {
            Runs::Few(pairs) => Way::Few(PairSearch::new(pairs, text)),
            Runs::Many(sieve) => Way::Many(sieve, text),
        })
    }
}

/// A search of one text.
#[derive(Debug)]
pub(crate) struct Search<'a>(Way<'a>);

#[derive(Debug)]
enum Way<'a> {
    Few(PairSearch<'a>),
    Many(&'a Sieve, &'a [u8]),
}

impl Search<'_> {
    /// Returns the first run that lies wholly in the text and has its found byte at or after `at`,
    /// which is behind that of the run before.
    #[inline]
    pub(crate) fn next(&mut self, at: usize) -> Option<Hit> {
        match &mut self.0 {
            Way::Few(search) => search.next(at),
            Way::Many(sieve, text) => sieve.next(text, at),
        }
    }
}
