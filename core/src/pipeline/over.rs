//! A pipeline, and the stream that results from running a stream through it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures::Stream;
use futures::stream::FusedStream;

use super::chain::{Chain, Driven, Settle};
use super::{BLOCK, Transform, TransformError};
use crate::body::{ASKED, BodyError, ByteStream};

/// How many bytes the stages take in and put out before the body gives way to the other tasks of its
/// thread: a fraction of a millisecond.
const TURN: usize = BLOCK;

/// How many bytes of output are yielded although more input may be ready: as many as go out well
/// together, so that a client has something to do while the stages work on.
const ENOUGH: usize = BLOCK / 4;

/// The stages that a body passes through, in order.
#[derive(Default)]
pub struct Pipeline {
    stages: Vec<Box<dyn Transform>>,
}

impl Pipeline {
    /// Makes a pipeline of these stages. A pipeline without stages leaves a body as it is.
    #[must_use]
    pub fn new(stages: Vec<Box<dyn Transform>>) -> Self {
        Self { stages }
    }

    /// Returns whether the pipeline has no stage, and so changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Returns the body that results from running `stream` through the stages.
    ///
    /// The body pulls a chunk of input only when the stages have used up the one before. It flushes
    /// them when the input stays pending for a turn of the task's executor, so that everything that
    /// has come leaves before the wait, and a body that is there at once is coded as one. An input
    /// that blocks the thread must be a [`Blocking`](crate::Blocking).
    ///
    /// The body yields large outputs in pieces of some [`BLOCK`] bytes, and nothing for an empty
    /// output. Where the stages work long for little output, it wakes its task and is pending, so
    /// that other tasks get their turn. Its memory is bounded: that of the stages, and a block or
    /// two for each. If the input or a stage fails, the error is the last item, behind everything
    /// that was put out before. The input has been dropped by then, which cancels its producer.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures::{FutureExt, StreamExt, stream};
    /// use streamgate::{BodyError, Pipeline, Transform, TransformError};
    ///
    /// struct Upper;
    ///
    /// impl Transform for Upper {
    ///     fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
    ///         out.extend(input.iter().map(u8::to_ascii_uppercase));
    ///         *input = &[];
    ///         Ok(())
    ///     }
    ///
    ///     fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
    ///         out.push(b'.');
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let chunks = ["to the ", "edge"].map(|chunk| Ok::<_, BodyError>(Bytes::from(chunk)));
    /// let body = Pipeline::new(vec![Box::new(Upper)]).over(stream::iter(chunks));
    /// let body: Vec<_> = body.map(Result::unwrap).collect().now_or_never().unwrap();
    /// assert_eq!(body, ["TO THE EDGE."]);
    /// ```
    pub fn over<S: ByteStream>(self, stream: S) -> Rewritten<S> {
        Rewritten {
            chain: (!self.is_empty()).then(|| Chain::new(self.stages)),
            input: Input::Open(Box::pin(stream)),
            chunk: Bytes::new(),
            driving: None,
            unflushed: false,
            asked: 0,
            out: Vec::new(),
            likely: 0,
        }
    }

    /// Runs a whole body through the stages, for bodies that are in memory anyway. The result can
    /// be any number of times as long; [`super::collect_up_to`] limits the part of a stream that is
    /// collected.
    ///
    /// # Errors
    /// Returns the error of a stage that cannot continue.
    pub fn run_to_vec(self, mut input: &[u8]) -> Result<Vec<u8>, TransformError> {
        if self.is_empty() {
            return Ok(input.to_vec());
        }
        let mut chain = Chain::new(self.stages);
        let mut whole = Vec::new();
        let mut out = Vec::new();
        loop {
            let driven = chain.drive(&mut input, Settle::Finish, &mut out)?;
            if whole.is_empty() {
                std::mem::swap(&mut whole, &mut out);
            } else {
                whole.append(&mut out);
            }
            if driven == Driven::Done {
                return Ok(whole);
            }
        }
    }
}

/// The body that [`Pipeline::over`] returns. Once it has ended, cleanly or not, it yields nothing
/// more.
pub struct Rewritten<S> {
    /// `None` if chunks pass unchanged.
    chain: Option<Chain>,
    input: Input<S>,
    /// The rest of the chunk that is being driven.
    chunk: Bytes,
    /// How the chain is to settle after its current input, while it has more to do for that.
    driving: Option<Settle>,
    /// Whether the stages may hold back what they could put out.
    unflushed: bool,
    /// How often the input was pending since its last chunk.
    asked: u8,
    /// The output that is not enough to be yielded yet.
    out: Vec<u8>,
    /// The length of the last output, in bytes; the next output is likely as long.
    likely: usize,
}

enum Input<S> {
    Open(Pin<Box<S>>),
    /// The input has ended cleanly, and the stages are being finished.
    Ended,
    /// The input or a stage has failed, which is still to be said.
    Failed(BodyError),
    /// Everything has been yielded.
    Closed,
}

impl<S: ByteStream> Rewritten<S> {
    /// Drives the chain until it has a block, or has settled after the current input, or a stage
    /// has failed. Returns nothing if there is no output to be yielded yet, and is pending once the
    /// chain pauses.
    fn drive(&mut self, settle: Settle) -> Poll<Option<Bytes>> {
        let Some(chain) = &mut self.chain else {
            self.driving = None;
            let chunk = std::mem::take(&mut self.chunk);
            return Poll::Ready(Some(chunk).filter(|chunk| !chunk.is_empty()));
        };
        // A block is exceeded by what stages held back before, as a rule.
        let likely = self.likely.max(self.chunk.len()).min(BLOCK);
        let mut out = std::mem::take(&mut self.out);
        out.reserve((likely + likely / 16).saturating_sub(out.len()));
        let mut rest = self.chunk.as_ref();
        let driven = chain.drive_for(TURN, &mut rest, settle, &mut out);
        let used = self.chunk.len() - rest.len();
        self.chunk.advance(used);
        let is_enough = match driven {
            Ok(Driven::Paused) => {
                self.out = out;
                return Poll::Pending;
            }
            Ok(Driven::Block) => true,
            Ok(Driven::Done) => {
                self.driving = None;
                self.unflushed = settle == Settle::Nothing;
                !self.unflushed || out.len() >= ENOUGH
            }
            Err(error) => {
                self.driving = None;
                self.input = Input::Failed(error.into());
                true
            }
        };
        if !is_enough {
            self.out = out;
            return Poll::Ready(None);
        }
        self.likely = out.len();
        Poll::Ready((!out.is_empty()).then(|| Bytes::from(out)))
    }

    /// Drops the input and the stages, and returns how the input was.
    fn close(&mut self) -> Input<S> {
        self.chain = None;
        self.chunk = Bytes::new();
        self.out = Vec::new();
        std::mem::replace(&mut self.input, Input::Closed)
    }
}

impl<S: ByteStream> Stream for Rewritten<S> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // What the stages keep to themselves, chunk after chunk, is work too.
        let mut pulled = 0;
        loop {
            if let Some(settle) = self.driving {
                match self.drive(settle) {
                    Poll::Ready(Some(output)) => return Poll::Ready(Some(Ok(output))),
                    Poll::Ready(None) if pulled < TURN => continue,
                    Poll::Ready(None) | Poll::Pending => {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
            }
            let Input::Open(stream) = &mut self.input else {
                return Poll::Ready(match self.close() {
                    Input::Failed(error) => Some(Err(error)),
                    Input::Open(_) | Input::Ended | Input::Closed => None,
                });
            };
            self.driving = Some(match stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    pulled += chunk.len();
                    self.asked = 0;
                    self.chunk = chunk;
                    Settle::Nothing
                }
                Poll::Ready(Some(Err(error))) => {
                    // Cancels the producer, whatever the client does with what came before.
                    self.input = Input::Failed(error);
                    Settle::Flush
                }
                Poll::Ready(None) => {
                    self.input = Input::Ended;
                    Settle::Finish
                }
                Poll::Pending if !self.unflushed => return Poll::Pending,
                Poll::Pending => {
                    self.asked += 1;
                    if self.asked < ASKED {
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    Settle::Flush
                }
            });
        }
    }
}

impl<S: ByteStream> FusedStream for Rewritten<S> {
    fn is_terminated(&self) -> bool {
        matches!(self.input, Input::Closed)
    }
}
