//! The bodies on both sides of the gate.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use streamgate::{BodyError, ByteStream, FetchError};
use streamgate_bodies::{
    AnyBody, Bounded, Cause, Fallible, Guarded, Lifted, Timed, any, of_upload,
};
use tokio::sync::oneshot;

/// The body of the client's request, which may neither pause for too long nor be too long.
pub(crate) type Upload = Bounded<Timed<AnyBody>>;

/// The body of the origin's response. While it lasts, the client's body may pause.
pub(crate) type Download<B> = Guarded<B, Lifted>;

/// A body that the gate makes of another, and that breaks off with it.
#[derive(Debug)]
pub struct GateBody<E>(UnsyncBoxBody<Bytes, E>);

/// The body of a response for the client. It ends with an error if the origin's body breaks off.
pub type ResponseBody = GateBody<BodyError>;

/// The body of a request for the origin. It ends with an error if the client's body breaks off.
pub type RequestBody = GateBody<Cause>;

impl ResponseBody {
    /// Takes a body that may break off.
    pub(crate) fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error = BodyError> + Send + Unpin + 'static,
    {
        Self(Fallible::new(body).boxed_unsync())
    }

    /// Takes a body that comes in chunks.
    pub(crate) fn streamed(chunks: impl ByteStream + Send + Unpin + 'static) -> Self {
        Self::new(StreamBody::new(chunks.map_ok(Frame::data).fuse()))
    }
}

impl RequestBody {
    /// Takes any body.
    pub fn new(body: impl Body<Data = Bytes, Error: Into<Cause>> + Send + 'static) -> Self {
        Self(any(body))
    }

    /// Lets the receiver hear why a body broke off, or that it was dropped, once all is sent.
    pub fn heard(self) -> (Self, oneshot::Receiver<FetchError>) {
        let (sending, ended) = oneshot::channel();
        let mut sending = Some(sending);
        let body = self.map_err(move |error| {
            if let Some(sending) = sending.take() {
                // Nobody hears it once there is a response.
                let _ = sending.send(of_upload(&*error));
            }
            error
        });
        (Self::new(body), ended)
    }
}

impl Default for RequestBody {
    /// Makes a body without bytes.
    fn default() -> Self {
        Self::new(Empty::new())
    }
}

impl<E> Body for GateBody<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
