//! The letters that names begin with.
#![expect(clippy::indexing_slicing, reason = "letters stand in a loop over them")]

/// A set of the letters that names may begin with, in any letter case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Initials(u32);

impl Initials {
    pub(crate) const ALL: Self = Self(u32::MAX);

    /// Makes the set of these letters.
    pub(crate) const fn of(letters: &[u8]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < letters.len() {
            bits |= Self::bit(letters[at]);
            at += 1;
        }
        Self(bits)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, letter: u8) -> bool {
        self.0 & Self::bit(letter) != 0
    }

    /// Returns the bit of a letter. The low five bits of ASCII letters are their places in the
    /// alphabet.
    const fn bit(letter: u8) -> u32 {
        1 << (letter & 0x1f)
    }
}
