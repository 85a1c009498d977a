//! One character of a host's name, in either case.

use super::escape::UNIT;

/// A character of a host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) lower: char,
    pub(super) upper: char,
}

impl Letter {
    pub(super) fn new(lower: char) -> Self {
        let mut upper = lower.to_uppercase();
        // A letter whose capital is two (`ß`) has none of its own.
        let upper = upper.next().filter(|_| upper.next().is_none());
        Self {
            lower,
            upper: upper.unwrap_or(lower),
        }
    }

    pub(super) fn is(self, found: char) -> bool {
        found == self.lower || found == self.upper
    }

    /// The bytes with which it starts where it is not escaped.
    pub(super) fn initials(self) -> [u8; 2] {
        [self.lower, self.upper].map(|letter| {
            let mut utf8 = [0; 4];
            letter.encode_utf8(&mut utf8);
            let [first, ..] = utf8;
            first
        })
    }

    /// The most bytes that write it: those of its UTF-8, each escaped. Two surrogates are no longer.
    pub(super) fn longest(self) -> usize {
        self.lower.len_utf8().max(self.upper.len_utf8()) * UNIT
    }
}
