//! Bodies in the three forms that hyper has them: the request's to the origin, the origin's to core, and the client's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use streamgate::{BodyError, ByteStream};
use tokio::sync::oneshot;

use crate::wire::Reset;

/// The client's request body on its way to the origin.
#[derive(Debug)]
pub(crate) struct RequestBody {
    body: Option<Incoming>,
    /// Dropped with the body, which hyper does once it is sent.
    _sending: oneshot::Sender<()>,
}

impl RequestBody {
    /// A body whose `sending` is dropped when it has been sent.
    pub(crate) fn new(body: Option<Incoming>, sending: oneshot::Sender<()>) -> Self {
        Self {
            body,
            _sending: sending,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// The origin's body as core reads it. Trailers are left out: they speak of bytes that core changes.
#[derive(Debug)]
pub(crate) struct OriginStream(pub(crate) Incoming);

impl Stream for OriginStream {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(chunk) = frame.into_data() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::incomplete(error)))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// The body of the client's response.
pub(crate) struct ClientBody {
    content: Content,
    /// Raised when the body fails, where the connection's end is the body's end too.
    reset: Option<Reset>,
    failed: Option<BodyError>,
}

enum Content {
    Complete(Option<Bytes>),
    Origin(Incoming),
    Stream(Pin<Box<dyn ByteStream>>),
}

impl ClientBody {
    /// All bytes at once.
    pub(crate) fn complete(bytes: Bytes) -> Self {
        Self::new(Content::Complete(Some(bytes)), None)
    }

    /// The origin's frames, as they come. `reset` as in [`ClientBody::stream`].
    pub(crate) fn origin(body: Incoming, reset: Option<Reset>) -> Self {
        Self::new(Content::Origin(body), reset)
    }

    /// Core's chunks. `reset`: the connection to reset if they end with an error, where nothing else would tell the
    /// client.
    pub(crate) fn stream(body: impl ByteStream + 'static, reset: Option<Reset>) -> Self {
        Self::new(Content::Stream(Box::pin(body)), reset)
    }

    fn new(content: Content, reset: Option<Reset>) -> Self {
        Self {
            content,
            reset,
            failed: None,
        }
    }
}

impl Content {
    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self {
            Self::Complete(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Origin(body) => Pin::new(body).poll_frame(cx).map_err(BodyError::incomplete),
            Self::Stream(body) => body.as_mut().poll_next(cx).map_ok(Frame::data),
        }
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let frame = ready!(self.content.poll_frame(cx));
        let Some(Err(error)) = frame else {
            return Poll::Ready(frame);
        };
        tracing::warn!(%error, "response left unfinished");
        if let Some(Reset(flag)) = &self.reset {
            flag.raise();
        }
        // hyper drops what it has not flushed when a body fails, the head included. It flushes when a body is pending:
        // so that the client gets what there was, the failure waits for one more turn.
        self.failed = Some(error);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Complete(bytes) => bytes.is_none(),
            Content::Origin(body) => self.failed.is_none() && body.is_end_stream(),
            Content::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Complete(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64))
            }
            Content::Origin(body) => body.size_hint(),
            // A Content-Length in the head is what frames it then.
            Content::Stream(_) => SizeHint::default(),
        }
    }
}
