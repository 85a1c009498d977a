//! The bodies on both sides of the gate.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use streamgate::{BodyError, ByteStream, FetchError};
use tokio::sync::oneshot;

use crate::BoxError;
use crate::edge::TowerEdge;
use crate::errors;
use crate::limited::Limited;

/// The body of a response for the client. It ends with an error if the origin's body breaks off.
#[derive(Debug)]
pub struct ResponseBody {
    body: UnsyncBoxBody<Bytes, BodyError>,
    failed: Option<BodyError>,
}

impl ResponseBody {
    fn new(body: impl Body<Data = Bytes, Error = BodyError> + Send + 'static) -> Self {
        Self {
            body: body.boxed_unsync(),
            failed: None,
        }
    }

    /// Takes an origin's body as it is.
    pub(crate) fn unmodified(body: Limited) -> Self {
        Self::new(BodyExt::map_err(body, BodyError::incomplete))
    }

    /// Takes a body that comes in chunks.
    pub(crate) fn streamed(chunks: impl ByteStream + Send + 'static) -> Self {
        Self::new(StreamBody::new(chunks.map_ok(Frame::data).fuse()))
    }

    /// Takes a complete body.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        match bytes.is_empty() {
            // hyper drops the `Content-Length` of a response to `HEAD` or of a 304, unless it does
            // not know that the body is empty.
            true => Self::streamed(stream::empty()),
            false => Self::new(Full::new(bytes).map_err(|never| match never {})),
        }
    }
}

impl Body for ResponseBody {
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

/// The body of a request for the origin. It ends with an error if the client's body breaks off.
#[derive(Debug)]
pub struct RequestBody {
    body: UnsyncBoxBody<Bytes, BoxError>,
    /// Tells why the body broke off; dropped with the body, once all is sent.
    sending: Option<oneshot::Sender<FetchError>>,
}

/// What the body of a request is made of.
type Outbound = streamgate::Outbound<TowerEdge>;

impl RequestBody {
    /// Makes a body, and what hears of its end.
    pub(crate) fn new(body: Option<Outbound>) -> (Self, oneshot::Receiver<FetchError>) {
        let (sending, ended) = oneshot::channel();
        let body = match body {
            None => Empty::new().map_err(|never| match never {}).boxed_unsync(),
            Some(Outbound::Unmodified(body)) => body.boxed_unsync(),
            Some(Outbound::Whole(bytes)) => {
                let body = Full::new(bytes).map_err(|never| match never {});
                body.boxed_unsync()
            }
            Some(Outbound::Streamed(body)) => {
                StreamBody::new(body.map_ok(Frame::data).map_err(Into::into)).boxed_unsync()
            }
        };
        let sending = Some(sending);
        (Self { body, sending }, ended)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Err(error)) = &frame
            && let Some(sending) = self.sending.take()
        {
            // Nobody hears it once there is a response.
            let _ = sending.send(errors::of_upload(&**error));
        }
        // Trailers end at the gate.
        Poll::Ready(frame.filter(|frame| frame.as_ref().map_or(true, Frame::is_data)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
