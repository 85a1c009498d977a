//! The character before a position, found in the bytes before it.

use super::nested::read;
use super::spelling::Spelling;
use super::unit::{OTHER, UNIT, Unit, starts_escape};

/// Stands for the characters above ASCII behind which a word starts.
pub(in crate::map) const MARK: u8 = 0x81;
/// The most bytes that it takes to know the character they end with: the three of a mark in UTF-8,
/// each escaped.
pub(in crate::map) const BEHIND: usize = 3 * UNIT;

/// The character before a position.
#[derive(Debug, Clone, Copy)]
pub(in crate::map) struct Previous {
    /// The character, or [`MARK`], or [`OTHER`].
    pub(in crate::map) code: u8,
    /// The spelling of it.
    pub(in crate::map) spelling: Spelling,
}

/// Returns the character whose spelling ends `text`, or `None` if `text` is empty. [`BEHIND`] bytes
/// are enough to know. `next` is the byte that follows: it may continue a spelling that looks
/// complete, as a digit continues a reference.
pub(in crate::map) fn ending(text: &[u8], next: Option<u8>) -> Option<Previous> {
    let (start, unit) = last_unit(text, next)?;
    let (before, spelling) = text.split_at_checked(start)?;
    let code = match unit.code() {
        OTHER if last_character(text, (start, unit)).is_some_and(is_mark) => MARK,
        // Right behind a byte above ASCII, it may be the second byte of a character in Shift_JIS,
        // Big5 or GBK, and no letter.
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

/// Returns the unit that a text ends with, and where it starts.
fn last_unit(text: &[u8], next: Option<u8>) -> Option<(usize, Unit)> {
    let &byte = text.last()?;
    let near = text.last_chunk::<UNIT>();
    // Without an early exit, so that one vector comparison covers all bytes.
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

/// Returns the escape that a text of at most [`UNIT`] bytes ends with, and where it starts.
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

/// Returns the character that a text ends with: a code point, or up to three bytes of UTF-8. `last`
/// is its last unit.
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

/// Returns whether a character is a mark between words: white space, punctuation or a symbol,
/// unless it stands for `-`, `.`, `/`, `@` or `_`, or joins its neighbours.
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
