//! Every way to read a character at a position of a page.
//!
//! A page nests its languages: a URL in JSON in an attribute in a string of a script. A reader
//! undoes one escape after another. Here all readings count, to any depth that pages have: the
//! plain character, and then, if it is a backslash, a percent sign or an ampersand, whatever it
//! introduces. The introducing character can itself be such a reading.

mod names;

use names::{NAMES, OLD_NAMES};

/// How deep escapes may nest.
const DEPTH: usize = 4;
/// The greatest number of bytes that one character takes, for reading backwards.
const LONGEST: usize = 48;
/// Stands for a character that no rule here looks at closely.
const OTHER: char = '\u{FFFD}';

/// One way to read a character: the character, and where its spelling ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The character, or U+FFFD for what is none.
    pub character: char,
    /// The offset behind its spelling.
    pub end: usize,
}

/// Reads characters from the bytes of a page.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The whole text.
    pub bytes: &'a [u8],
    /// Whether all of them are UTF-8.
    utf8: bool,
}

impl<'a> Reader<'a> {
    /// Makes a reader of a text.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            utf8: std::str::from_utf8(bytes).is_ok(),
        }
    }

    /// Returns the byte at a position.
    pub fn byte(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Returns all readings at a position, the plain one first. There is none at the end.
    pub fn readings(self, at: usize) -> Vec<Reading> {
        self.readings_within(at, DEPTH)
    }

    /// Returns the reading that is left when every escape has been undone.
    pub fn longest(self, at: usize) -> Option<Reading> {
        self.readings(at)
            .into_iter()
            .max_by_key(|reading| reading.end)
    }

    /// Returns where the spellings of one character that start at a position end.
    pub fn ends(self, at: usize, character: char) -> Vec<usize> {
        match self.byte(at) {
            // Most bytes introduce nothing.
            Some(byte) if byte < 0x80 && !introduces(byte) => {
                let same = char::from(byte).eq_ignore_ascii_case(&character);
                Vec::from_iter(same.then_some(at + 1))
            }
            _ => self
                .readings(at)
                .into_iter()
                .filter(|reading| same(reading.character, character))
                .map(|reading| reading.end)
                .collect(),
        }
    }

    /// Returns the character that ends before a position, and where its spelling starts. If there
    /// are several spellings, the longest counts. Returns `None` at the start.
    pub fn before(self, at: usize) -> Option<(char, usize)> {
        let last = self.byte(at.checked_sub(1)?)?;
        for start in at.saturating_sub(LONGEST)..at {
            if self.byte(start).is_some_and(introduces)
                && let Some(reading) = self.readings(start).iter().find(|r| r.end == at)
            {
                return Some((reading.character, start));
            }
        }
        if last < 0x80 {
            let trails = !self.utf8
                && last.is_ascii_alphanumeric()
                && at
                    .checked_sub(2)
                    .and_then(|before| self.byte(before))
                    .is_some_and(|lead| lead > 0x80);
            // In Shift_JIS, GBK and Big5 this is the second byte of a character, not a letter.
            let character = if trails { OTHER } else { char::from(last) };
            return Some((character, at - 1));
        }
        let start = (at.saturating_sub(4)..at)
            .find(|&start| {
                self.bytes
                    .get(start..at)
                    .is_some_and(|bytes| std::str::from_utf8(bytes).is_ok())
            })
            .unwrap_or(at - 1);
        Some((self.plain(start)?.character, start))
    }

    fn plain(self, at: usize) -> Option<Reading> {
        let first = self.byte(at)?;
        if first < 0x80 {
            return Some(Reading {
                character: char::from(first),
                end: at + 1,
            });
        }
        let found = (2..=4).find_map(|length| {
            let text = std::str::from_utf8(self.bytes.get(at..at + length)?).ok()?;
            Some((text.chars().next()?, at + length))
        });
        let (character, end) = found.unwrap_or((OTHER, at + 1));
        Some(Reading { character, end })
    }

    fn readings_within(self, at: usize, depth: usize) -> Vec<Reading> {
        let mut all = Vec::from_iter(self.plain(at));
        let mut next = 0;
        while let Some(&Reading { character, end }) = all.get(next) {
            next += 1;
            if depth == 0 || all.len() > 16 {
                break;
            }
            let more = match character {
                '\\' => self.behind_backslashes(end, depth - 1),
                '%' => Vec::from_iter(self.behind_percent(end, depth - 1)),
                '&' => Vec::from_iter(self.behind_ampersand(end, depth - 1)),
                _ => continue,
            };
            for reading in more {
                if !all.contains(&reading) {
                    all.push(reading);
                }
            }
        }
        all
    }

    /// Returns the readings after backslashes at `at`: JSON (RFC 8259 §7), ECMAScript (§12.9.4) and
    /// regular expressions, whose backslashes double in strings within strings; and CSS (Syntax
    /// §4.3.7), with up to six hexadecimal digits and one white space, which belongs to them.
    fn behind_backslashes(self, mut at: usize, depth: usize) -> Vec<Reading> {
        at = self.run(at, |byte| byte == b'\\');
        let mut all = Vec::new();
        let digits = (self.run(at, |byte| byte.is_ascii_hexdigit()) - at).min(6);
        if digits > 0
            && let Some(code) = self.hex(at, digits)
        {
            let end = at + digits;
            let space = match (self.byte(end), self.byte(end + 1)) {
                (Some(b'\r'), Some(b'\n')) => 2,
                (Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0C'), _) => 1,
                _ => 0,
            };
            all.push(reading(code, end + space));
        }
        match self.byte(at) {
            Some(b'u') if self.byte(at + 1) == Some(b'{') => {
                let close = (at + 3..at + 9).find(|&end| self.byte(end) == Some(b'}'));
                let code = close.and_then(|end| Some((self.hex(at + 2, end - at - 2)?, end + 1)));
                all.extend(code.map(|(code, end)| reading(code, end)));
            }
            Some(b'u') => all.extend(self.hex(at + 1, 4).map(|code| reading(code, at + 5))),
            Some(b'x') => all.extend(self.hex(at + 1, 2).map(|code| reading(code, at + 3))),
            Some(b'n' | b'r' | b't' | b'b' | b'f' | b'v') => all.push(Reading {
                character: '\n',
                end: at + 1,
            }),
            _ => all.extend(
                self.readings_within(at, depth)
                    .into_iter()
                    .filter(|reading| reading.character.is_ascii_punctuation()),
            ),
        }
        all
    }

    /// Returns the reading after a percent sign (RFC 3986 §2.1). The encoding of a byte above ASCII
    /// continues until the character is complete.
    fn behind_percent(self, at: usize, depth: usize) -> Option<Reading> {
        let first = u8::try_from(self.hex(at, 2)?).ok()?;
        let more = match first {
            0xC2..=0xDF => 1,
            0xE0..=0xEF => 2,
            0xF0..=0xF4 => 3,
            _ => 0,
        };
        let mut encoded = vec![first];
        let mut end = at + 2;
        for _ in 0..more {
            let (byte, behind) = self
                .readings_within(end, depth)
                .into_iter()
                .filter(|reading| reading.character == '%')
                .find_map(|percent| {
                    let byte = u8::try_from(self.hex(percent.end, 2)?).ok()?;
                    (byte & 0xC0 == 0x80).then_some((byte, percent.end + 2))
                })?;
            encoded.push(byte);
            end = behind;
        }
        let character = match std::str::from_utf8(&encoded) {
            Ok(text) => text.chars().next()?,
            Err(_) => OTHER,
        };
        Some(Reading { character, end })
    }

    /// Returns the reading of a character reference after an ampersand (HTML §13.2.5.72 and
    /// following). The semicolon may be missing after a number and after the oldest names.
    fn behind_ampersand(self, at: usize, depth: usize) -> Option<Reading> {
        let read = |at, character| {
            self.readings_within(at, depth)
                .into_iter()
                .find(|reading| reading.character == character)
                .map(|reading| reading.end)
        };
        let Some(number) = read(at, '#') else {
            return self.named(at, |at| read(at, ';'));
        };
        let (radix, digits) = match self.byte(number) {
            Some(b'x' | b'X') => (16, number + 1),
            _ => (10, number),
        };
        let end = self.run(digits, |byte| char::from(byte).is_digit(radix));
        let text = std::str::from_utf8(self.bytes.get(digits..end)?).ok()?;
        let code = u32::from_str_radix(text, radix).ok()?;
        Some(reading(code, read(end, ';').unwrap_or(end)))
    }

    fn named(self, at: usize, semicolon: impl Fn(usize) -> Option<usize>) -> Option<Reading> {
        let end = self.run(at, |byte| byte.is_ascii_alphanumeric());
        let name = std::str::from_utf8(self.bytes.get(at..end)?).ok()?;
        if let Some(after) = semicolon(end).filter(|_| !name.is_empty()) {
            let known = NAMES.iter().find(|(known, _)| *known == name);
            return Some(Reading {
                character: known.map_or(OTHER, |(_, character)| *character),
                end: after,
            });
        }
        let (known, character) = OLD_NAMES
            .iter()
            .find(|(known, _)| name.starts_with(known))?;
        Some(Reading {
            character: *character,
            end: at + known.len(),
        })
    }

    fn run(self, start: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let mut end = start;
        while end - start < 32 && self.byte(end).is_some_and(&belongs) {
            end += 1;
        }
        end
    }

    fn hex(self, at: usize, digits: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at + digits)?;
        if !bytes.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(bytes).ok()?, 16).ok()
    }
}

/// Returns whether two characters of a host are the same, in any letter case.
pub fn same(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}

fn introduces(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&')
}

fn reading(code: u32, end: usize) -> Reading {
    Reading {
        character: char::from_u32(code).unwrap_or(OTHER),
        end,
    }
}

#[cfg(test)]
mod tests;
