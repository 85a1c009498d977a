//! The name of a host as pages write it: in ASCII, and, if it is an international name, in Unicode.

use std::ops::Range;

use super::escape::starts_escape;
use super::letter::Letter;
use super::searched::Searched;
use super::stretch::{Stop, Stretch};

/// One form of a name, recognised in any letter case and any escaping.
#[derive(Debug)]
pub(super) struct HostName {
    letters: Vec<Letter>,
    /// The bytes that it can start with where it is not escaped.
    pub(super) initials: [u8; 2],
    /// The part of it that the finder looks for.
    pub(super) searched: Searched,
}

/// A name that was found in a stretch.
pub(super) struct Named {
    /// The position behind it.
    pub(super) end: usize,
    /// Its first escaped dot.
    pub(super) dot: Option<Range<usize>>,
}

/// Returns the letters of a host in the form of the configuration, and those of its Unicode form if
/// that differs.
pub(super) fn forms(host: &str) -> Vec<Vec<Letter>> {
    let letters = |form: &str| form.chars().map(Letter::new).collect();
    let unicode = unicode(host).as_deref().map(letters);
    std::iter::once(letters(host)).chain(unicode).collect()
}

/// Returns the Unicode form of a host (UTS #46 §4.3) if it has another one.
#[cfg(feature = "idna")]
fn unicode(host: &str) -> Option<String> {
    match idna::domain_to_unicode(host) {
        (unicode, Ok(())) if unicode != host => Some(unicode),
        _ => None,
    }
}

/// Returns `None`: without the feature `idna`, hosts are recognised in ASCII only.
#[cfg(not(feature = "idna"))]
fn unicode(_host: &str) -> Option<String> {
    None
}

impl HostName {
    /// Makes a name of these letters, of which the finder looks for `searched`.
    pub(super) fn new(letters: Vec<Letter>, searched: Searched) -> Self {
        let first = letters.first().copied();
        Self {
            letters,
            initials: first.map_or([0; 2], Letter::initials),
            searched,
        }
    }

    /// Returns the most bytes that spell it.
    pub(super) fn longest(&self) -> usize {
        self.letters.iter().map(|letter| letter.longest()).sum()
    }

    /// Returns the bytes above ASCII that spell it where it is not escaped.
    pub(super) fn bytes_above_ascii(&self) -> Vec<u8> {
        let letters = self.letters.iter().flat_map(|it| [it.lower, it.upper]);
        let bytes = letters.collect::<String>().into_bytes();
        bytes.into_iter().filter(|byte| !byte.is_ascii()).collect()
    }

    /// Returns whether its last letter is above ASCII.
    pub(super) fn ends_above_ascii(&self) -> bool {
        self.letters
            .last()
            .is_some_and(|letter| !letter.lower.is_ascii())
    }

    /// Reads the name at `start`.
    pub(super) fn at(&self, stretch: &Stretch<'_>, start: usize) -> Result<Named, Stop> {
        let mut at = start;
        let mut dot = None;
        let mut searched = start;
        for (index, letter) in self.letters.iter().enumerate() {
            if index == self.searched.letters.start {
                searched = at;
            }
            let end = self.letter(stretch, at, *letter)?;
            if letter.lower == '.' && dot.is_none() && end - at > 1 {
                dot = Some(at..end);
            }
            at = end;
            // If the finder could not have found the name by this part, chance would decide which
            // URL is mapped.
            if index + 1 == self.searched.letters.end
                && !self.searched.is_in(stretch.bytes.get(searched..at))
            {
                return Err(Stop::No);
            }
        }
        Ok(Named { end: at, dot })
    }

    /// Returns the position behind `letter` at `at`.
    fn letter(&self, stretch: &Stretch<'_>, at: usize, letter: Letter) -> Result<usize, Stop> {
        match stretch.bytes.get(at) {
            Some(&found) if found.is_ascii() && letter.is(char::from(found)) => Ok(at + 1),
            // A byte that starts no escape stands for itself.
            Some(&found) if letter.lower.is_ascii() && !starts_escape(found) => Err(Stop::No),
            _ => match stretch.character(at)? {
                Some(found) if found.value.is_some_and(|found| letter.is(found)) => Ok(found.end),
                _ => Err(Stop::No),
            },
        }
    }
}
