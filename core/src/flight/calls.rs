//! Finds the calls in a page that may add to its stream.

use memchr::memmem::Finder;

use super::scripts::Scripts;

/// The start of such a call, whatever the name before it is: `self`, `window`.
const CALL: &[u8] = b"__next_f.push";

/// The search for calls in the scripts of a page, wherever it is cut.
#[derive(Debug)]
pub(super) struct Calls {
    scripts: Scripts,
    call: Finder<'static>,
    /// The last bytes of the script that were searched, fewer than a call starts with.
    tail: Vec<u8>,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            scripts: Scripts::default(),
            call: Finder::new(CALL),
            tail: Vec::new(),
        }
    }

    /// Returns whether an element could be put behind what was searched.
    pub(super) fn may_end(&self) -> bool {
        self.scripts.in_data()
    }

    /// Searches the next piece of the page: the position in it behind the name of the first call.
    /// The search goes on from there, or behind what the call has for its text, or else behind the
    /// piece.
    pub(super) fn find(&mut self, piece: &[u8]) -> Option<usize> {
        let mut from = 0;
        while let Some(rest) = piece.get(from..).filter(|rest| !rest.is_empty()) {
            let (len, in_script) = self.scripts.next(rest);
            if in_script {
                if let Some(end) = self.search(rest.get(..len).unwrap_or(rest)) {
                    return Some(from + end);
                }
            } else {
                self.tail.clear();
            }
            from += len;
        }
        None
    }

    /// Passes over the next piece of the page without searching it.
    #[cfg(not(feature = "flight"))]
    pub(super) fn skip(&mut self, piece: &[u8]) {
        let mut from = 0;
        while let Some(rest) = piece.get(from..).filter(|rest| !rest.is_empty()) {
            from += self.scripts.next(rest).0;
        }
        self.tail.clear();
    }

    /// Searches the next piece of one script.
    fn search(&mut self, piece: &[u8]) -> Option<usize> {
        let reach = CALL.len() - 1;
        let before = self.tail.len();
        self.tail
            .extend_from_slice(piece.get(..reach).unwrap_or(piece));
        let joined = self.call.find(&self.tail).map(|start| start + CALL.len());
        let end = match joined {
            Some(end) => Some(end - before),
            None => self.call.find(piece).map(|start| start + CALL.len()),
        };
        if end.is_some() {
            self.tail.clear();
        } else if let Some(last) = piece.len().checked_sub(reach) {
            self.tail.clear();
            self.tail
                .extend_from_slice(piece.get(last..).unwrap_or_default());
        } else {
            let over = self.tail.len().saturating_sub(reach);
            self.tail.drain(..over);
        }
        end
    }
}
