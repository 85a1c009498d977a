//! Drives stages over one chunk of input at a time, sans-I/O. No stage runs until the next one has
//! used up its previous output, so each of the buffers between them holds one block at most,
//! whatever the stages do.
//!
//! If a stage fails, the stages behind it still process what it put out before, and are flushed: a
//! client gets all that was good.

use super::{BLOCK, Transform, TransformError};

/// A sequence of stages, with the bytes that wait between them.
pub(crate) struct Chain {
    stages: Vec<Stage>,
    /// The number of stages that have been settled after the current input, or that must not be
    /// used any more.
    settled: usize,
    /// The first error of a stage. Neither that stage nor those before it are used any more.
    fault: Option<TransformError>,
    /// The bytes that the stages have taken in and put out since the call began.
    worked: usize,
}

struct Stage {
    transform: Box<dyn Transform>,
    /// The output of the previous stage, of which the first `read` bytes have been used. Unused in
    /// the first stage, which reads the chain's input.
    waiting: Vec<u8>,
    read: usize,
    /// Whether the stage paused with a full block, and may have more output.
    paused: bool,
}

/// What to do with each stage once a chunk of input is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settle {
    /// Do nothing: more input comes before the next flush.
    Nothing,
    /// Call [`Transform::flush`].
    Flush,
    /// Call [`Transform::finish`]: the chunk was the last one.
    Finish,
}

/// How far a call of [`Chain::drive`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driven {
    /// The output has reached [`BLOCK`] bytes. The chain must be driven again, because more may
    /// follow.
    Block,
    /// The stages have worked as much as they were asked to. The chain must be driven again, with
    /// the same `settle`.
    Paused,
    /// The input is used up, and all stages have been settled if the call asked for it.
    Done,
}

impl Chain {
    pub(crate) fn new(stages: Vec<Box<dyn Transform>>) -> Self {
        let stages = stages.into_iter().map(|transform| Stage {
            transform,
            waiting: Vec::new(),
            read: 0,
            paused: false,
        });
        Self {
            stages: stages.collect(),
            settled: 0,
            fault: None,
            worked: 0,
        }
    }

    /// Drives `input` (advancing it) to `out`. When a stage is flushed or finished, its output
    /// passes through the later stages before these are.
    ///
    /// # Errors
    /// Returns the error of a stage, once everything that was put out before it is in `out`. The
    /// chain must not be driven afterwards.
    pub(crate) fn drive(
        &mut self,
        input: &mut &[u8],
        settle: Settle,
        out: &mut Vec<u8>,
    ) -> Result<Driven, TransformError> {
        self.drive_for(usize::MAX, input, settle, out)
    }

    /// Drives as [`Chain::drive`] does, but pauses once the stages have taken in and put out `work`
    /// bytes or somewhat more. What a stage passes on counts although nothing may come of it: a
    /// body that is all zeros decodes to any length and is encoded again to next to nothing.
    ///
    /// # Errors
    /// As for [`Chain::drive`].
    pub(crate) fn drive_for(
        &mut self,
        work: usize,
        input: &mut &[u8],
        settle: Settle,
        out: &mut Vec<u8>,
    ) -> Result<Driven, TransformError> {
        self.worked = 0;
        while out.len() < BLOCK {
            if self.worked >= work {
                return Ok(Driven::Paused);
            }
            let (input_left, settle) = match self.fault {
                None => (!input.is_empty(), settle),
                Some(_) => (false, Settle::Flush),
            };
            // The last stage that can continue: the buffer behind it is empty.
            let ready = self.stages.iter().rposition(Stage::ready);
            if let Some(index) = ready.filter(|&index| index > 0) {
                self.run(index, out, Stage::push_waiting);
            } else if ready.is_some() || input_left {
                let before = input.len();
                self.run(0, out, |stage, sink| stage.push(input, sink));
                self.worked += before - input.len();
            } else if settle != Settle::Nothing && self.settled < self.stages.len() {
                let index = self.settled;
                self.settled += 1;
                self.run(index, out, |stage, sink| match settle {
                    Settle::Nothing => Ok(()),
                    Settle::Flush => stage.transform.flush(sink),
                    Settle::Finish => stage.transform.finish(sink),
                });
            } else {
                self.settled = 0;
                return match self.fault.take() {
                    Some(error) => Err(error),
                    None => Ok(Driven::Done),
                };
            }
        }
        Ok(Driven::Block)
    }

    /// Runs a stage with the buffer behind it, which is empty, or with `out` for the last stage.
    fn run(
        &mut self,
        index: usize,
        out: &mut Vec<u8>,
        work: impl FnOnce(&mut Stage, &mut Vec<u8>) -> Result<(), TransformError>,
    ) {
        let mut stages = self.stages.iter_mut().skip(index);
        let Some(stage) = stages.next() else {
            return;
        };
        let sink = match stages.next() {
            Some(next) => {
                next.waiting.clear();
                next.read = 0;
                &mut next.waiting
            }
            None => out,
        };
        let before = sink.len();
        let result = work(stage, sink);
        self.worked += sink.len().saturating_sub(before);
        if let Err(error) = result {
            self.fail(index, error);
        } else if index > 0 {
            self.leave_out(index);
        }
    }

    /// Leaves a stage out that has nothing left to do, so that nothing is copied for it. The first
    /// one stays: it reads the input of the chain, and copies nothing from a stage before.
    fn leave_out(&mut self, index: usize) {
        let is_done = |stage: &Stage| !stage.ready() && stage.transform.is_done();
        // While stages are settled, and once one has failed, their places count.
        if self.settled == 0 && self.fault.is_none() && self.stages.get(index).is_some_and(is_done)
        {
            self.stages.remove(index);
        }
    }

    /// Stops the stages up to the one that failed.
    fn fail(&mut self, index: usize, error: TransformError) {
        self.fault.get_or_insert(error);
        self.settled = index + 1;
        for stage in self.stages.iter_mut().take(self.settled) {
            stage.waiting.clear();
            stage.read = 0;
            stage.paused = false;
        }
    }
}

impl Stage {
    /// Returns whether the stage can continue without new input to the chain.
    fn ready(&self) -> bool {
        self.paused || self.read < self.waiting.len()
    }

    fn push(&mut self, input: &mut &[u8], sink: &mut Vec<u8>) -> Result<(), TransformError> {
        self.transform.push(input, sink)?;
        self.paused = sink.len() >= BLOCK;
        debug_assert!(
            self.paused || input.is_empty(),
            "a stage must not leave input over"
        );
        Ok(())
    }

    fn push_waiting(&mut self, sink: &mut Vec<u8>) -> Result<(), TransformError> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut input = waiting.get(self.read..).unwrap_or_default();
        let result = self.push(&mut input, sink);
        self.read = waiting.len() - input.len();
        self.waiting = waiting;
        result
    }
}
