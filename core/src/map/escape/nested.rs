//! Escapes whose characters are escaped in turn: JSON or a script, percent-encoded or in an
//! attribute (`%5C%2F`, `&#92;/`), or a reference whose `&` is escaped by the language around it
//! (`\u0026#47;`, `%26%2347%3B`).
//!
//! A unit whose character is the beginning of an escape goes on as that escape, and each character
//! of that is a unit again. Only escapes with an end of their own can be nested: no CSS, and
//! references only with their `;`.

use super::simple::{self, escape};
use super::unit::{Cut, Miss, UNIT, Unit, starts_escape};

/// How deep escapes can be nested, without those that `simple` reads.
const LEVELS: usize = 2;

/// Returns the unit at `at`, or `None` at the end of `text`. A byte that starts no escape is a unit
/// of its own.
///
/// # Errors
/// [`Cut`] if more text could make it another unit; never if `text` is the `last` one.
#[inline]
pub(in crate::map) fn read(text: &[u8], at: usize, last: bool) -> Result<Option<Unit>, Cut> {
    match text.get(at) {
        Some(&byte) if starts_escape(byte) => {
            // This many bytes decide, whatever follows them.
            let near = text.get(at..at + UNIT);
            let rest = near.or_else(|| text.get(at..)).unwrap_or_default();
            let unit = self::unit(rest, 0, last || near.is_some(), LEVELS)?;
            Ok(unit.map(|unit| Unit {
                end: at + unit.end,
                ..unit
            }))
        }
        _ => simple::read(text, at, last),
    }
}

fn unit(text: &[u8], at: usize, last: bool, level: usize) -> Result<Option<Unit>, Cut> {
    let Some(inner) = level.checked_sub(1) else {
        return simple::read(text, at, last);
    };
    let Some(first) = unit(text, at, last, inner)? else {
        return Ok(None);
    };
    // A plain character has been tried as the beginning of an escape.
    if first.end == at + 1 || !starts_escape(first.code()) {
        return Ok(Some(first));
    }
    let whole = go_on(text, last, inner, first)?;
    Ok(Some(whole.unwrap_or(first)))
}

/// Returns the unit that starts with `first`, the first character of an escape, if the escape goes
/// on.
fn go_on(text: &[u8], last: bool, inner: usize, first: Unit) -> Result<Option<Unit>, Cut> {
    let mut known = Characters::default();
    let mut next = Some(first);
    // Reads no more characters than it takes.
    while let Some(unit) = next {
        known.push(unit);
        match escape(known.codes(), 0, first.code(), false) {
            Err(Miss::Cut) => next = self::unit(text, unit.end, last, inner)?,
            found => return Ok(found.ok().and_then(|found| known.spell(found))),
        }
    }
    let found = escape(known.codes(), 0, first.code(), true);
    Ok(found.ok().and_then(|found| known.spell(found)))
}

/// Characters that may form an escape, and where each ends.
#[derive(Default)]
struct Characters {
    codes: [u8; UNIT],
    ends: [usize; UNIT],
    len: usize,
}

impl Characters {
    fn push(&mut self, unit: Unit) {
        if let (Some(code), Some(end)) = (self.codes.get_mut(self.len), self.ends.get_mut(self.len))
        {
            (*code, *end) = (unit.code(), unit.end);
            self.len += 1;
        }
    }

    fn codes(&self) -> &[u8] {
        self.codes.get(..self.len).unwrap_or_default()
    }

    /// Returns the unit that an escape of these characters makes.
    fn spell(&self, found: Unit) -> Option<Unit> {
        let codes = self.codes.get(..found.end)?;
        let ends_by_itself = match codes {
            [b'&', .., end] => *end == b';',
            [b'\\', ..] => {
                let body = codes.iter().find(|&&code| code != b'\\');
                body.is_some_and(|body| !body.is_ascii_digit())
            }
            _ => true,
        };
        let end = *self.ends.get(found.end.checked_sub(1)?)?;
        ends_by_itself.then_some(Unit { end, ..found })
    }
}
