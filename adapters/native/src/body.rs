//! The body of the client's response, and how it fails.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::BodyError;

use crate::wire::Reset;

/// A body for the client, of whatever it is made.
pub(crate) type ClientBody = Pin<Box<dyn Body<Data = Bytes, Error = BodyError>>>;

/// A body that may fail midway, and then does so visibly.
pub(crate) struct Fallible<B> {
    body: B,
    reset: Option<Reset>,
    failed: Option<BodyError>,
}

impl<B: Body<Data = Bytes, Error = BodyError> + Unpin> Fallible<B> {
    /// Where hyper frames the body, leaving it unfinished tells the client. Where the connection's end is the body's
    /// end, `reset` does.
    pub(crate) fn new(body: B, reset: Option<Reset>) -> Self {
        Self {
            body,
            reset,
            failed: None,
        }
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
        if let Some(reset) = &self.reset {
            reset.raise();
        }
        // hyper drops what it has not flushed when a body fails, the head included, and flushes when a body is pending:
        // so that the client gets what there was, the failure waits for one more turn.
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
