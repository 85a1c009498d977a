//! Reads characters, whatever their spelling.

use super::Page;
use super::spelled::spelled;

const LONGEST_SPELLING: usize = 32;
/// The same, for a spelling without another escape in it.
const LONGEST_SIMPLE: usize = 16;
const LEVELS: usize = 2;

/// A character, however it is spelled.
#[derive(Clone, Copy)]
pub(super) struct Read {
    value: u32,
    end: usize,
    is_byte: bool,
}

/// Returns the longest character that a text starts with, with escapes nested up to `level`.
fn read(text: &[u8], level: usize) -> Option<Read> {
    let first = *text.first()?;
    let longest = if starts(first) {
        text.len().min(LONGEST_SIMPLE)
    } else {
        1
    };
    let simple = (1..=longest).rev().find_map(|end| {
        let value = spelled(&text[..end], text.get(end).copied())?;
        let is_byte = first != b'&' && first != b'\\' || end == 1;
        Some(Read {
            value,
            end,
            is_byte,
        })
    });
    if level == 0 {
        return simple;
    }
    let inner = read(text, level - 1)?;
    let Some(first) = u8::try_from(inner.value).ok().filter(|&it| starts(it)) else {
        return Some(inner);
    };
    if inner.end == 1 {
        return Some(inner);
    }
    let (mut codes, mut ends) = (Vec::new(), Vec::new());
    while let Some(next) = read(&text[ends.last().copied().unwrap_or(0)..], level - 1) {
        codes.push(next.value.min(0x80) as u8);
        ends.push(ends.last().copied().unwrap_or(0) + next.end);
    }
    let whole = (2..=codes.len()).rev().find_map(|length| {
        let value = spelled(&codes[..length], codes.get(length).copied())?;
        let body = codes.iter().find(|&&code| code != b'\\');
        let ends_by_itself = match first {
            b'\\' => body.is_some_and(|code| !code.is_ascii_digit()),
            b'&' => codes[length - 1] == b';',
            _ => true,
        };
        ends_by_itself.then_some(Read {
            value,
            end: ends[length - 1],
            is_byte: first == b'%',
        })
    });
    whole.or(Some(inner))
}

/// Returns the character at each position of a text.
pub(super) fn reads(text: &[u8]) -> Vec<Read> {
    let end = |at: usize| text.len().min(at + LONGEST_SPELLING);
    let reads = (0..text.len()).map(|at| read(&text[at..end(at)], LEVELS));
    reads
        .collect::<Option<_>>()
        .expect("there is something everywhere")
}

fn starts(byte: u8) -> bool {
    b"\\%&".contains(&byte)
}

/// Returns how many times a spelling is percent-encoded.
pub(super) fn percent_level(written: &[u8]) -> usize {
    let first = read(written, 0).map_or(0, |first| first.end);
    if written.starts_with(b"%") {
        first / 2
    } else {
        0
    }
}

/// Returns the plain escapes that a spelling consists of.
pub(super) fn parts(written: &[u8]) -> Vec<(u32, &[u8])> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(part) = read(&written[at..], 0) {
        parts.push((part.value, &written[at..at + part.end]));
        at += part.end;
    }
    parts
}

impl<'a> Page<'a> {
    /// Returns the value at a position, and where its spelling ends. The longest spelling counts.
    pub(super) fn value(&self, at: usize) -> Option<(u32, usize)> {
        self.read(at).map(|read| (read.value, at + read.end))
    }

    fn read(&self, at: usize) -> Option<Read> {
        self.reads.get(at).copied()
    }

    fn is_byte(&self, at: usize) -> bool {
        self.read(at).is_some_and(|read| read.is_byte)
    }

    /// Returns the same, with 0x80 for every value above ASCII.
    pub(super) fn character(&self, at: usize) -> Option<(u8, usize)> {
        self.value(at)
            .map(|(value, end)| (value.min(0x80) as u8, end))
    }

    pub(super) fn code(&self, at: usize) -> Option<u8> {
        self.character(at).map(|(code, _)| code)
    }

    /// Returns the character of any script at a position, or `None` for bytes that are no UTF-8,
    /// and the position behind it.
    pub(super) fn letter(&self, at: usize) -> (Option<char>, usize) {
        let Some((value, end)) = self.value(at) else {
            return (None, at);
        };
        if !self.is_byte(at) {
            if let (Ok(high @ 0xd800..=0xdbff), Some((low, behind))) =
                (u16::try_from(value), self.value(end))
                && let Ok(low @ 0xdc00..=0xdfff) = u16::try_from(low)
            {
                let pair = char::decode_utf16([high, low]).next();
                return (pair.and_then(Result::ok), behind);
            }
            return (char::from_u32(value), end);
        }
        if value < 0x80 {
            return (char::from_u32(value), end);
        }
        let mut utf8 = vec![value as u8];
        let mut behind = end;
        while utf8.len() < 4 {
            match self.value(behind) {
                Some((byte @ 0x80..=0xbf, next)) if self.is_byte(behind) => {
                    utf8.push(byte as u8);
                    behind = next;
                }
                _ => break,
            }
            if let Ok(text) = str::from_utf8(&utf8) {
                return (text.chars().next(), behind);
            }
        }
        (None, end)
    }

    /// Returns the character before a position, and its spelling. 0x81 stands for a mark above
    /// ASCII.
    pub(super) fn before(&self, at: usize) -> Option<(u8, &'a [u8])> {
        let last = self.last(at)?;
        let start = at - last.end;
        let code = last.value.min(0x80) as u8;
        let plain = last.end == 1 && code.is_ascii_alphanumeric();
        let trails = plain && start > 0 && self.text[start - 1] > 0x80;
        let code = match code {
            _ if trails => 0x80,
            0x80 if self.last_letter(at).is_some_and(is_mark) => 0x81,
            code => code,
        };
        Some((code, &self.text[start..at]))
    }

    /// Returns what ends at a position.
    fn last(&self, at: usize) -> Option<Read> {
        let starts = (at.saturating_sub(LONGEST_SPELLING)..at).filter(|&it| starts(self.text[it]));
        let escape = starts.into_iter().find_map(|start| {
            let end = (start + LONGEST_SPELLING).min(at + 1).min(self.text.len());
            let read = read(&self.text[start..end], LEVELS)?;
            (start + read.end == at).then_some(read)
        });
        let last = at.checked_sub(1)?;
        Some(escape.unwrap_or(Read {
            value: u32::from(self.text[last]),
            end: 1,
            is_byte: true,
        }))
    }

    fn last_letter(&self, at: usize) -> Option<char> {
        let last = self.last(at)?;
        if !last.is_byte {
            return char::from_u32(last.value);
        }
        let (mut utf8, mut at) = (Vec::new(), at);
        while utf8.len() < 3 {
            let last = self.last(at).filter(|last| last.is_byte)?;
            utf8.insert(0, last.value as u8);
            at -= last.end;
            if let Ok(text) = str::from_utf8(&utf8) {
                return text.chars().next();
            }
        }
        None
    }

    /// Returns the spelling of a character that must be at a position.
    pub(super) fn spelling(&self, at: usize, code: u8) -> Option<&'a [u8]> {
        let (found, end) = self.character(at)?;
        (found == code).then(|| &self.text[at..end])
    }
}

fn is_mark(character: char) -> bool {
    let ranges = [
        ('\u{a0}', '\u{bf}'),
        ('\u{2000}', '\u{2bff}'),
        ('\u{3000}', '\u{303f}'),
        ('\u{ff01}', '\u{ff65}'),
    ];
    let join = "\u{ad}\u{200c}\u{200d}\u{2010}\u{2011}\u{2060}\u{2061}\u{2062}\
        \u{2063}\u{2064}\u{ff0d}\u{ff0e}\u{ff0f}\u{ff20}\u{ff3f}\u{ff61}";
    ranges
        .iter()
        .any(|&(from, to)| (from..=to).contains(&character))
        && !join.contains(character)
        && !character.is_alphanumeric()
}
