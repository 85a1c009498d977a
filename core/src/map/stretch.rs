//! A stretch of a body as the patterns read it: its bytes, those before them, and whether more can
//! follow.

use std::ops::Range;

use super::escape::{self, BEHIND, Cut, Previous, Spelling, Unit};

/// The last bytes before a stretch, as many as it takes to know the character that ends there.
/// Empty at the start of the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind {
    bytes: [u8; BEHIND],
    len: usize,
}

impl Default for Behind {
    fn default() -> Self {
        Self {
            bytes: [0; BEHIND],
            len: 0,
        }
    }
}

impl Behind {
    /// Returns the last bytes once `bytes` have gone by as well.
    #[must_use]
    pub(super) fn followed_by(&self, bytes: &[u8]) -> Self {
        if let Some(&bytes) = bytes.last_chunk() {
            return Self { bytes, len: BEHIND };
        }
        let mut joined = Self::default();
        let known = self.known();
        let old = known
            .get((known.len() + bytes.len()).saturating_sub(BEHIND)..)
            .unwrap_or_default();
        for (to, from) in joined.bytes.iter_mut().zip(old.iter().chain(bytes)) {
            *to = *from;
            joined.len += 1;
        }
        joined
    }

    fn known(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Why a pattern does not match at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It does not match, whatever follows.
    No,
    /// It may match, depending on what follows the stretch.
    More,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::More
    }
}

/// A stretch of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    /// The last bytes before it.
    pub(super) behind: Behind,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// Whether the body ends with it.
    pub(super) last: bool,
    /// Whether a plus sign stands for a space, as it does in the values of a form (URL standard,
    /// `application/x-www-form-urlencoded`).
    pub(super) is_form: bool,
}

/// A character of any script.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// The character; `None` for bytes that are no UTF-8.
    pub(super) value: Option<char>,
    /// The position behind it.
    pub(super) end: usize,
}

impl<'a> Stretch<'a> {
    /// Makes a stretch that follows other bytes. The body ends after the `last` one.
    pub(super) fn new(behind: Behind, bytes: &'a [u8], last: bool) -> Self {
        Self {
            behind,
            bytes,
            last,
            is_form: false,
        }
    }

    /// Makes a stretch that is a whole body.
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self::new(Behind::default(), bytes, true)
    }
}

impl Stretch<'_> {
    /// Returns the unit at `at`, or `None` at the end of the body.
    pub(super) fn unit(&self, at: usize) -> Result<Option<Unit>, Stop> {
        let unit = escape::read(self.bytes, at, self.last)?;
        Ok(match unit {
            Some(plus) if self.is_form && self.bytes.get(at) == Some(&b'+') => Some(Unit {
                value: u32::from(b' '),
                ..plus
            }),
            unit => unit,
        })
    }

    /// Returns the character at `at`, or `None` at the end of the body. Several units may spell it:
    /// bytes of UTF-8, plain or percent-encoded, or the surrogates of UTF-16.
    pub(super) fn character(&self, at: usize) -> Result<Option<Character>, Stop> {
        let Some(unit) = self.unit(at)? else {
            return Ok(None);
        };
        let units = match unit.value {
            0xc2..=0xdf if unit.is_byte => 2,
            0xe0..=0xef if unit.is_byte => 3,
            0xf0..=0xf4 if unit.is_byte => 4,
            0x80..=0xff if unit.is_byte => 0,
            0xd800..=0xdbff => return self.surrogates(unit),
            _ => 1,
        };
        if units == 1 {
            let value = char::from_u32(unit.value);
            return Ok(Some(Character {
                value,
                end: unit.end,
            }));
        }
        let mut utf8 = [unit.byte(), 0, 0, 0];
        let mut end = unit.end;
        for byte in utf8.iter_mut().take(units).skip(1) {
            match self.unit(end)? {
                Some(next) if next.is_byte => {
                    (*byte, end) = (next.byte(), next.end);
                }
                _ => break,
            }
        }
        let decoded = utf8.get(..units).map(str::from_utf8);
        let value = decoded.and_then(|decoded| decoded.ok()?.chars().next());
        let end = if value.is_some() { end } else { unit.end };
        Ok(Some(Character { value, end }))
    }

    fn surrogates(&self, high: Unit) -> Result<Option<Character>, Stop> {
        let low = self.unit(high.end)?;
        let pair = low.and_then(|low| {
            let pair = [
                u16::try_from(high.value).ok()?,
                u16::try_from(low.value).ok()?,
            ];
            let value = char::decode_utf16(pair).next()?.ok()?;
            Some(Character {
                value: Some(value),
                end: low.end,
            })
        });
        Ok(Some(pair.unwrap_or(Character {
            value: None,
            end: high.end,
        })))
    }

    /// Returns the position behind the character `code` at `at`, however that is written.
    pub(super) fn expect(&self, at: usize, code: u8) -> Result<usize, Stop> {
        match self.bytes.get(at) {
            Some(&found) if !escape::starts_escape(found) => {
                let is_it = found == code;
                is_it.then_some(at + 1).ok_or(Stop::No)
            }
            _ => match self.unit(at)? {
                Some(unit) if unit.code() == code => Ok(unit.end),
                _ => Err(Stop::No),
            },
        }
    }

    /// Returns the character before `at`, or `None` at the start of the body.
    pub(super) fn before(&self, at: usize) -> Option<Previous> {
        let before = self.behind(at, escape::ending)?;
        Some(self.read_as(before))
    }

    /// Returns the character before the one before `at`, or `None` if there is none.
    pub(super) fn second_before(&self, at: usize) -> Option<Previous> {
        let before = self.behind(at, |near, next| {
            let last = escape::ending(near, next)?;
            let start = near.len() - last.spelling.as_bytes().len();
            escape::ending(near.get(..start)?, near.get(start).copied())
        })?;
        Some(self.read_as(before))
    }

    /// Returns a character that precedes as the body means it: in a form, a plus sign is a space.
    fn read_as(&self, before: Previous) -> Previous {
        let is_space = self.is_form && before.spelling.as_bytes() == b"+";
        Previous {
            code: if is_space { b' ' } else { before.code },
            ..before
        }
    }

    /// Returns what `known` makes of the bytes before `at`: [`BEHIND`] of them, or all there are.
    pub(super) fn near<T>(&self, at: usize, known: impl FnOnce(&[u8]) -> T) -> T {
        self.behind(at, |near, _| known(near))
    }

    /// Returns what `known` makes of the bytes before `at` and the byte there.
    fn behind<T>(&self, at: usize, known: impl FnOnce(&[u8], Option<u8>) -> T) -> T {
        let near = self.bytes.get(at.saturating_sub(BEHIND)..at);
        let near = near.unwrap_or_default();
        let next = self.bytes.get(at).copied();
        if near.len() == BEHIND {
            known(near, next)
        } else {
            known(self.behind.followed_by(near).known(), next)
        }
    }

    /// Returns the position behind a word at `at`, whose letters are in any case and any escaping.
    /// `word` is in lower case.
    pub(super) fn word(&self, mut at: usize, word: &str) -> Result<usize, Stop> {
        for letter in word.bytes() {
            at = match self.bytes.get(at) {
                Some(found) if found.eq_ignore_ascii_case(&letter) => at + 1,
                found if found.is_none_or(|&found| escape::starts_escape(found)) => {
                    match self.unit(at)? {
                        Some(unit) if unit.code().eq_ignore_ascii_case(&letter) => unit.end,
                        _ => return Err(Stop::No),
                    }
                }
                _ => return Err(Stop::No),
            };
        }
        Ok(at)
    }

    /// Returns the spelling of the character at a range.
    pub(super) fn spelling(&self, range: Range<usize>) -> Spelling {
        Spelling::new(self.bytes.get(range).unwrap_or_default())
    }
}
