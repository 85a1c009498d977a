//! Reading characters, whatever their spelling.

use super::Page;
use super::spelled::spelled;

const LONGEST_SPELLING: usize = 16;

impl<'a> Page<'a> {
    /// The value at a position and where its spelling ends: the longest one counts.
    pub(super) fn value(&self, at: usize) -> Option<(u32, usize)> {
        let escape = self.text.get(at).is_some_and(|it| b"\\%&".contains(it));
        let longest = if escape { LONGEST_SPELLING } else { 1 };
        let most = self.text.len().min(at + longest);
        (at + 1..=most).rev().find_map(|end| {
            let next = self.text.get(end).copied();
            Some((spelled(&self.text[at..end], next)?, end))
        })
    }

    /// The same, with 0x80 for everything above ASCII.
    pub(super) fn character(&self, at: usize) -> Option<(u8, usize)> {
        self.value(at)
            .map(|(value, end)| (value.min(0x80) as u8, end))
    }

    pub(super) fn code(&self, at: usize) -> Option<u8> {
        self.character(at).map(|(code, _)| code)
    }

    /// The character of any script at a position; none where bytes are no UTF-8.
    pub(super) fn letter(&self, at: usize) -> (Option<char>, usize) {
        let Some((value, end)) = self.value(at) else {
            return (None, at);
        };
        if b"\\&".contains(&self.text[at]) {
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
                Some((byte @ 0x80..=0xbf, next)) if !b"\\&".contains(&self.text[behind]) => {
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

    /// The character before a position, and how it is written.
    pub(super) fn before(&self, at: usize) -> Option<(u8, &'a [u8])> {
        let next = self.text.get(at).copied();
        let mut starts = at.saturating_sub(LONGEST_SPELLING)..at;
        let (start, value) =
            starts.find_map(|start| Some((start, spelled(&self.text[start..at], next)?)))?;
        let code = value.min(0x80) as u8;
        let plain = start + 1 == at && code.is_ascii_alphanumeric();
        let trails = plain && start > 0 && self.text[start - 1] > 0x80;
        Some((if trails { 0x80 } else { code }, &self.text[start..at]))
    }

    /// The spelling of one character that must be at a position.
    pub(super) fn spelling(&self, at: usize, code: u8) -> Option<&'a [u8]> {
        let (found, end) = self.character(at)?;
        (found == code).then(|| &self.text[at..end])
    }
}
