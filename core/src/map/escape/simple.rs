//! Escapes with no other escape in them, though with repeated backslashes, `%25` or `&amp;` in
//! front.

use super::digits::hex;
use super::unit::{Cut, Miss, Unit, starts_escape};
use super::{backslash, reference};

const PERCENT_LEVELS: usize = 4;

/// Returns the unit at `at`, or `None` at the end of `text`. A byte that starts no escape is a unit
/// of its own.
pub(super) fn read(text: &[u8], at: usize, last: bool) -> Result<Option<Unit>, Cut> {
    let Some(&byte) = text.get(at) else {
        return if last { Ok(None) } else { Err(Cut) };
    };
    if starts_escape(byte) {
        match escape(text, at, byte, last) {
            Ok(unit) => return Ok(Some(unit)),
            Err(Miss::Cut) if !last => return Err(Cut),
            Err(_) => {}
        }
    }
    Ok(Some(Unit {
        value: u32::from(byte),
        end: at + 1,
        is_byte: true,
    }))
}

pub(super) fn escape(text: &[u8], at: usize, first: u8, last: bool) -> Result<Unit, Miss> {
    match first {
        b'\\' => backslash::read(text, at, last),
        b'%' => percent(text, at, last),
        _ => reference::read(text, at, last),
    }
}

fn percent(text: &[u8], at: usize, last: bool) -> Result<Unit, Miss> {
    let mut at = at + 1;
    let mut found = Err(Miss::Not);
    for _ in 0..PERCENT_LEVELS {
        match hex(text, at, 2) {
            Ok(value) => {
                at += 2;
                found = Ok(Unit {
                    value,
                    end: at,
                    is_byte: true,
                });
                if value != u32::from(b'%') {
                    break;
                }
            }
            Err(Miss::Cut) if !last => return Err(Miss::Cut),
            Err(_) => break,
        }
    }
    found
}
