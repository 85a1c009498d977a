//! The comparison that decides once a search has found some bytes of a run.

use super::Hit;

/// Returns the run if its byte at `offset` is at `inside`.
#[inline]
pub(super) fn hit(run: &[u8], offset: usize, text: &[u8], inside: usize) -> Option<Hit> {
    let start = inside.checked_sub(offset)?;
    let found = text.get(start..start + run.len())?;
    found
        .eq_ignore_ascii_case(run)
        .then_some(Hit { inside, start })
}
