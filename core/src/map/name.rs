//! A host's name as it is written: in ASCII, and, if it is an international one, in Unicode.

use std::ops::Range;

use super::escape::starts_escape;
use super::letter::Letter;
use super::searched::Searched;
use super::stretch::{Stop, Stretch};

/// One spelling of a host, in any letter case and any escaping.
#[derive(Debug)]
pub(super) struct Name {
    letters: Vec<Letter>,
    /// The bytes that it starts with where it is not escaped.
    pub(super) initials: [u8; 2],
    /// What the finder finds it by.
    pub(super) searched: Searched,
}

/// A name that was found.
pub(super) struct Named {
    /// The position behind it.
    pub(super) end: usize,
    /// Its first dot that is escaped.
    pub(super) dot: Option<Range<usize>>,
}

/// The letters of a host as the configuration has it, and those of its Unicode form (UTS #46 §4.3), if it has another one.
pub(super) fn forms(host: &str) -> Vec<Vec<Letter>> {
    let unicode = match idna::domain_to_unicode(host) {
        (unicode, Ok(())) if unicode != host => Some(unicode),
        _ => None,
    };
    let letters = |form: &str| form.chars().map(Letter::new).collect();
    let unicode = unicode.as_deref().map(letters);
    std::iter::once(letters(host)).chain(unicode).collect()
}

impl Name {
    /// Of some letters, and what of them is searched for.
    pub(super) fn new(letters: Vec<Letter>, searched: Searched) -> Self {
        let first = letters.first().copied();
        Self {
            letters,
            initials: first.map_or([0; 2], Letter::initials),
            searched,
        }
    }

    /// The most bytes that write it.
    pub(super) fn longest(&self) -> usize {
        self.letters.iter().map(|letter| letter.longest()).sum()
    }

    /// The bytes above ASCII that write it where it is not escaped.
    pub(super) fn bytes_above_ascii(&self) -> Vec<u8> {
        let letters = self.letters.iter().flat_map(|it| [it.lower, it.upper]);
        let bytes = letters.collect::<String>().into_bytes();
        bytes.into_iter().filter(|byte| !byte.is_ascii()).collect()
    }

    /// Whether its last letter is one above ASCII.
    pub(super) fn ends_above_ascii(&self) -> bool {
        self.letters
            .last()
            .is_some_and(|letter| !letter.lower.is_ascii())
    }

    /// The name at `start`.
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
            // What is searched for must be there as the finder wants it, or chance would decide which URL is found.
            if index + 1 == self.searched.letters.end
                && !self.searched.is_in(stretch.bytes.get(searched..at))
            {
                return Err(Stop::No);
            }
        }
        Ok(Named { end: at, dot })
    }

    /// The position behind a letter that is at `at`.
    fn letter(&self, stretch: &Stretch<'_>, at: usize, letter: Letter) -> Result<usize, Stop> {
        match stretch.bytes.get(at) {
            Some(&found) if found.is_ascii() && letter.is(char::from(found)) => Ok(at + 1),
            // What is no escape is itself.
            Some(&found) if letter.lower.is_ascii() && !starts_escape(found) => Err(Stop::No),
            _ => match stretch.character(at)? {
                Some(found) if found.value.is_some_and(|found| letter.is(found)) => Ok(found.end),
                _ => Err(Stop::No),
            },
        }
    }
}
