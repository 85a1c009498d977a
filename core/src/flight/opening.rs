//! What stands between a call's name and its text.

/// The most bytes of a call that are read: more than a formatter's white space.
const LONGEST: usize = 256;

/// Reads `([1,"`, or with a 3, with white space before each of these.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// What was read, which has not been put out.
    read: Vec<u8>,
    /// How many of its bytes are no white space.
    tokens: usize,
    /// The position of the 1 or 3.
    kind: usize,
}

/// The result of one more byte of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    NotYet,
    /// A JSON string.
    Text,
    /// A string with base64.
    Base64,
    /// A string of JavaScript that is none of JSON.
    Foreign,
    /// Nothing that adds to the stream. The byte was not read.
    Nothing,
}

impl Opening {
    pub(super) fn next(&mut self, byte: u8) -> Opened {
        let is_base64 = self.read.get(self.kind) == Some(&b'3');
        let opened = match (self.tokens, byte) {
            _ if self.read.len() >= LONGEST => return Opened::Nothing,
            (_, b' ' | b'\t' | b'\n' | b'\r') => {
                self.read.push(byte);
                return Opened::NotYet;
            }
            (0, b'(') | (1, b'[') | (3, b',') => Opened::NotYet,
            (2, b'1' | b'3') => {
                self.kind = self.read.len();
                Opened::NotYet
            }
            (4, b'"') if is_base64 => Opened::Base64,
            (4, b'"') => Opened::Text,
            (4, b'\'' | b'`') => Opened::Foreign,
            _ => return Opened::Nothing,
        };
        self.read.push(byte);
        self.tokens += 1;
        opened
    }

    pub(super) fn read(&self) -> &[u8] {
        &self.read
    }

    /// Returns the bytes that were read before the 1 or 3, that digit, and the bytes behind it.
    pub(super) fn parts(&self) -> (&[u8], &[u8], &[u8]) {
        let (before, rest) = self.read.split_at_checked(self.kind).unwrap_or_default();
        let (kind, behind) = rest.split_at_checked(1).unwrap_or_default();
        (before, kind, behind)
    }
}
