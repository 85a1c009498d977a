//! Bodies of responses that fail visibly.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::BodyError;

/// A body that may fail midway, and that the client then sees to be unfinished.
#[derive(Debug)]
pub struct Fallible<B> {
    body: B,
    failed: Option<BodyError>,
}

impl<B> Fallible<B> {
    /// Wraps a body.
    pub fn new(body: B) -> Self {
        let failed = None;
        Self { body, failed }
    }
}

impl<B: Body<Data = Bytes, Error = BodyError> + Unpin> Body for Fallible<B> {
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
