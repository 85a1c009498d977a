//! How one character is written in the escapings that pages contain.
//!
//! A *unit* is one character in whatever way it is written: plain, behind backslashes (JSON's `\/`, a regular expression's
//! `\.`, and doubled when a string is in a string), as `\u002F` or `\x2F` (ECMAScript §12.9.4), percent-encoded
//! (RFC 3986 §2.1, also several times over), or as a character reference (HTML §13.5, also with its `&` escaped).

/// The most bytes that one unit takes.
pub(super) const UNIT: usize = 14;
/// Stands for every character above ASCII.
pub(super) const OTHER: u8 = 0x80;

const BACKSLASHES: usize = 7;
const PERCENT_LEVELS: usize = 4;

/// The character references by name that matter around a URL.
const NAMES: [(&[u8], u8); 22] = [
    (b"NewLine", b'\n'),
    (b"Tab", b'\t'),
    (b"amp", b'&'),
    (b"apos", b'\''),
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

/// How a colon is written where a slash is written so.
const COLONS: [(&[u8], &[u8]); 6] = [
    (b"2f", b"3a"),
    (b"2F", b"3A"),
    (b"2f;", b"3a;"),
    (b"2F;", b"3A;"),
    (b"47;", b"58;"),
    (b"sol;", b"colon;"),
];

/// One character and where its spelling ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// The character, or [`OTHER`].
    pub(super) code: u8,
    /// The position behind it.
    pub(super) end: usize,
}

/// Why there is no escape at a position.
enum Miss {
    /// The bytes are something else.
    Not,
    /// The text ends before that is known.
    Cut,
}

/// The unit at `at`, or `None` at the end of `text`. What is no escape is the byte itself.
///
/// # Errors
/// [`Cut`], if more text could make it another unit; never if `text` is the `last` there is.
#[inline]
pub(super) fn read(text: &[u8], at: usize, last: bool) -> Result<Option<Unit>, Cut> {
    let Some(&byte) = text.get(at) else {
        return if last { Ok(None) } else { Err(Cut) };
    };
    if matches!(byte, b'\\' | b'%' | b'&') {
        match escape(text, at, byte, last) {
            Ok(unit) => return Ok(Some(unit)),
            Err(Miss::Cut) if !last => return Err(Cut),
            Err(_) => {}
        }
    }
    Ok(Some(Unit {
        code: byte.min(OTHER),
        end: at + 1,
    }))
}

fn escape(text: &[u8], at: usize, first: u8, last: bool) -> Result<Unit, Miss> {
    match first {
        b'\\' => backslash(text, at),
        b'%' => percent(text, at, last),
        _ => reference(text, at, last),
    }
}

/// The text ends inside of a unit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut;

/// The character whose spelling ends with `text`, or `None` if that is empty. [`UNIT`] bytes are enough to know.
pub(super) fn ending(text: &[u8]) -> Option<u8> {
    let &byte = text.last()?;
    if byte.is_ascii_alphanumeric() || byte == b';' {
        let start = text.len().saturating_sub(UNIT);
        for at in start..text.len() {
            if let Some(b'\\' | b'%' | b'&') = text.get(at)
                && let Ok(Some(unit)) = read(text, at, true)
                && unit.end == text.len()
            {
                return Some(unit.code);
            }
        }
    }
    // Right behind a byte above ASCII it may be the trail of a character of Shift_JIS, Big5 or GBK, and no letter at all.
    let lead = text.iter().rev().nth(1).is_some_and(|&lead| lead > 0x80);
    if lead && byte.is_ascii_alphanumeric() {
        return Some(OTHER);
    }
    Some(byte.min(OTHER))
}

/// Appends a colon in the escaping that a slash is written in.
pub(super) fn push_colon_like(slash: &[u8], out: &mut Vec<u8>) {
    let escaped = COLONS
        .iter()
        .find_map(|(from, to)| Some((slash.strip_suffix(*from)?, to)));
    match escaped {
        Some((before, colon)) => {
            out.extend_from_slice(before);
            out.extend_from_slice(colon);
        }
        // JSON escapes the slash alone.
        None => out.push(b':'),
    }
}

fn backslash(text: &[u8], at: usize) -> Result<Unit, Miss> {
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
    let (code, end) = match *text.get(body).ok_or(Miss::Cut)? {
        b'u' => (hex(text, body + 1, 4)?, body + 5),
        b'x' => (hex(text, body + 1, 2)?, body + 3),
        b'b' | b'f' | b'n' | b'r' | b't' | b'v' => (u32::from(b'\n'), body + 1),
        byte if byte.is_ascii_punctuation() => (u32::from(byte), body + 1),
        _ => return Err(Miss::Not),
    };
    Ok(Unit {
        code: code_of(code),
        end,
    })
}

fn percent(text: &[u8], at: usize, last: bool) -> Result<Unit, Miss> {
    let mut at = at + 1;
    let mut found = Err(Miss::Not);
    for _ in 0..PERCENT_LEVELS {
        match hex(text, at, 2) {
            Ok(code) => {
                at += 2;
                found = Ok(Unit {
                    code: code_of(code),
                    end: at,
                });
                if code != u32::from(b'%') {
                    break;
                }
            }
            Err(Miss::Cut) if !last => return Err(Miss::Cut),
            Err(_) => break,
        }
    }
    found
}

fn reference(text: &[u8], at: usize, last: bool) -> Result<Unit, Miss> {
    let unit = reference_body(text, at + 1)?;
    if unit.code != b'&' {
        return Ok(unit);
    }
    match reference_body(text, unit.end) {
        Err(Miss::Cut) if !last => Err(Miss::Cut),
        Err(_) => Ok(unit),
        inner => inner,
    }
}

/// What follows the `&` of a reference.
fn reference_body(text: &[u8], at: usize) -> Result<Unit, Miss> {
    let (radix, start, most) = match (text.get(at), text.get(at + 1)) {
        (Some(b'#'), Some(b'x' | b'X')) => (16, at + 2, 6),
        (Some(b'#'), Some(_)) => (10, at + 1, 7),
        (Some(b'#') | None, None) => return Err(Miss::Cut),
        _ => return named_body(text, at),
    };
    let mut code = 0;
    for end in start..=start + most {
        match *text.get(end).ok_or(Miss::Cut)? {
            b';' if end > start => {
                return Ok(Unit {
                    code: code_of(code),
                    end: end + 1,
                });
            }
            byte => code = code * radix + char::from(byte).to_digit(radix).ok_or(Miss::Not)?,
        }
    }
    Err(Miss::Not)
}

fn named_body(text: &[u8], at: usize) -> Result<Unit, Miss> {
    let rest = text.get(at..).unwrap_or_default();
    let mut miss = Miss::Not;
    for (name, code) in NAMES {
        match rest.strip_prefix(name) {
            Some([b';', ..]) => {
                return Ok(Unit {
                    code,
                    end: at + name.len() + 1,
                });
            }
            Some([]) => miss = Miss::Cut,
            None if name.starts_with(rest) => miss = Miss::Cut,
            _ => {}
        }
    }
    Err(miss)
}

fn hex(text: &[u8], at: usize, digits: usize) -> Result<u32, Miss> {
    let mut value = 0;
    for position in at..at + digits {
        let &byte = text.get(position).ok_or(Miss::Cut)?;
        value = value * 16 + char::from(byte).to_digit(16).ok_or(Miss::Not)?;
    }
    Ok(value)
}

fn code_of(value: u32) -> u8 {
    u8::try_from(value).map_or(OTHER, |code| code.min(OTHER))
}
