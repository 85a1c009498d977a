//! The stage that maps the body of one response as it streams.

use super::stretch::{Behind, Stretch};
use super::substitution::Substitution;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// A stage that maps a page, and that can be told where a piece of text ends.
pub(crate) trait PageMapper: Transform {
    /// Appends what is held back, because what comes next does not continue it.
    ///
    /// # Errors
    /// As for [`Transform::push`].
    fn pause(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError>;
}

/// Maps the URLs of one response. Made by [`UrlMap::to`](super::UrlMap::to).
///
/// From one [`Transform::push`] to the next, it holds back no more than the beginning of a URL at
/// the very end of the input. The longest beginning is a URL up to its path or its base with every
/// character escaped: some 600 bytes, and 32 for each byte of host and base.
#[derive(Debug)]
pub struct UrlMapper {
    substitution: Substitution,
    /// The last bytes of the input before `held`.
    behind: Behind,
    /// The end of the input, which can be the beginning of a match.
    held: Vec<u8>,
    /// Whether the input is the values of a form.
    is_form: bool,
}

impl UrlMapper {
    pub(super) fn new(substitution: Substitution) -> Self {
        Self {
            substitution,
            behind: Behind::default(),
            held: Vec::new(),
            is_form: false,
        }
    }

    /// Reads the input as the values of a form, in which a plus sign stands for a space.
    #[must_use]
    pub(crate) fn of_form(self) -> Self {
        Self {
            is_form: true,
            ..self
        }
    }

    /// Returns the stretch that follows what has gone by.
    fn stretch<'a>(&self, bytes: &'a [u8], last: bool) -> Stretch<'a> {
        Stretch {
            is_form: self.is_form,
            ..Stretch::new(self.behind, bytes, last)
        }
    }

    /// Maps a piece of input, which is searched as one, and returns how much of it was taken.
    fn piece(&mut self, piece: &[u8], out: &mut Vec<u8>) -> usize {
        let mut from = 0;
        if !self.held.is_empty() {
            // Only as many bytes are joined to those held as it takes to decide on these: the rest
            // need not be copied.
            let held = self.held.len();
            let joined = piece
                .get(..self.substitution.patterns.longest())
                .unwrap_or(piece);
            self.held.extend_from_slice(joined);
            let decided = self
                .substitution
                .map(&self.stretch(&self.held, false), 0, out);
            let Some(beyond) = decided.checked_sub(held) else {
                self.behind = self
                    .behind
                    .followed_by(self.held.get(..decided).unwrap_or_default());
                self.held.drain(..decided);
                return joined.len();
            };
            self.behind = self
                .behind
                .followed_by(self.held.get(..held).unwrap_or_default());
            self.held.clear();
            from = beyond;
        }
        let decided = self
            .substitution
            .map(&self.stretch(piece, false), from, out);
        let (gone, open) = piece.split_at_checked(decided).unwrap_or((piece, &[]));
        self.behind = self.behind.followed_by(gone);
        self.held.extend_from_slice(open);
        piece.len()
    }
}

impl Transform for UrlMapper {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let taken = self.piece(input.get(..BLOCK).unwrap_or(input), out);
            *input = input.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.substitution
            .map(&self.stretch(&self.held, true), 0, out);
        self.held.clear();
        Ok(())
    }
}

impl PageMapper for UrlMapper {
    fn pause(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.finish(out)?;
        self.behind = Behind::default();
        Ok(())
    }
}
