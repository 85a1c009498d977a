//! A stretch of a body as the patterns read it: its bytes, what was before them, and whether more can follow.

use super::escape::{self, Cut, UNIT, Unit};

/// The bytes before a stretch, as many as it takes to know which character ends there. None: the body's start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Behind {
    bytes: [u8; UNIT],
    len: usize,
}

impl Behind {
    /// What is behind once `bytes` have gone by as well.
    #[must_use]
    pub(super) fn followed_by(&self, bytes: &[u8]) -> Self {
        let mut joined = Self::default();
        let new = bytes
            .get(bytes.len().saturating_sub(UNIT)..)
            .unwrap_or_default();
        let known = self.bytes.get(..self.len).unwrap_or_default();
        let old = known
            .get((known.len() + new.len()).saturating_sub(UNIT)..)
            .unwrap_or_default();
        for (to, from) in joined.bytes.iter_mut().zip(old.iter().chain(new)) {
            *to = *from;
            joined.len += 1;
        }
        joined
    }

    /// The last character; `None` at the body's start.
    fn last(&self) -> Option<u8> {
        escape::ending(self.bytes.get(..self.len).unwrap_or_default())
    }
}

/// Why a pattern does not match at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It does not, whatever follows.
    No,
    /// It may, when more is known.
    More,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::More
    }
}

/// A stretch of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    /// What was before it.
    pub(super) behind: Behind,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// Whether the body ends with it.
    pub(super) last: bool,
}

impl Text<'_> {
    /// The unit at `at`; `None` at the end of the body.
    pub(super) fn unit(&self, at: usize) -> Result<Option<Unit>, Stop> {
        Ok(escape::read(self.bytes, at, self.last)?)
    }

    /// The position behind the character `code` at `at`, however it is written.
    pub(super) fn expect(&self, at: usize, code: u8) -> Result<usize, Stop> {
        match self.unit(at)? {
            Some(unit) if unit.code == code => Ok(unit.end),
            _ => Err(Stop::No),
        }
    }

    /// The character before `at`; `None` at the start of the body.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        let near = self
            .bytes
            .get(at.saturating_sub(UNIT)..at)
            .unwrap_or_default();
        if near.len() == UNIT {
            escape::ending(near)
        } else {
            self.behind.followed_by(near).last()
        }
    }

    /// Which of `words` is at `at`, in any letter case; of several the first one.
    pub(super) fn word<T: Copy>(&self, at: usize, words: &[(&str, T)]) -> Result<(usize, T), Stop> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let mut stop = Stop::No;
        for &(word, value) in words {
            let (word, known) = (word.as_bytes(), rest.len().min(word.len()));
            if let (Some(a), Some(b)) = (word.get(..known), rest.get(..known))
                && a.eq_ignore_ascii_case(b)
            {
                if known == word.len() {
                    return Ok((at + known, value));
                }
                if !self.last {
                    stop = Stop::More;
                }
            }
        }
        Err(stop)
    }
}
