//! The letters that names begin with.
#![expect(
    clippy::indexing_slicing,
    reason = "names stand in a loop over them, and the table has an entry for every byte"
)]

use super::elements::Content;

/// A set of the two bytes that names may begin with, in any letter case. It has those of the
/// elements whose content is no markup.
#[derive(Debug)]
pub(crate) struct Initials {
    /// For each first byte, a bit for the low five bits of each second one: those of letters are
    /// their places in the alphabet. All bits are set for what begins no name.
    seconds: [u32; 256],
}

impl Initials {
    /// Returns the set for all names.
    pub(crate) fn all() -> &'static Self {
        static ALL: Initials = Initials {
            seconds: [u32::MAX; 256],
        };
        &ALL
    }

    /// Makes the set for these names, each of two letters or more.
    pub(crate) const fn of(names: &[&[u8]]) -> Self {
        let mut seconds = [0; 256];
        let mut byte = 0;
        while byte < seconds.len() {
            if !(byte as u8).is_ascii_alphabetic() {
                seconds[byte] = u32::MAX;
            }
            byte += 1;
        }
        add(&mut seconds, names);
        add(&mut seconds, &Content::NAMES);
        Self { seconds }
    }

    /// Returns whether a name can begin with two bytes. The first one may be no letter.
    #[inline]
    pub(super) const fn have(&self, first: u8, second: u8) -> bool {
        self.seconds[first as usize] >> (second & 0x1f) & 1 != 0
    }
}

const fn add(seconds: &mut [u32; 256], names: &[&[u8]]) {
    let mut at = 0;
    while at < names.len() {
        let bit = 1 << (names[at][1] & 0x1f);
        seconds[names[at][0].to_ascii_lowercase() as usize] |= bit;
        seconds[names[at][0].to_ascii_uppercase() as usize] |= bit;
        at += 1;
    }
}
