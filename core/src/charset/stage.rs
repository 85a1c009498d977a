//! The stage that waits for the charset.

use super::{Declaration, PRESCANNED, sniff};
use crate::media_type::Charset;
use crate::pipeline::{BLOCK, Chain, Driven, Settle, Transform, TransformError};

/// Makes the stages for a body, once its charset is known.
type Compose = Box<dyn FnOnce(Charset) -> Vec<Box<dyn Transform>> + Send>;

/// Holds a body back until its charset is known, 1024 bytes at most, and then sends it through the
/// stages composed for that charset. A body in a charset that is no superset of ASCII passes
/// through, byte for byte.
pub(crate) struct Sniffing(State);

enum State {
    Sniffing {
        stated: Charset,
        declaration: Declaration,
        compose: Compose,
        held: Vec<u8>,
    },
    Rewriting {
        chain: Chain,
        /// The bytes held back, of which the first `read` have been used.
        held: Vec<u8>,
        read: usize,
    },
    Passing {
        held: Vec<u8>,
    },
}

impl Sniffing {
    /// Makes the stage. `stated` is the charset that the head states, `declaration` the other place
    /// to look.
    pub(crate) fn new(
        stated: Charset,
        declaration: Declaration,
        compose: impl FnOnce(Charset) -> Vec<Box<dyn Transform>> + Send + 'static,
    ) -> Self {
        Self(State::Sniffing {
            stated,
            declaration,
            compose: Box::new(compose),
            held: Vec::new(),
        })
    }

    /// Reads on until the charset is known, which is at the latest when the input is `whole`.
    fn settle(&mut self, input: &mut &[u8], whole: bool) {
        let State::Sniffing {
            stated,
            declaration,
            held,
            ..
        } = &mut self.0
        else {
            return;
        };
        let charset = if held.is_empty() {
            // The first piece mostly tells, and need not be copied.
            sniff(input, *stated, *declaration, whole)
        } else {
            None
        };
        let charset = charset.or_else(|| {
            let missing = PRESCANNED.saturating_sub(held.len());
            let (taken, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
            held.extend_from_slice(taken);
            *input = rest;
            sniff(held, *stated, *declaration, whole)
        });
        let Some(charset) = charset else {
            return;
        };
        let passing = State::Passing { held: Vec::new() };
        if let State::Sniffing { compose, held, .. } = std::mem::replace(&mut self.0, passing) {
            self.0 = begin(charset, compose, held);
        }
    }

    fn drive(
        &mut self,
        input: &mut &[u8],
        settle: Settle,
        out: &mut Vec<u8>,
    ) -> Result<Driven, TransformError> {
        match &mut self.0 {
            State::Sniffing { .. } => Ok(Driven::Done),
            State::Rewriting { chain, held, read } => {
                let mut rest = held.get(*read..).unwrap_or_default();
                if !rest.is_empty() {
                    let driven = chain.drive(&mut rest, Settle::Nothing, out)?;
                    *read = held.len() - rest.len();
                    if driven == Driven::Block {
                        return Ok(driven);
                    }
                    *held = Vec::new();
                    *read = 0;
                }
                chain.drive(input, settle, out)
            }
            State::Passing { held } => {
                out.append(held);
                let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
                out.extend_from_slice(piece);
                *input = rest;
                Ok(if out.len() < BLOCK {
                    Driven::Done
                } else {
                    Driven::Block
                })
            }
        }
    }

    /// Drains the output of the stages without more input, which is no more than they may hold.
    fn drive_to_end(&mut self, settle: Settle, out: &mut Vec<u8>) -> Result<(), TransformError> {
        // A stage pauses by the length of the buffer, which must not hold earlier output.
        let mut piece = Vec::new();
        loop {
            let driven = self.drive(&mut &[][..], settle, &mut piece)?;
            out.append(&mut piece);
            if driven == Driven::Done {
                return Ok(());
            }
        }
    }
}

fn begin(charset: Charset, compose: Compose, held: Vec<u8>) -> State {
    if !charset.is_ascii_superset() {
        tracing::info!(
            charset = charset.encoding().name(),
            "the body passes unmodified: its charset is no superset of ASCII"
        );
        return State::Passing { held };
    }
    State::Rewriting {
        chain: Chain::new(compose(charset)),
        held,
        read: 0,
    }
}

impl Transform for Sniffing {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.settle(input, false);
        self.drive(input, Settle::Nothing, out).map(drop)
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.drive_to_end(Settle::Flush, out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.settle(&mut &[][..], true);
        self.drive_to_end(Settle::Finish, out)
    }
}
