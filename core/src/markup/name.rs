//! The names of tags.

use std::ops::Deref;

/// The name of a tag in lower case, cut off after one byte more than [`TagName::LONGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TagName {
    bytes: [u8; Self::LONGEST + 1],
    length: usize,
}

impl TagName {
    /// A length in bytes that no name exceeds which anybody asks for.
    pub(crate) const LONGEST: usize = 10;

    /// Returns the name that is written as `bytes`.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut name = Self::default();
        for &byte in bytes.iter().take(name.bytes.len()) {
            name.push(byte);
        }
        name
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn push(&mut self, byte: u8) {
        if let Some(end) = self.bytes.get_mut(self.length) {
            *end = byte.to_ascii_lowercase();
            self.length += 1;
        }
    }

    /// Appends a byte if `other`, which begins with this name, goes on with it. Returns whether it
    /// does.
    pub(super) fn extends_to(&mut self, byte: u8, other: &[u8]) -> bool {
        let extends = other.get(self.length) == Some(&byte.to_ascii_lowercase());
        if extends {
            self.push(byte);
        }
        extends
    }
}

impl Deref for TagName {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
