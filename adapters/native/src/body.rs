//! The body of the client's response, and how it fails.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::BodyError;
use streamgate_hyper::Fallible;

use crate::activity::{Busy, Stream};
use crate::record::{End, Record};
use crate::wire::Ending;

/// A body for the client, whatever it is made of.
pub(crate) type ClientBody = Pin<Box<dyn Body<Data = Bytes, Error = BodyError>>>;

/// Returns a body that fails visibly. Where hyper frames the body, leaving it unfinished tells the
/// client that it failed. Where the end of the connection is the end of the body, `ending` tells
/// the client.
pub(crate) fn fallible<B>(body: B, ending: Option<Ending>) -> ClientBody
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin + 'static,
{
    // A body of a known length is framed by that.
    let is_framed = body.size_hint().exact().is_some();
    if let Some(ending) = ending.as_ref().filter(|_| !is_framed) {
        ending.arm();
    }
    Box::pin(Fallible::new(body, move || {
        if let Some(ending) = ending {
            ending.raise();
        }
    }))
}

/// The body of a response that is part of an exchange.
pub(crate) struct Answer {
    body: ClientBody,
    record: Record,
    _busy: Busy,
}

impl Answer {
    /// Makes the body of an exchange, which ends with it.
    pub(crate) fn new(body: ClientBody, record: Record, busy: Busy) -> Self {
        Self {
            body,
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
        let polled = self.body.as_mut().poll_frame(cx);
        Stream::served(polled.is_ready());
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                self.record.sent(frame.data_ref().map_or(0, Bytes::len));
            }
            Poll::Ready(Some(Err(_))) => self.record.ended(End::Unfinished),
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
