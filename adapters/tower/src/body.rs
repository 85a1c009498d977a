//! The bodies on both sides of the gate.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt};
use http_body::{Body, Frame, SizeHint};
use streamgate::{BodyError, FetchError};
use tokio::sync::oneshot;

use crate::BoxError;
use crate::errors;
use crate::exchange::Streaming;
use crate::limited::Limited;

/// The body of a response for the client. It ends with an error if the origin's body breaks off.
pub struct ResponseBody<D> {
    source: Source<D>,
    failed: Option<BodyError>,
}

enum Source<D> {
    Origin(Limited<D>),
    Whole(Bytes),
    Streamed(Streaming<D>),
    Over,
}

impl<D> ResponseBody<D> {
    pub(crate) fn of_origin(body: Limited<D>) -> Self {
        Self::from(Source::Origin(body))
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::from(Source::Whole(bytes))
    }

    pub(crate) fn streamed(streaming: Streaming<D>) -> Self {
        Self::from(Source::Streamed(streaming))
    }
}

impl<D> From<Source<D>> for ResponseBody<D> {
    fn from(source: Source<D>) -> Self {
        let failed = None;
        Self { source, failed }
    }
}

impl<D: Body<Data = Bytes, Error: Into<BoxError>>> Body for ResponseBody<D> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let frame = match &mut self.source {
            Source::Origin(body) => ready!(Pin::new(body).poll_frame(cx))
                .map(|frame| frame.map_err(BodyError::incomplete)),
            Source::Streamed(streaming) => {
                ready!(streaming.poll_item(cx)).map(|item| item.map(Frame::data))
            }
            Source::Whole(bytes) if bytes.is_empty() => None,
            Source::Whole(bytes) => Some(Ok(Frame::data(std::mem::take(bytes)))),
            Source::Over => None,
        };
        if !matches!(frame, Some(Ok(_))) {
            self.source = Source::Over;
        }
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
        match &self.source {
            Source::Origin(body) => body.is_end_stream(),
            Source::Over => self.failed.is_none(),
            // hyper drops the `Content-Length` of a response to `HEAD` or of a 304, unless it does
            // not know that the body is empty.
            Source::Whole(_) | Source::Streamed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Origin(body) => body.size_hint(),
            Source::Whole(bytes) if !bytes.is_empty() => SizeHint::with_exact(bytes.len() as u64),
            Source::Whole(_) | Source::Streamed(_) | Source::Over => SizeHint::default(),
        }
    }
}

/// The body of a request for the origin. It ends with an error if the client's body breaks off.
pub struct RequestBody<B> {
    source: Upload<B>,
    /// Tells why the body broke off; dropped with the body, once all is sent.
    sending: Option<oneshot::Sender<FetchError>>,
}

pub(crate) enum Upload<B> {
    Absent,
    Client(Limited<B>),
    Whole(Bytes),
    /// The client's body, changed while it is read.
    Streamed(BoxStream<'static, Result<Bytes, BodyError>>),
}

impl<B> RequestBody<B> {
    /// Makes a body, and what hears of its end.
    pub(crate) fn new(source: Upload<B>) -> (Self, oneshot::Receiver<FetchError>) {
        let (sending, ended) = oneshot::channel();
        let sending = Some(sending);
        (Self { source, sending }, ended)
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let item = match &mut self.source {
            Upload::Client(body) => ready!(body.poll_next_unpin(cx)),
            Upload::Streamed(stream) => ready!(stream.poll_next_unpin(cx)),
            Upload::Whole(bytes) if !bytes.is_empty() => Some(Ok(std::mem::take(bytes))),
            Upload::Absent | Upload::Whole(_) => None,
        };
        if let Some(Err(error)) = &item
            && let Some(sending) = self.sending.take()
        {
            // Nobody hears it once there is a response.
            let _ = sending.send(errors::of_upload(error));
        }
        Poll::Ready(item.map(|item| item.map(Frame::data).map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Upload::Absent => true,
            Upload::Client(body) => body.is_end_stream(),
            Upload::Whole(bytes) => bytes.is_empty(),
            Upload::Streamed(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Upload::Absent => SizeHint::with_exact(0),
            Upload::Client(body) => body.size_hint(),
            Upload::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Upload::Streamed(_) => SizeHint::default(),
        }
    }
}
