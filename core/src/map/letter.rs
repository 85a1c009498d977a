//! One character of the name of a host, in either case.

use super::escape::UNIT;

/// A character of the name of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) lower: char,
    pub(super) upper: char,
}

impl Letter {
    /// Returns the letter whose lower case is `lower`.
    pub(super) fn new(lower: char) -> Self {
        let mut upper = lower.to_uppercase();
        // A letter whose capital consists of two letters (`ß`) has no capital of its own.
        let upper = upper.next().filter(|_| upper.next().is_none());
        Self {
            lower,
            upper: upper.unwrap_or(lower),
        }
    }

    /// Returns whether a character is this one, in either case.
    pub(super) fn is(self, found: char) -> bool {
        found == self.lower || found == self.upper
    }

    /// Returns the first byte of each case where it is not escaped.
    pub(super) fn initials(self) -> [u8; 2] {
        [self.lower, self.upper].map(|letter| {
            let mut utf8 = [0; 4];
            letter.encode_utf8(&mut utf8);
            let [first, ..] = utf8;
            first
        })
    }

    /// Returns the most bytes that spell it: the bytes of its UTF-8, each escaped. Two surrogates
    /// take no more.
    pub(super) fn longest(self) -> usize {
        self.lower.len_utf8().max(self.upper.len_utf8()) * UNIT
    }
}
