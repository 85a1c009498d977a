//! The stage that waits for the first bytes of a body.

use super::{BLOCK, Chain, Driven, Settle, Transform, TransformError};

/// The most bytes of a body that are held back until its stages are known, as HTML wants it for a
/// charset (HTML standard §13.2.3.2).
pub(crate) const START: usize = 1024;

/// Makes the stages for a body from its start, of which at least [`START`] bytes are there unless
/// the body is whole or the start suffices. Returns `None` if it does not suffice.
type Compose = Box<dyn FnMut(&[u8], bool) -> Option<Course> + Send>;

/// What is done with a body, once its start has told.
pub(crate) enum Course {
    /// It goes through these stages.
    Through(Vec<Box<dyn Transform>>),
    /// It passes through, byte for byte.
    Past,
}

/// Holds a body back until its start tells which stages it goes through, [`START`] bytes at most.
pub(crate) struct Deferred(State);

enum State {
    Waiting {
        compose: Compose,
        held: Vec<u8>,
    },
    Running {
        chain: Chain,
        /// The bytes held back, of which the first `read` have been used.
        held: Vec<u8>,
        read: usize,
    },
    Passing {
        held: Vec<u8>,
    },
}

impl Deferred {
    /// Makes the stage. `compose` gets the start of the body, and whether that is the whole body.
    /// It returns `None` if the start is too short to tell, which it never is from [`START`] bytes
    /// on or if it is the whole body.
    pub(crate) fn new(compose: impl FnMut(&[u8], bool) -> Option<Course> + Send + 'static) -> Self {
        Self(State::Waiting {
            compose: Box::new(compose),
            held: Vec::new(),
        })
    }

    /// Reads on until the stages are known, which is at the latest when the input is `whole`.
    fn settle(&mut self, input: &mut &[u8], whole: bool) {
        let State::Waiting { compose, held } = &mut self.0 else {
            return;
        };
        let stages = if held.is_empty() {
            // The first piece mostly tells, and need not be copied.
            compose(input, whole)
        } else {
            None
        };
        let stages = stages.or_else(|| {
            let missing = START.saturating_sub(held.len());
            let (taken, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
            held.extend_from_slice(taken);
            *input = rest;
            compose(held, whole)
        });
        let Some(stages) = stages else {
            return;
        };
        let held = std::mem::take(held);
        self.0 = match stages {
            Course::Through(stages) => State::Running {
                chain: Chain::new(stages),
                held,
                read: 0,
            },
            Course::Past => State::Passing { held },
        };
    }

    fn drive(
        &mut self,
        input: &mut &[u8],
        settle: Settle,
        out: &mut Vec<u8>,
    ) -> Result<Driven, TransformError> {
        match &mut self.0 {
            State::Waiting { .. } => Ok(Driven::Done),
            State::Running { chain, held, read } => {
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
            let driven = self.drive(&mut &[][..], settle, &mut piece);
            out.append(&mut piece);
            if driven? == Driven::Done {
                return Ok(());
            }
        }
    }
}

impl Transform for Deferred {
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
