//! Stretches of pages, with what stands around them.

use std::ops::Range;

/// How many bytes are shown around a finding.
const AROUND: usize = 40;

/// Formats a stretch of a page between brackets, with its surroundings, on one line.
#[must_use]
pub fn excerpt(page: &[u8], range: &Range<usize>) -> String {
    let piece = |from: usize, to: usize| {
        let bytes = page.get(from..to.min(page.len())).unwrap_or_default();
        String::from_utf8_lossy(bytes)
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect::<String>()
    };
    let end = range.end.min(range.start + 4 * AROUND);
    format!(
        "…{}[{}{}]{}…",
        piece(range.start.saturating_sub(AROUND), range.start),
        piece(range.start, end),
        if end < range.end { "…" } else { "" },
        piece(range.end, range.end + AROUND)
    )
}
