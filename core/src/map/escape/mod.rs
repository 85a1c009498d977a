//! How one character is written in the escapings that pages contain.
//!
//! A *unit* is one character in whatever way it is written: plain, behind backslashes (`backslash`), percent-encoded
//! (RFC 3986 §2.1, also several times over), or as a character reference (`reference`). Of a character above ASCII that is
//! plain or percent-encoded, a unit is one byte. Where the character is itself the beginning of an escape, the unit goes on
//! with that escape (`nested`).

mod backslash;
mod nested;
mod reference;
mod spelling;
mod writer;

pub(super) use spelling::Spelling;
pub(super) use writer::Writer;

/// The most bytes that one unit takes, and the most that it takes to read one.
pub(super) const UNIT: usize = 32;
/// Stands for every character above ASCII.
pub(super) const OTHER: u8 = 0x80;
/// Stands for those of them behind which a word starts.
pub(super) const MARK: u8 = 0x81;
/// The most bytes that it takes to know which character they end with: three that write a mark in UTF-8, each escaped.
pub(super) const BEHIND: usize = 3 * UNIT;

const PERCENT_LEVELS: usize = 4;

/// One character and where its spelling ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// The character's code point; of one that is plain or percent-encoded, its byte.
    pub(super) value: u32,
    /// The position behind it.
    pub(super) end: usize,
    /// Whether the value is a byte's rather than a code point.
    pub(super) is_byte: bool,
}

impl Unit {
    /// The character, or [`OTHER`].
    pub(super) fn code(&self) -> u8 {
        self.byte().min(OTHER)
    }

    /// Its byte, if it is plain or percent-encoded.
    pub(super) fn byte(&self) -> u8 {
        u8::try_from(self.value).unwrap_or(OTHER)
    }
}

/// The character before a position.
#[derive(Debug, Clone, Copy)]
pub(super) struct Previous {
    /// The character, or [`MARK`], or [`OTHER`].
    pub(super) code: u8,
    /// How it is written.
    pub(super) spelling: Spelling,
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
    match text.get(at) {
        Some(&byte) if starts_escape(byte) => {
            // So many bytes decide, whatever follows them.
            let near = text.get(at..at + UNIT);
            let rest = near.or_else(|| text.get(at..)).unwrap_or_default();
            let unit = nested::read(rest, last || near.is_some())?;
            Ok(unit.map(|unit| Unit {
                end: at + unit.end,
                ..unit
            }))
        }
        _ => simple(text, at, last),
    }
}

/// The same for one escape that has no other one in it, other than such as `\\` in front of it, `%25` and `&amp;`.
fn simple(text: &[u8], at: usize, last: bool) -> Result<Option<Unit>, Cut> {
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

fn escape(text: &[u8], at: usize, first: u8, last: bool) -> Result<Unit, Miss> {
    match first {
        b'\\' => backslash::read(text, at, last),
        b'%' => percent(text, at, last),
        _ => reference::read(text, at, last),
    }
}

/// The text ends inside of a unit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut;

/// The character whose spelling ends with `text`, or `None` if that is empty. [`BEHIND`] bytes are enough to know. `next` is
/// the byte that follows: it may go on with what looks complete, as a digit does with a reference.
pub(super) fn ending(text: &[u8], next: Option<u8>) -> Option<Previous> {
    let (start, unit) = last_unit(text, next)?;
    let (before, spelling) = text.split_at_checked(start)?;
    let code = match unit.code() {
        OTHER if last_character(text, (start, unit)).is_some_and(is_mark) => MARK,
        // Right behind a byte above ASCII it may be the trail of a character of Shift_JIS, Big5 or GBK, and no letter at all.
        code if code.is_ascii_alphanumeric() && spelling.len() == 1 => match before.last() {
            Some(0x81..) => OTHER,
            _ => code,
        },
        code => code,
    };
    Some(Previous {
        code,
        spelling: Spelling::new(spelling),
    })
}

/// The unit that a text ends with, and where it starts.
fn last_unit(text: &[u8], next: Option<u8>) -> Option<(usize, Unit)> {
    let &byte = text.last()?;
    let near = text.last_chunk::<UNIT>();
    // Without an early exit, so that it is one comparison for all of them.
    let may_be_escape = near.is_none_or(|near| {
        near.iter()
            .fold(false, |found, &byte| found | starts_escape(byte))
    });
    let near = near.map_or(text, |near| near);
    let escape = may_be_escape.then(|| escape_before(near, next)).flatten();
    let plain = Unit {
        value: u32::from(byte),
        end: near.len(),
        is_byte: true,
    };
    let (start, unit) = escape.unwrap_or((near.len() - 1, plain));
    let gone = text.len() - near.len();
    Some((gone + start, unit))
}

/// The escape that ends with a text of at most [`UNIT`] bytes, and where it starts.
fn escape_before(text: &[u8], next: Option<u8>) -> Option<(usize, Unit)> {
    let end = text.len();
    let mut known = [0; UNIT + 1];
    for (to, from) in known.iter_mut().zip(text.iter().chain(&next)) {
        *to = *from;
    }
    let known = known.get(..end + usize::from(next.is_some()))?;
    let mut starts = text
        .iter()
        .enumerate()
        .filter(|(_, first)| starts_escape(**first));
    starts.find_map(|(start, _)| match read(known, start, true) {
        Ok(Some(unit)) if unit.end == end => Some((start, unit)),
        _ => None,
    })
}

/// The character that a text ends with, `last` being its last unit: a code point, or up to three bytes of UTF-8.
fn last_character(text: &[u8], mut last: (usize, Unit)) -> Option<char> {
    let (_, unit) = last;
    if !unit.is_byte {
        return char::from_u32(unit.value);
    }
    let mut utf8 = [0; 3];
    for first in (0..utf8.len()).rev() {
        let (start, unit) = last;
        *utf8.get_mut(first)? = unit.byte();
        if let Ok(character) = str::from_utf8(utf8.get(first..)?) {
            return character.chars().next();
        }
        last = last_unit(text.get(..start)?, text.get(start).copied())?;
        if !last.1.is_byte {
            return None;
        }
    }
    None
}

/// Whether a character is a mark between words: white space, punctuation, a symbol. Not so those that stand for `-`, `.`, `/`,
/// `@` and `_`, or that join what is around them.
fn is_mark(character: char) -> bool {
    let joins = matches!(
        character,
        '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{2010}' | '\u{2011}' | '\u{2060}'..='\u{2064}'
    ) || "－．／＠＿｡".contains(character);
    let is_among_marks = matches!(
        character,
        '\u{a0}'..='\u{bf}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{303f}' | '！'..='･'
    );
    is_among_marks && !joins && !character.is_alphanumeric()
}

/// Whether an escape can start with a byte.
#[inline]
pub(super) fn starts_escape(byte: u8) -> bool {
    (byte == b'\\') | (byte == b'%') | (byte == b'&')
}

/// Whether `white_space` behind a text is the end of a CSS escape.
pub(super) fn is_ended(text: Option<&[u8]>, white_space: u8) -> bool {
    let text = text.unwrap_or_default();
    let text = match text {
        [before @ .., b'\r'] if white_space == b'\n' => before,
        text => text,
    };
    backslash::is_open(text)
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

/// The value of exactly so many hexadecimal digits.
fn hex(text: &[u8], at: usize, digits: usize) -> Result<u32, Miss> {
    let mut value = 0;
    for position in at..at + digits {
        let &byte = text.get(position).ok_or(Miss::Cut)?;
        value = value * 16 + char::from(byte).to_digit(16).ok_or(Miss::Not)?;
    }
    Ok(value)
}

/// The value of one digit and as many as follow, and where they end.
///
/// # Errors
/// [`Miss::Not`] if there is none or there are more than `most`; [`Miss::Cut`] if more may follow.
fn number(
    text: &[u8],
    start: usize,
    radix: u32,
    most: usize,
    last: bool,
) -> Result<(u32, usize), Miss> {
    let mut value = 0;
    let mut end = start;
    loop {
        match text.get(end) {
            None if !last => return Err(Miss::Cut),
            byte => match byte.and_then(|&byte| char::from(byte).to_digit(radix)) {
                Some(_) if end - start == most => return Err(Miss::Not),
                Some(digit) => (value, end) = (value * radix + digit, end + 1),
                None if end == start => return Err(Miss::Not),
                None => return Ok((value, end)),
            },
        }
    }
}
