//! One character in whatever way it is written, and what reading one comes to.

/// The most bytes that one unit takes, and the most that it takes to read one.
pub(in crate::map) const UNIT: usize = 32;
/// Stands for every character above ASCII.
pub(in crate::map) const OTHER: u8 = 0x80;

/// One character and where its spelling ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::map) struct Unit {
    /// The character's code point; of one that is plain or percent-encoded, its byte.
    pub(in crate::map) value: u32,
    /// The position behind it.
    pub(in crate::map) end: usize,
    /// Whether the value is a byte's rather than a code point.
    pub(in crate::map) is_byte: bool,
}

impl Unit {
    /// The character, or [`OTHER`].
    pub(in crate::map) fn code(&self) -> u8 {
        self.byte().min(OTHER)
    }

    /// Its byte, if it is plain or percent-encoded.
    pub(in crate::map) fn byte(&self) -> u8 {
        u8::try_from(self.value).unwrap_or(OTHER)
    }
}

/// The text ends inside of a unit.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::map) struct Cut;

/// Why there is no escape at a position.
pub(super) enum Miss {
    /// The bytes are something else.
    Not,
    /// The text ends before that is known.
    Cut,
}

/// Whether an escape can start with a byte.
#[inline]
pub(in crate::map) fn starts_escape(byte: u8) -> bool {
    (byte == b'\\') | (byte == b'%') | (byte == b'&')
}
