//! The body of the client's response, and how it fails.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::BodyError;
use streamgate_tower::ResponseBody;

use crate::activity::{Busy, Stream};
use crate::record::{End, Record};
use crate::wire::Ending;

/// The body of a response that is part of an exchange. Where hyper frames it, leaving it unfinished
/// tells the client that it has failed.
pub(crate) struct Answer {
    body: ResponseBody,
    /// Tells a client of HTTP/1.0, for which the end of the connection may be that of the body.
    ending: Option<Ending>,
    record: Record,
    _busy: Busy,
}

impl Answer {
    /// Makes the body of an exchange, which ends with it. The `ending` is that of a connection of
    /// HTTP/1.0, and `is_framed` says whether the head has the length of the body.
    pub(crate) fn new(
        body: ResponseBody,
        ending: Option<Ending>,
        is_framed: bool,
        record: Record,
        busy: Busy,
    ) -> Self {
        if let Some(ending) = ending.as_ref().filter(|_| !is_framed) {
            ending.arm();
        }
        Self {
            body,
            ending,
            record,
            _busy: busy,
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        Stream::served(polled.is_ready());
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.record.sent(frame.data_ref().map_or(0, Bytes::len));
            }
            Poll::Ready(Some(Err(_))) => {
                self.record.ended(End::Unfinished);
                if let Some(ending) = &self.ending {
                    ending.raise();
                }
            }
            Poll::Ready(None) => self.record.ended(End::Whole),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // hyper does not ask for the end where it has sent as much as there is.
        if self.body.is_end_stream() {
            self.record.ended(End::Whole);
        }
    }
}
