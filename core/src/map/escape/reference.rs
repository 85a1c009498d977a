//! Character references (HTML standard §13.5), also with their `&` escaped once more. A number need
//! not end with `;` (§13.2.5.80): it ends where its digits end.

use super::digits::number;
use super::unit::{Miss, Unit};

/// The named references that matter around a URL.
const NAMES: [(&[u8], u8); 23] = [
    (b"NewLine", b'\n'),
    (b"Tab", b'\t'),
    (b"amp", b'&'),
    (b"apos", b'\''),
    (b"bsol", b'\\'),
    (b"colon", b':'),
    (b"comma", b','),
    (b"commat", b'@'),
    (b"equals", b'='),
    (b"grave", b'`'),
    (b"gt", b'>'),
    (b"lowbar", b'_'),
    (b"lpar", b'('),
    (b"lsqb", b'['),
    (b"lt", b'<'),
    (b"nbsp", b' '),
    (b"num", b'#'),
    (b"period", b'.'),
    (b"quest", b'?'),
    (b"quot", b'"'),
    (b"rpar", b')'),
    (b"sol", b'/'),
    (b"vert", b'|'),
];

const HEX_DIGITS: usize = 6;
const DECIMAL_DIGITS: usize = 7;

pub(super) fn read(text: &[u8], at: usize, last: bool) -> Result<Unit, Miss> {
    let unit = body(text, at + 1, last)?;
    if text.get(at + 1..unit.end) != Some(b"amp;".as_slice()) {
        return Ok(unit);
    }
    match body(text, unit.end, last) {
        Err(Miss::Cut) if !last => Err(Miss::Cut),
        Err(_) => Ok(unit),
        inner => inner,
    }
}

/// Reads what follows the `&`.
fn body(text: &[u8], at: usize, last: bool) -> Result<Unit, Miss> {
    let (value, end) = match (text.get(at), text.get(at + 1)) {
        (Some(b'#'), Some(b'x' | b'X')) => number(text, at + 2, 16, HEX_DIGITS, last)?,
        (Some(b'#'), Some(_)) => number(text, at + 1, 10, DECIMAL_DIGITS, last)?,
        (Some(b'#') | None, None) => return Err(Miss::Cut),
        _ => return named(text, at),
    };
    let end = match text.get(end) {
        None if !last => return Err(Miss::Cut),
        Some(b';') => end + 1,
        _ => end,
    };
    Ok(code_point(value, end))
}

fn code_point(value: u32, end: usize) -> Unit {
    Unit {
        value,
        end,
        is_byte: false,
    }
}

fn named(text: &[u8], at: usize) -> Result<Unit, Miss> {
    let rest = text.get(at..).unwrap_or_default();
    let mut miss = Miss::Not;
    for (name, code) in NAMES {
        match rest.strip_prefix(name) {
            Some([b';', ..]) => {
                return Ok(code_point(u32::from(code), at + name.len() + 1));
            }
            Some([]) => miss = Miss::Cut,
            None if name.starts_with(rest) => miss = Miss::Cut,
            _ => {}
        }
    }
    Err(miss)
}

/// Returns the radix of the number that `text` ends with, if that is a reference without its `;`.
pub(super) fn open_radix(text: &[u8]) -> Option<u32> {
    let start = text.iter().rposition(|&byte| byte == b'&')? + 1;
    let body = text.get(start..)?;
    let number = body.strip_prefix(b"amp;").unwrap_or(body);
    let (radix, digits) = match number.strip_prefix(b"#")? {
        [b'x' | b'X', digits @ ..] => (16, digits),
        digits => (10, digits),
    };
    let is_open = digits
        .iter()
        .all(|&digit| char::from(digit).is_digit(radix));
    is_open.then_some(radix)
}
