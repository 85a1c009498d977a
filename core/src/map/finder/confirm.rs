//! The comparison that decides once a search has found some bytes of a run.

/// Returns whether a run is there if its byte at `offset` is at `position`.
pub(super) fn is_at(run: &[u8], offset: usize, text: &[u8], position: usize) -> bool {
    position
        .checked_sub(offset)
        .and_then(|start| text.get(start..start + run.len()))
        .is_some_and(|found| found.eq_ignore_ascii_case(run))
}
