//! The letters that names begin with.
#![expect(
    clippy::indexing_slicing,
    reason = "names stand in a loop over them, and five bits are below the length of the table"
)]

/// A set of the two bytes that names may begin with, in any letter case.
#[derive(Debug, Clone)]
pub(crate) struct Initials([u32; LETTERS]);

/// The low five bits of ASCII letters are their places in the alphabet.
const LETTERS: usize = 1 << 5;

impl Initials {
    pub(crate) const ALL: Self = Self([u32::MAX; LETTERS]);

    /// Makes the set for these names, each of two letters or more.
    pub(crate) const fn of(names: &[&[u8]]) -> Self {
        let (mut seconds, mut at) = ([0; LETTERS], 0);
        while at < names.len() {
            seconds[place(names[at][0])] |= 1 << place(names[at][1]);
            at += 1;
        }
        Self(seconds)
    }

    /// Returns the set of what is in either.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut seconds = self.0;
        for (to, from) in seconds.iter_mut().zip(other.0) {
            *to |= from;
        }
        Self(seconds)
    }

    /// Returns whether a name can begin with two bytes, of which the first one is a letter.
    #[inline]
    pub(super) const fn have(&self, first: u8, second: u8) -> bool {
        self.0[place(first)] >> place(second) & 1 != 0
    }
}

const fn place(letter: u8) -> usize {
    (letter & 0x1f) as usize
}
