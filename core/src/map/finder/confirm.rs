//! The comparison that decides once a search has found some bytes of a run.

/// A run that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The position of the byte that the search came upon, inside the run.
    pub(crate) inside: usize,
    /// The position where the run starts.
    pub(crate) start: usize,
}

/// Returns the run if its byte at `offset` is at `inside`.
#[inline]
pub(super) fn hit(run: &[u8], offset: usize, text: &[u8], inside: usize) -> Option<Hit> {
    let start = inside.checked_sub(offset)?;
    let found = text.get(start..start + run.len())?;
    // Nearly every one is written as it is looked for, and equal bytes are compared at once.
    (found == run || found.eq_ignore_ascii_case(run)).then_some(Hit { inside, start })
}
