//! The stage for rules that do no more than prepend to the head: the reader of markup finds that
//! place by itself, so that lol_html is not needed.

use std::borrow::Cow;
use std::sync::Arc;

use super::action::Action;
use super::charset;
use super::inserted::Inserted;
use super::nonce::Nonces;
use super::progress::Tally;
use super::rule::{Rule, Target};
use crate::config::Position;
use crate::markup::{Prologue, Search, Step};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Inserts markup where the head of an HTML document begins, be that written or implied. It does
/// what [`super::rule_stage::RuleStage`] does with the same rules, but that it gives up at no tag:
/// it holds none.
pub(super) struct HeadStage {
    search: Search<Prologue>,
    /// What all rules prepend, in the charset of the page.
    markup: Vec<u8>,
    tally: Tally,
    /// The number of rules.
    rules: usize,
    /// Whether the document has a single byte.
    begun: bool,
    /// The bytes that may begin the head's tag, and wait for the rest of its name.
    held: Vec<u8>,
    place: Place,
}

/// Where the document has been read up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeHead,
    InTag,
    Behind,
}

impl HeadStage {
    /// Makes the stage. Returns `None` if a rule does anything else.
    pub(super) fn of(rules: &[Arc<Rule>], nonces: &Nonces, tally: Tally) -> Option<Self> {
        let parts = rules.iter().map(|rule| match &*rule.actions {
            [Action::Insert(Position::Prepend, Inserted::Markup(part))]
                if rule.target == Target::Head =>
            {
                Some(part)
            }
            _ => None,
        });
        let parts = parts.collect::<Option<Vec<_>>>()?;
        let mut markup = Vec::new();
        // A later rule stands closer to the tag.
        for part in parts.iter().rev() {
            markup.extend_from_slice(&charset::bytes(&part.with(nonces)));
        }
        Some(Self {
            search: Search::default(),
            markup,
            tally,
            rules: rules.len(),
            begun: false,
            held: Vec::new(),
            place: Place::BeforeHead,
        })
    }

    /// Reads on, up to the place that is looked for, or to the end of `bytes`.
    fn read(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.place == Place::Behind {
            return out.extend_from_slice(bytes);
        }
        let seen = self.held.len();
        let mut all = Cow::Borrowed(bytes);
        if seen > 0 {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(bytes);
            all = Cow::Owned(held);
        }
        let at = self.seek(&all, seen);
        let (before, rest) = all.split_at_checked(at).unwrap_or((&all, &[]));
        out.extend_from_slice(before);
        if self.place == Place::Behind {
            self.insert(out);
            out.extend_from_slice(rest);
        } else {
            self.held = rest.to_vec();
        }
    }

    /// Reads `bytes` from `at` on. Returns the position of the place, or else the position up to
    /// which no byte has to wait.
    fn seek(&mut self, bytes: &[u8], mut at: usize) -> usize {
        let mut passed = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (read, step) = self.search.next(rest);
            at += read;
            match (self.place, step) {
                (Place::BeforeHead, Step::Hold) => continue,
                (Place::BeforeHead, Step::Implied) => {
                    self.place = Place::Behind;
                    return passed;
                }
                (Place::BeforeHead, Step::Written) => self.place = Place::InTag,
                _ => {}
            }
            passed = at;
            if self.place == Place::InTag && !self.search.in_tag() {
                self.place = Place::Behind;
                return passed;
            }
        }
        passed
    }

    /// Inserts what the rules prepend.
    fn insert(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.markup);
        for rule in 0..self.rules {
            self.tally.count(rule, true);
        }
    }
}

impl Transform for HeadStage {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.begun |= !input.is_empty();
        while !input.is_empty() && out.len() < BLOCK {
            let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
            *input = rest;
            self.read(piece, out);
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.place == Place::Behind
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        if self.place == Place::BeforeHead && self.begun && self.search.may_end() {
            self.insert(out);
        }
        out.append(&mut self.held);
        Ok(())
    }
}
