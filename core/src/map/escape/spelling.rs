//! The spelling of one character, kept apart from the text that it comes from.

use super::simple::read;
use super::unit::UNIT;

/// The bytes that spell one character.
#[derive(Debug, Clone, Copy)]
pub(in crate::map) struct Spelling {
    bytes: [u8; UNIT],
    len: usize,
}

impl Spelling {
    /// The spelling that consists of these bytes, at most [`UNIT`].
    pub(in crate::map) fn new(bytes: &[u8]) -> Self {
        let mut spelling = Self {
            bytes: [0; UNIT],
            len: bytes.len().min(UNIT),
        };
        for (to, from) in spelling.bytes.iter_mut().zip(bytes) {
            *to = *from;
        }
        spelling
    }

    /// Returns a slash as it belongs beside a character with this spelling: percent-encoded as many
    /// times.
    pub(in crate::map) fn slash_beside(self) -> Self {
        match self.percent_level() {
            0 => Self::new(b"/"),
            level => Self::new(&[b"%", b"25".repeat(level - 1).as_slice(), b"2F"].concat()),
        }
    }

    /// Returns a colon as it is written where a slash has this spelling. JSON escapes the slash
    /// alone: behind an escaped backslash (`%5C%2F`), only the slash itself counts.
    pub(in crate::map) fn colon_beside(self) -> Vec<u8> {
        let bytes = self.as_bytes();
        let (start, code) = self.last_character();
        let (before, last) = bytes.split_at_checked(start).unwrap_or_default();
        let (body, end) = match code {
            b'/' => parted(last),
            // The escaped end of a reference.
            b';' if start > 0 => (before, last),
            _ => parted(bytes),
        };
        for (slash, colon) in COLONS {
            if let Some(before) = body.strip_suffix(slash) {
                return [before, colon, end].concat();
            }
        }
        b":".to_vec()
    }

    /// Returns where the last character of an escape within an escape starts, and that character.
    fn last_character(&self) -> (usize, u8) {
        let bytes = self.as_bytes();
        let mut last = (0, 0);
        let mut at = 0;
        while let Ok(Some(unit)) = read(bytes, at, true) {
            last = (at, unit.code());
            at = unit.end;
        }
        last
    }

    /// Returns whether another spelling differs from this one at most in the letter case of digits
    /// and in what ends it.
    pub(in crate::map) fn is_like(&self, other: &Self) -> bool {
        let (this, _) = parted(self.as_bytes());
        let (other, _) = parted(other.as_bytes());
        this.eq_ignore_ascii_case(other)
    }

    /// Returns how many times it is percent-encoded.
    pub(in crate::map) fn percent_level(&self) -> usize {
        match read(self.as_bytes(), 0, true) {
            Ok(Some(first)) if self.bytes.starts_with(b"%") => (first.end - 1) / 2,
            _ => 0,
        }
    }

    pub(in crate::map) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Spellings of a slash and a colon that belong together, without what ends them.
const COLONS: [(&[u8], &[u8]); 4] = [
    (b"2f", b"3a"),
    (b"2F", b"3A"),
    (b"47", b"58"),
    (b"sol", b"colon"),
];

/// Splits a spelling in front of what ends it.
fn parted(bytes: &[u8]) -> (&[u8], &[u8]) {
    let last = bytes.iter().rposition(|byte| !is_end(*byte)).unwrap_or(0);
    bytes.split_at_checked(last + 1).unwrap_or((bytes, &[]))
}

/// Returns whether a byte only ends an escape: the `;` of a reference, the brace of `\u{2f}`, the
/// white space of CSS.
fn is_end(byte: u8) -> bool {
    byte == b';' || byte == b'}' || byte.is_ascii_whitespace()
}
