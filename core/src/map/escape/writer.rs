//! Writes plain characters and escapes in turn, so that none becomes part of the one before it.

use super::spelling::Spelling;
use super::{backslash, reference};

/// Appends to a body.
pub(in crate::map) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// The escape written last, if a digit behind it would become part of it.
    open: Option<Open>,
}

/// An escape that ends where its digits end.
#[derive(Clone, Copy)]
struct Open {
    radix: u32,
    /// The byte that ends it explicitly.
    end: u8,
}

impl<'a> Writer<'a> {
    /// A writer behind a character that is in `out` already.
    pub(in crate::map) fn new(out: &'a mut Vec<u8>, last: Option<Spelling>) -> Self {
        let open = last.and_then(|last| Open::of(last.as_bytes()));
        Self { out, open }
    }

    /// Appends characters as they are.
    pub(in crate::map) fn plain(&mut self, bytes: &[u8]) {
        if let Some(open) = self.open.take()
            && let Some(&first) = bytes.first()
            && char::from(first).is_digit(open.radix)
        {
            self.out.push(open.end);
        }
        self.out.extend_from_slice(bytes);
    }

    /// Appends a character in a given spelling.
    pub(in crate::map) fn spelled(&mut self, spelling: &[u8]) {
        self.plain(spelling);
        self.open = Open::of(spelling);
    }

    /// Ends an open escape, because anything may follow.
    pub(in crate::map) fn finish(self) {
        self.out.extend(self.open.map(|open| open.end));
    }
}

impl Open {
    fn of(spelling: &[u8]) -> Option<Self> {
        if let Some(radix) = reference::open_radix(spelling) {
            return Some(Self { radix, end: b';' });
        }
        backslash::is_open(spelling).then_some(Self {
            radix: 16,
            end: b' ',
        })
    }
}
