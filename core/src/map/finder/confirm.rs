//! The comparison that decides once a search has found some bytes of a run.

use super::super::escape::starts_escape;

/// The bytes of a run that are compared at once.
const HEAD: usize = size_of::<u64>();
/// The bit that tells the cases of an ASCII letter apart.
const CASE: u8 = 0x20;

/// A run that is looked for, and what can follow it where it counts.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) bytes: Box<[u8]>,
    /// The first bytes in lower case, and the bits of them that are compared, without the case of
    /// letters. Bits behind a shorter run are not compared.
    head: u64,
    case: u64,
    compared: u64,
    /// The bytes that can follow besides the beginning of an escape, in both cases. If there are
    /// none, anything can.
    next: Vec<u8>,
}

/// A run that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The position of the byte that the search came upon, inside the run.
    pub(crate) inside: usize,
    /// The position where the run starts.
    pub(crate) start: usize,
}

impl Run {
    /// Makes a run behind which only one of these bytes or an escape can follow, or anything if
    /// there are none.
    pub(super) fn new(bytes: &[u8], next: Vec<u8>) -> Self {
        let word = |of: &dyn Fn(u8) -> u8| {
            let mut word = [0; HEAD];
            for (to, from) in word.iter_mut().zip(bytes) {
                *to = of(*from);
            }
            u64::from_le_bytes(word)
        };
        Self {
            head: word(&|byte| byte.to_ascii_lowercase()),
            case: word(&|byte| match byte.is_ascii_alphabetic() {
                true => CASE,
                false => 0,
            }),
            compared: word(&|_| u8::MAX),
            bytes: bytes.into(),
            next,
        }
    }

    /// Returns the run if its byte at `offset` is at `inside`.
    #[inline]
    pub(super) fn hit(&self, offset: usize, text: &[u8], inside: usize) -> Option<Hit> {
        let start = inside.checked_sub(offset)?;
        let rest = text.get(start..)?;
        if let Some(head) = rest.first_chunk() {
            let head = u64::from_le_bytes(*head) | self.case;
            if head & self.compared != self.head {
                return None;
            }
        }
        let (found, behind) = rest.split_at_checked(self.bytes.len())?;
        let is_compared = rest.len() >= HEAD && self.bytes.len() <= HEAD;
        let is_it = is_compared || found.eq_ignore_ascii_case(&self.bytes);
        (is_it && self.can_precede(behind)).then_some(Hit { inside, start })
    }

    /// Returns whether what follows can be behind a run that counts.
    #[inline]
    fn can_precede(&self, behind: &[u8]) -> bool {
        self.next.is_empty()
            || behind
                .first()
                .is_none_or(|byte| self.next.contains(byte) || starts_escape(*byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Run;

    proptest! {
        #[test]
        fn a_run_is_found_in_any_letter_case_and_before_what_can_follow(
            run in "[a-c0-1é-]{1,12}",
            text in "[a-cA-C0-1é.%\\\\\u{10}-]{0,24}",
            at in 0..24_usize,
            follows: bool,
        ) {
            let (run, text) = (run.as_bytes(), text.as_bytes());
            let next = if follows { vec![b'.'] } else { Vec::new() };
            let found = text.get(at..at + run.len());
            let behind = text.get(at + run.len());
            let expected = found.is_some_and(|found| found.eq_ignore_ascii_case(run))
                && (!follows || behind.is_none_or(|byte| b".\\%&".contains(byte)));
            prop_assert_eq!(Run::new(run, next).hit(0, text, at).is_some(), expected);
        }
    }
}
