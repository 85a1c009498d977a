//! The hand-over of a buffer between two steps of a stage.

/// Appends a whole buffer, which is empty afterwards.
pub(super) fn put(from: &mut Vec<u8>, out: &mut Vec<u8>) {
    match out.is_empty() {
        true => std::mem::swap(from, out),
        false => out.append(from),
    }
}
