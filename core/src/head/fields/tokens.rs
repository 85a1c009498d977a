//! Tokens of a field's value, whatever separates them.

use std::borrow::Cow;

/// Replaces those tokens between `delimiters` for which `map` returns another.
pub(super) fn replace<'v>(
    value: &'v [u8],
    delimiters: &[u8],
    mut map: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Cow<'v, [u8]> {
    let delimits = |byte: &u8| delimiters.contains(byte);
    let mut mapped = Vec::with_capacity(value.len());
    let mut changed = false;
    for piece in value.split_inclusive(delimits) {
        let (token, end) = match piece.split_last() {
            Some((last, token)) if delimits(last) => (token, std::slice::from_ref(last)),
            _ => (piece, &[][..]),
        };
        match map(token) {
            Some(new) => {
                changed = true;
                mapped.extend_from_slice(&new);
            }
            None => mapped.extend_from_slice(token),
        }
        mapped.extend_from_slice(end);
    }
    if changed {
        Cow::Owned(mapped)
    } else {
        Cow::Borrowed(value)
    }
}
