//! How much a decoder may put out at once.

use crate::pipeline::BLOCK;

/// Returns how many bytes to make room for before decoding `input` to the end of `out`: text decodes to some four times
/// its size, and no more than up to [`BLOCK`] may come at once. Returns 0 only if `out` has a [`BLOCK`].
pub(super) fn room(input: &[u8], out: &[u8]) -> usize {
    let likely = input.len().saturating_mul(4).max(4096);
    likely.min(BLOCK.saturating_sub(out.len()))
}
