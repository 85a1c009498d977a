//! Bodies of responses that fail visibly.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::BodyError;

/// A body that may fail midway, and that the client then sees to be unfinished.
#[derive(Debug)]
pub struct Fallible<B, F> {
    body: B,
    fails: Option<F>,
    failed: Option<BodyError>,
}

impl<B, F: FnOnce()> Fallible<B, F> {
    /// Wraps a body. `fails` is called once it has failed.
    pub fn new(body: B, fails: F) -> Self {
        Self {
            body,
            fails: Some(fails),
            failed: None,
        }
    }
}

impl<B, F> Body for Fallible<B, F>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
    F: FnOnce() + Unpin,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let Some(Err(error)) = frame else {
            return Poll::Ready(frame);
        };
        tracing::warn!(%error, "response left unfinished");
        if let Some(fails) = self.fails.take() {
            fails();
        }
        // When a body fails, hyper drops what it has not flushed, the head included; it flushes
        // when a body is pending. So the failure waits for one more turn, and the client gets what
        // came before.
        self.failed = Some(error);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.failed.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
