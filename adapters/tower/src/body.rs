//! The bodies on both sides of the gate.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use streamgate::{BodyError, ByteStream, FetchError};
use streamgate_hyper::{Fallible, Source, of_upload};
use tokio::sync::oneshot;

use crate::BoxError;
use crate::limited::{Limited, Upload};

/// The body of a response for the client. It ends with an error if the origin's body breaks off.
#[derive(Debug)]
pub struct ResponseBody(Fallible<UnsyncBoxBody<Bytes, BodyError>, fn()>);

impl ResponseBody {
    fn new(body: impl Body<Data = Bytes, Error = BodyError> + Send + 'static) -> Self {
        Self(Fallible::new(body.boxed_unsync(), || {}))
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
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// The body of a request for the origin. It ends with an error if the client's body breaks off.
#[derive(Debug)]
pub struct RequestBody {
    body: Option<UnsyncBoxBody<Bytes, BoxError>>,
    /// Tells why the body broke off; dropped with the body, once all is sent.
    sending: Option<oneshot::Sender<FetchError>>,
}

impl RequestBody {
    /// Makes a body, and what hears of its end.
    pub(crate) fn new(body: Option<Source<Upload>>) -> (Self, oneshot::Receiver<FetchError>) {
        let (sending, ended) = oneshot::channel();
        let body = body.map(BodyExt::boxed_unsync);
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
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if let Some(Err(error)) = &frame
            && let Some(sending) = self.sending.take()
        {
            // Nobody hears it once there is a response.
            let _ = sending.send(of_upload(&**error));
        }
        // Trailers end at the gate.
        Poll::Ready(frame.filter(|frame| frame.as_ref().map_or(true, Frame::is_data)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let none = || SizeHint::with_exact(0);
        self.body.as_ref().map_or_else(none, Body::size_hint)
    }
}
