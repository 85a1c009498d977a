//! One character, however it is written, and the reasons why there is none to read.

/// The most bytes of one unit, and the most that it takes to read one.
pub(in crate::map) const UNIT: usize = 32;
/// Stands for every character above ASCII.
pub(in crate::map) const OTHER: u8 = 0x80;

/// One character and where its spelling ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::map) struct Unit {
    /// The code point of the character, or its byte if it is plain or percent-encoded.
    pub(in crate::map) value: u32,
    /// The position behind it.
    pub(in crate::map) end: usize,
    /// Whether the value is a byte rather than a code point.
    pub(in crate::map) is_byte: bool,
}

impl Unit {
    /// Returns the character if it is ASCII, or [`OTHER`].
    pub(in crate::map) fn code(&self) -> u8 {
        self.byte().min(OTHER)
    }

    /// Returns the value if it is at most 255, or [`OTHER`].
    pub(in crate::map) fn byte(&self) -> u8 {
        u8::try_from(self.value).unwrap_or(OTHER)
    }
}

/// The text ends within a unit.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::map) struct Cut;

/// Why there is no escape at a position.
pub(super) enum Miss {
    /// The bytes are something else.
    Not,
    /// The text ends too early to tell.
    Cut,
}

/// Returns whether an escape can start with a byte.
#[inline]
pub(in crate::map) fn starts_escape(byte: u8) -> bool {
    (byte == b'\\') | (byte == b'%') | (byte == b'&')
}
