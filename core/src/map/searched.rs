//! Chooses the part of a name that the finder looks for: bytes that every URL of that host
//! contains, however it is escaped.
//!
//! For a host with ASCII letters or digits, the part is one run of them (`example` in
//! `www.example.com`): escapings leave a run as it is, as a rule, and often change the dots around
//! it. For other hosts (`пример.рф`), it is one letter, in every way to write it.

use std::ops::Range;

use super::letter::Letter;

/// How often `a` to `z` occur in news pages, in either case, per 10,000 bytes.
const LETTERS: [u16; 26] = [
    358, 86, 207, 183, 438, 99, 104, 117, 320, 29, 40, 234, 166, 284, 273, 173, 19, 245, 271, 402,
    129, 69, 70, 53, 78, 28,
];
/// The same for `0` to `9`.
const DIGITS: [u16; 10] = [135, 109, 119, 86, 97, 76, 60, 67, 76, 72];

/// The letters that no escape of a letter or digit contains. What a run has from one of them on, to
/// its end, is not escaped where the run is found.
const NOT_IN_ESCAPES: &[u8] = b"ghijkqrtvwyz";

/// The fewest letters of a long run.
const LONG: usize = 4;

/// The part of one name that the finder looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Searched {
    /// The letters of the name that it covers.
    pub(super) letters: Range<usize>,
    /// Every occurrence of the name contains one of these runs of bytes, in any case of their ASCII
    /// letters.
    pub(super) runs: Vec<Vec<u8>>,
    /// The letter behind the part, if the part is plain wherever it is found, so that nothing but
    /// this letter, or an escape, can follow it.
    pub(super) next: Option<Letter>,
}

impl Searched {
    /// Returns whether the finder finds it in the bytes that spell its letters.
    pub(super) fn is_in(&self, written: Option<&[u8]>) -> bool {
        let written = written.unwrap_or_default();
        // With one byte for each letter, none is escaped and none is above ASCII.
        written.len() == self.letters.len()
            || self.runs.iter().any(|run| {
                written
                    .windows(run.len())
                    .any(|window| window.eq_ignore_ascii_case(run))
            })
    }

    /// Returns whether it is as short as `img` or `cdn`, words that many hosts and many pages
    /// contain.
    fn is_short(&self) -> bool {
        self.letters.len() < LONG
    }

    /// Returns how often its two rarest bytes are to be expected together, of 10⁸ positions.
    fn cost(&self) -> Option<u32> {
        let (cost, ..) = rarest_pair(self.runs.first()?)?;
        Some(cost)
    }
}

/// Chooses the part of each name that the finder looks for. Hosts of one site share it where they
/// can.
pub(super) fn choose(names: &[Vec<Letter>]) -> Vec<Searched> {
    let mut chosen: Vec<Searched> = Vec::new();
    for name in names {
        let runs = telling_runs(name);
        let is_shared =
            |run: &&Searched| !run.is_short() && chosen.iter().any(|known| known.runs == run.runs);
        let rarest = || runs.iter().min_by_key(|run| (run.is_short(), run.cost()));
        let run = runs.iter().find(is_shared).or_else(rarest).cloned();
        chosen.push(run.unwrap_or_else(|| letter_above_ascii(name)));
    }
    chosen
}

/// Returns the two bytes of a run that occur together most rarely: at how many of 10⁸ positions,
/// and their offsets.
pub(super) fn rarest_pair(run: &[u8]) -> Option<(u32, usize, usize)> {
    let pairs = (0..run.len()).flat_map(|i| (i + 1..run.len()).map(move |j| (i, j)));
    let pairs = pairs.chain((run.len() == 1).then_some((0, 0)));
    let cost = |(i, j): (usize, usize)| match (run.get(i), run.get(j)) {
        (Some(&a), Some(_)) if i == j => frequency(a) * 10_000,
        (Some(&a), Some(&b)) => frequency(a) * frequency(b),
        _ => u32::MAX,
    };
    pairs
        .map(|(i, j)| (cost((i, j)), i, j))
        .min_by_key(|it| it.0)
}

/// Returns the runs that distinguish a name: without `www`, the mark of Punycode and the top-level
/// domain, unless there is nothing else.
fn telling_runs(name: &[Letter]) -> Vec<Searched> {
    let is_run = |letter: &Letter| letter.lower.is_ascii_alphanumeric();
    let mut runs: Vec<Searched> = Vec::new();
    for (index, letter) in name.iter().enumerate().filter(|(_, letter)| is_run(letter)) {
        let byte = letter.lower as u8;
        match runs.last_mut() {
            Some(run) if run.letters.end == index => {
                run.letters.end += 1;
                run.runs.iter_mut().for_each(|run| run.push(byte));
            }
            _ => runs.push(Searched {
                letters: index..index + 1,
                runs: vec![vec![byte]],
                next: None,
            }),
        }
    }
    for run in &mut runs {
        let is_plain = |run: &Vec<u8>| run.iter().any(|byte| NOT_IN_ESCAPES.contains(byte));
        let next = name.get(run.letters.end).copied();
        run.next = next.filter(|next| next.lower.is_ascii() && run.runs.iter().all(is_plain));
    }
    let site = name.iter().rposition(|letter| letter.lower == '.');
    let site = site.unwrap_or(name.len());
    let tells = |run: &&Searched| {
        let generic = [b"www".as_slice(), b"xn"].map(<[u8]>::to_vec);
        run.letters.end <= site && !generic.iter().any(|it| run.runs.contains(it))
    };
    let telling: Vec<Searched> = runs.iter().filter(tells).cloned().collect();
    if telling.is_empty() { runs } else { telling }
}

/// Returns the first letter above ASCII of a name: in UTF-8, percent-encoded once or twice, and as
/// the number that an escape contains.
fn letter_above_ascii(name: &[Letter]) -> Searched {
    let at = name.iter().position(|letter| !letter.lower.is_ascii());
    let at = at.unwrap_or(0);
    let mut runs = Vec::new();
    for letter in name.get(at).into_iter().flat_map(|it| [it.lower, it.upper]) {
        let utf8 = letter.to_string().into_bytes();
        let hex: Vec<String> = utf8.iter().map(|byte| format!("{byte:02x}")).collect();
        let numbers = [format!("{:x}", letter as u32), (letter as u32).to_string()];
        let percent = ["%", "%25"].map(|percent| hex.join(percent));
        runs.push(utf8);
        runs.extend(percent.into_iter().chain(numbers).map(String::into_bytes));
    }
    Searched {
        letters: at..at + 1,
        runs,
        next: None,
    }
}

/// Returns how often a byte occurs, in either case, per 10,000.
pub(super) fn frequency(byte: u8) -> u32 {
    let (counts, index) = if byte.is_ascii_digit() {
        (DIGITS.as_slice(), byte - b'0')
    } else {
        (
            LETTERS.as_slice(),
            byte.to_ascii_lowercase().saturating_sub(b'a'),
        )
    };
    counts
        .get(usize::from(index))
        .map_or(1, |&count| u32::from(count))
}
