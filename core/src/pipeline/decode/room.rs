//! Limits the output of one decoding step.

use crate::pipeline::BLOCK;

/// Returns the number of bytes to reserve before decoding `input` to the end of `out`: about four
/// times the length of `input`, as text decodes to, but at most up to [`BLOCK`]. Returns 0 only if
/// `out` has reached [`BLOCK`] bytes.
pub(super) fn room(input: &[u8], out: &[u8]) -> usize {
    let likely = input.len().saturating_mul(4).max(4096);
    likely.min(BLOCK.saturating_sub(out.len()))
}
