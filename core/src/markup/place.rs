//! The place of an element whose tag may be left out.

use super::syntax::BYTE_ORDER_MARK;

/// The meaning of one more byte for the place that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The byte, with any that were held back before it, comes before the place.
    Pass,
    /// The byte must be held back, with any before it: it may be of the tag that is looked for.
    Hold,
    /// The bytes that are held back and this one begin the element's own tag, or one that stands
    /// for it.
    Written,
    /// The parser opens the element before the first byte that is held back, or before this one
    /// if none is.
    Implied,
}

/// The start of a document, where a byte order mark may stand.
#[derive(Debug)]
pub(super) struct Start {
    /// How many bytes of the mark were read, or `None` once the mark, or its absence, is behind.
    read: Option<usize>,
}

impl Start {
    /// Reads a byte of the mark. Returns `None` if the byte comes after it, or if there is none.
    pub(super) fn step(&mut self, byte: u8) -> Option<Step> {
        let read = self.read.take()?;
        if BYTE_ORDER_MARK.get(read) != Some(&byte) {
            // Bytes that only began like a mark are text.
            return (read > 0).then_some(Step::Implied);
        }
        if read + 1 == BYTE_ORDER_MARK.len() {
            return Some(Step::Pass);
        }
        self.read = Some(read + 1);
        Some(Step::Hold)
    }
}

impl Default for Start {
    fn default() -> Self {
        Self { read: Some(0) }
    }
}

/// Returns the document with `^` where `step` finds that an element is implied, or with `$` before
/// the tag of a written one, or as it is if `step` finds neither.
#[cfg(test)]
pub(super) fn mark(document: &str, mut step: impl FnMut(u8) -> Step) -> String {
    let mut held = 0;
    for (index, byte) in document.bytes().enumerate() {
        let sign = match step(byte) {
            Step::Pass => {
                held = 0;
                continue;
            }
            Step::Hold => {
                held += 1;
                continue;
            }
            Step::Written => '$',
            Step::Implied => '^',
        };
        let mut marked = document.to_owned();
        marked.insert(index - held, sign);
        return marked;
    }
    document.to_owned()
}
