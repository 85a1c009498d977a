//! Where in a page the fragments belong: told by the stage that writes the page, read by whoever
//! gives it out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use encoding_rs::Encoding;

/// The most seams of one page, and so the most that are kept: what goes on beyond is left out.
pub(crate) const MOST: usize = 256;

/// What belongs at a seam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The fragment, by its place in the configuration.
    pub(crate) fragment: usize,
    /// What the page itself names, as an `src` of an include.
    pub(crate) src: Option<String>,
    /// The nonce that scripts have there.
    pub(crate) nonce: Option<String>,
}

/// A place in the bytes of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seam {
    /// How many bytes of the page come before it.
    pub(crate) at: u64,
    pub(crate) mark: Mark,
}

/// The seams of one page that are still to come, in their order. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seams(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    seams: VecDeque<Seam>,
    told: usize,
    /// The charset of the page, once it is known whether the page is rewritten.
    charset: Option<Option<&'static Encoding>>,
}

impl Seams {
    /// Tells of the next seam.
    pub(crate) fn tell(&self, seam: Seam) {
        let mut queue = self.lock();
        if queue.told < MOST {
            queue.told += 1;
            queue.seams.push_back(seam);
        }
    }

    /// Returns the seams that have been told since there were so many, as far as nobody has taken
    /// them.
    pub(crate) fn since(&self, many: usize) -> Vec<Seam> {
        let queue = self.lock();
        let taken = queue.told.saturating_sub(queue.seams.len());
        let seams = queue.seams.iter().skip(many.saturating_sub(taken));
        seams.cloned().collect()
    }

    /// Takes the next seam, if that is not behind the first `end` bytes of the page.
    pub(crate) fn take(&self, end: u64) -> Option<Seam> {
        self.lock().seams.pop_front_if(|seam| seam.at <= end)
    }

    /// Returns where the next seam is, if that is not behind the first `end` bytes of the page.
    pub(crate) fn next_at(&self, end: u64) -> Option<u64> {
        let queue = self.lock();
        let next = queue.seams.front().map(|seam| seam.at);
        next.filter(|at| *at <= end)
    }

    /// Returns the marks of the seams to come.
    pub(crate) fn coming(&self) -> Vec<Mark> {
        let queue = self.lock();
        queue.seams.iter().map(|seam| seam.mark.clone()).collect()
    }

    /// Tells that the page is rewritten, and in which charset it is, if that is known.
    pub(crate) fn tell_charset(&self, charset: Option<&'static Encoding>) {
        self.lock().charset = Some(charset);
    }

    /// Returns whether the page is rewritten, which is told before the first of its bytes.
    pub(crate) fn is_rewritten(&self) -> bool {
        self.lock().charset.is_some()
    }

    /// Returns the charset of the page, if that is known by now.
    pub(crate) fn charset(&self) -> Option<&'static Encoding> {
        self.lock().charset.flatten()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
