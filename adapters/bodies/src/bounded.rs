//! Bodies that may not be too long.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use streamgate::FetchError;

use crate::Cause;

/// A body that may have so many bytes.
#[derive(Debug)]
pub struct Bounded<B> {
    body: B,
    most: Option<usize>,
    read: usize,
}

impl<B> Bounded<B> {
    /// Limits a body to `most` bytes, if that is set.
    pub fn new(body: B, most: Option<usize>) -> Self {
        let read = 0;
        Self { body, most, read }
    }
}

impl<B: Body<Data = Bytes, Error = Cause> + Unpin> Body for Bounded<B> {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let data = frame.as_ref().and_then(|frame| frame.as_ref().ok());
        let length = data.and_then(Frame::data_ref).map_or(0, Bytes::len);
        self.read = self.read.saturating_add(length);
        if let Some(most) = self.most.filter(|most| self.read > *most) {
            let error = FetchError::RequestTooLarge(format!("more than the {most} bytes allowed"));
            return Poll::Ready(Some(Err(error.into())));
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
