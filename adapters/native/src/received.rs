//! The body of a client's request, as it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::wire::Ending;

/// A request's body.
pub(crate) struct Received {
    body: Incoming,
    /// How many bytes it has had so far.
    read: Arc<AtomicU64>,
    /// How the connection ends on which the body comes.
    ending: Ending,
}

impl Received {
    /// Takes a body whose bytes are counted in `read`. It comes on the connection that `ending`
    /// ends.
    pub(crate) fn new(body: Incoming, read: Arc<AtomicU64>, ending: Ending) -> Self {
        ending.note_unread(true);
        ending.note_owed(body.size_hint().lower());
        Self { body, read, ending }
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len) as u64,
            _ => 0,
        };
        self.read.fetch_add(length, Ordering::Relaxed);
        self.ending.note_owed(self.body.size_hint().lower());
        if frame.is_none() || self.body.is_end_stream() {
            self.ending.note_unread(false);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
