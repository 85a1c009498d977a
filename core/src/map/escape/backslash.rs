//! Escapes that start with a backslash, or with several of them in a string within a string.
//!
//! JSON's `\/`, a regular expression's `\.`, ECMAScript's `\u002F`, `\u{2f}` and `\x2F` (ECMAScript
//! §12.9.4), and CSS's `\2f `, which one white space may end (CSS Syntax Level 3 §4.3.7). CSS
//! escapes that start with a letter are not read as such: `\b` and `\f` are control characters in
//! scripts and JSON.

use super::digits::{hex, number};
use super::unit::{Miss, Unit};

const BACKSLASHES: usize = 7;
/// The most digits of an escape without a fixed number of digits.
const DIGITS: usize = 6;

pub(super) fn read(text: &[u8], at: usize, last: bool) -> Result<Unit, Miss> {
    let run = text
        .iter()
        .skip(at)
        .take(BACKSLASHES + 1)
        .take_while(|&&byte| byte == b'\\')
        .count();
    if run > BACKSLASHES {
        return Err(Miss::Not);
    }
    let body = at + run;
    let (value, end) = match *text.get(body).ok_or(Miss::Cut)? {
        b'u' => code_point(text, body + 1)?,
        b'x' => (hex(text, body + 1, 2)?, body + 3),
        b'b' | b'f' | b'n' | b'r' | b't' | b'v' => (u32::from(b'\n'), body + 1),
        b'0'..=b'9' => css(text, body, last)?,
        byte if byte.is_ascii_punctuation() => (u32::from(byte), body + 1),
        _ => return Err(Miss::Not),
    };
    Ok(Unit {
        value,
        end,
        is_byte: false,
    })
}

/// Reads the digits behind `\u`: four, or one to six in braces.
fn code_point(text: &[u8], at: usize) -> Result<(u32, usize), Miss> {
    if *text.get(at).ok_or(Miss::Cut)? != b'{' {
        return Ok((hex(text, at, 4)?, at + 4));
    }
    let (value, end) = number(text, at + 1, 16, DIGITS, false)?;
    match text.get(end) {
        Some(b'}') => Ok((value, end + 1)),
        _ => Err(Miss::Not),
    }
}

fn css(text: &[u8], start: usize, last: bool) -> Result<(u32, usize), Miss> {
    let six = text.get(..start + DIGITS);
    // The sixth digit is the last one, whatever follows.
    let (value, end) = number(
        six.unwrap_or(text),
        start,
        16,
        DIGITS,
        last || six.is_some(),
    )?;
    // A control character is more likely the `\0` of a script or the `\1` of a regular expression.
    if value < u32::from(b' ') {
        return Err(Miss::Not);
    }
    let white_space = match (text.get(end), text.get(end + 1)) {
        (None, _) | (Some(b'\r'), None) if !last => return Err(Miss::Cut),
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c'), _) => 1,
        _ => 0,
    };
    Ok((value, end + white_space))
}

/// Returns whether `text` ends with a CSS escape that white space would end, even if it has all its
/// digits.
pub(super) fn is_open(text: &[u8]) -> bool {
    let digits = text
        .iter()
        .rev()
        .take(DIGITS)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let before = text.len() - digits;
    let first = text.get(before).is_some_and(u8::is_ascii_digit);
    first && before > 0 && text.get(before - 1) == Some(&b'\\')
}

/// Returns whether `white_space` behind `text` ends a CSS escape.
pub(in crate::map) fn is_ended(text: Option<&[u8]>, white_space: u8) -> bool {
    let text = text.unwrap_or_default();
    let text = match text {
        [before @ .., b'\r'] if white_space == b'\n' => before,
        text => text,
    };
    is_open(text)
}
