//! Where lol_html writes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lol_html::OutputSink;

use crate::fragment::Mark;

/// The output of the push that is under way. Cheap to clone: all clones are one.
#[derive(Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    out: Vec<u8>,
    /// Where in `out` begins what lol_html gives out as it was, because it gives up.
    given_up_at: usize,
    /// What belongs where in `out`, in the order of the places.
    marks: Vec<(usize, Mark)>,
}

impl Sink {
    /// Lends `out` to lol_html while `work` runs.
    pub(super) fn collect<T>(&self, out: &mut Vec<u8>, work: impl FnOnce() -> T) -> T {
        std::mem::swap(&mut self.lock().out, out);
        let result = work();
        std::mem::swap(&mut self.lock().out, out);
        result
    }

    /// Notes that lol_html gives up: what it writes from here on is its input, unmodified.
    pub(super) fn give_up(&self) {
        let mut written = self.lock();
        written.given_up_at = written.out.len();
    }

    /// Returns the position in the output from which on lol_html gave out its input unmodified.
    pub(super) fn given_up_at(&self) -> usize {
        self.lock().given_up_at
    }

    /// Notes that something belongs here in the output.
    pub(super) fn mark(&self, mark: Mark) {
        let mut written = self.lock();
        let at = written.out.len();
        written.marks.push((at, mark));
    }

    /// Notes that something belongs at a place of an output that is not lent to lol_html.
    pub(super) fn mark_at(&self, at: usize, mark: Mark) {
        self.lock().marks.push((at, mark));
    }

    /// Takes what was noted since the last call.
    pub(super) fn take_marks(&self) -> Vec<(usize, Mark)> {
        std::mem::take(&mut self.lock().marks)
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        self.lock().out.extend_from_slice(chunk);
    }
}
