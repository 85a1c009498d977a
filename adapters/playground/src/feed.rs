//! A body whose chunks are handed in one by one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use streamgate::BodyError;

/// What has been handed in, and is not read yet.
#[derive(Debug, Default)]
struct Waiting {
    chunks: VecDeque<Bytes>,
    has_ended: bool,
    /// How often the body was pending since its last chunk.
    asked: usize,
}

/// The end of a body at which chunks are handed in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Feed(Rc<RefCell<Waiting>>);

impl Feed {
    /// Hands a chunk in.
    pub(crate) fn push(&self, chunk: Bytes) {
        let mut waiting = self.0.borrow_mut();
        waiting.chunks.push_back(chunk);
        waiting.asked = 0;
    }

    /// Ends the body.
    pub(crate) fn end(&self) {
        self.0.borrow_mut().has_ended = true;
    }

    /// Returns how often the body was found pending since its last chunk.
    pub(crate) fn asked(&self) -> usize {
        self.0.borrow().asked
    }

    /// Returns the body.
    pub(crate) fn body(&self) -> Fed {
        Fed(self.0.clone())
    }
}

/// The body.
#[derive(Debug)]
pub(crate) struct Fed(Rc<RefCell<Waiting>>);

impl Stream for Fed {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut waiting = self.0.borrow_mut();
        match waiting.chunks.pop_front() {
            Some(chunk) => Poll::Ready(Some(Ok(chunk))),
            None if waiting.has_ended => Poll::Ready(None),
            None => {
                waiting.asked += 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}
