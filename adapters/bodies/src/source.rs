//! What the body of a request is read from.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use streamgate::{BodyError, Edge, Outbound};

use crate::Cause;

/// The source of a request's body. It has no trailers.
pub enum Source<B> {
    /// The client's own body.
    Client(B),
    /// Bytes in memory.
    Whole(Full<Bytes>),
    /// The client's body, changed while it is read.
    Streamed(Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>),
}

impl<B: Send> Source<B> {
    /// Takes what core sends.
    pub fn of<E>(body: Outbound<E>) -> Self
    where
        E: Edge<RequestBody = B, RequestStream: Send>,
    {
        match body {
            Outbound::Unmodified(body) => Self::Client(body),
            Outbound::Whole(bytes) => Self::Whole(Full::new(bytes)),
            Outbound::Streamed(body) => Self::Streamed(Box::pin(body)),
        }
    }
}

impl<B: Body<Data = Bytes, Error = Cause> + Unpin> Body for Source<B> {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        match &mut *self {
            Self::Client(body) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                // Trailers end at the gate.
                Poll::Ready(frame.filter(|frame| frame.as_ref().map_or(true, Frame::is_data)))
            }
            Self::Whole(body) => Pin::new(body)
                .poll_frame(cx)
                .map_err(|never| match never {}),
            Self::Streamed(stream) => {
                let chunk = stream.as_mut().poll_next(cx);
                chunk.map_ok(Frame::data).map_err(Into::into)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Client(body) => body.is_end_stream(),
            Self::Whole(body) => body.is_end_stream(),
            Self::Streamed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Client(body) => body.size_hint(),
            Self::Whole(body) => body.size_hint(),
            Self::Streamed(_) => SizeHint::default(),
        }
    }
}
