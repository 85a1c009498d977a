//! The stage that watches a page for what it loads early.

use std::sync::Arc;

use super::finder::Finder;
use super::learned::Learned;
use super::resource::Preload;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// How many bytes of a page are watched, if its hero image does not come before.
const WATCHED: usize = 64 * 1024;

/// Passes a page on as it is, and learns what its start shows. A page that breaks off before
/// teaches nothing.
pub(crate) struct Watch {
    /// Gone once the page has shown enough, or cannot be parsed: what still comes flows past.
    finder: Option<Finder>,
    /// How many bytes are still to be watched.
    left: usize,
    learned: Arc<Learned>,
    page: String,
}

impl Watch {
    pub(super) fn new(finder: Finder, learned: Arc<Learned>, page: String) -> Self {
        Self {
            finder: Some(finder),
            left: WATCHED,
            learned,
            page,
        }
    }

    fn watch(&mut self, piece: &[u8]) {
        let Some(finder) = &mut self.finder else {
            return;
        };
        let watched = piece.get(..self.left).unwrap_or(piece);
        match finder.read(watched) {
            Ok(Some(found)) => self.learn(found),
            Ok(None) => {
                self.left = self.left.saturating_sub(watched.len());
                if self.left == 0 {
                    self.end();
                }
            }
            Err(error) => {
                let page = &self.page;
                tracing::debug!(page, %error, "nothing is learned from a page");
                self.finder = None;
            }
        }
    }

    /// Learns what was found so far.
    fn end(&mut self) {
        if let Some(finder) = &self.finder {
            let found = finder.found();
            self.learn(found);
        }
    }

    fn learn(&mut self, found: Vec<Preload>) {
        self.finder = None;
        self.learned.learn(&self.page, found);
    }
}

impl Transform for Watch {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
        self.watch(piece);
        out.extend_from_slice(piece);
        *input = rest;
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), TransformError> {
        self.end();
        Ok(())
    }
}
