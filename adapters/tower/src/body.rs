//! The bodies on both sides of the gate.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use streamgate::{BodyError, ByteStream, FetchError};
use streamgate_hyper::{Bounded, Fallible, Source, Timed, of_upload};
use tokio::sync::oneshot;

/// Any error, as servers and clients of `http_body` have them.
pub type BoxError = streamgate_hyper::Cause;

/// The body of the client's request, which may neither pause for too long nor be too long.
pub(crate) type Upload = Bounded<Timed<AnyBody>>;

/// The body of the origin's response, which may not pause for too long.
pub(crate) type Download = Timed<AnyBody>;

/// A peer's body, whatever server or client it comes from.
pub(crate) type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

/// Forgets what a body is made of.
pub(crate) fn any<B>(body: B) -> AnyBody
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// A body that the gate makes of another, and that breaks off with it.
#[derive(Debug)]
pub struct GateBody<E>(UnsyncBoxBody<Bytes, E>);

/// The body of a response for the client. It ends with an error if the origin's body breaks off.
pub type ResponseBody = GateBody<BodyError>;

/// The body of a request for the origin. It ends with an error if the client's body breaks off.
pub type RequestBody = GateBody<BoxError>;

impl ResponseBody {
    /// Takes a body that may break off.
    pub(crate) fn new(body: impl Body<Data = Bytes, Error = BodyError> + Send + 'static) -> Self {
        Self(Fallible::new(Box::pin(body), || {}).boxed_unsync())
    }

    /// Takes a body that comes in chunks.
    pub(crate) fn streamed(chunks: impl ByteStream + Send + 'static) -> Self {
        Self::new(StreamBody::new(chunks.map_ok(Frame::data).fuse()))
    }
}

impl RequestBody {
    /// Makes a body. The receiver hears why it broke off, or that it was dropped, once all is sent.
    pub(crate) fn of(body: Source<Upload>) -> (Self, oneshot::Receiver<FetchError>) {
        let (sending, ended) = oneshot::channel();
        let mut sending = Some(sending);
        let body = body.map_err(move |error| {
            if let Some(sending) = sending.take() {
                // Nobody hears it once there is a response.
                let _ = sending.send(of_upload(&*error));
            }
            error
        });
        (Self(body.boxed_unsync()), ended)
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
