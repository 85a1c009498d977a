//! The platform of a gate whose client is in the same process: it asks the origins, and hands the
//! answer over as it comes.

use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use futures::stream::{self, Empty, TryStreamExt};
use http::{Request, Response, Uri};
use http_body_util::BodyDataStream;
use streamgate::{BodyError, ByteStream, Edge, FetchError, NoSubrequests, OriginConfig, Outbound};
use streamgate_tower::{Origin as _, Terms};

use super::Chunks;
use crate::client::OriginBody;
use crate::origins::Origins;

/// What the gate has asked an origin for.
#[derive(Debug, Clone)]
pub(in super::super) struct Asked {
    pub(in super::super) origin: OriginConfig,
    /// The whole URL.
    pub(in super::super) url: Uri,
}

/// The platform of one exchange.
pub(super) struct Inside {
    pub(super) origins: Origins,
    pub(super) asked: Rc<RefCell<Vec<Asked>>>,
}

/// Returns the chunks of an origin's body.
pub(super) fn chunks(body: OriginBody) -> Chunks {
    Box::pin(BodyDataStream::new(body).map_err(BodyError::incomplete))
}

impl Edge for Inside {
    /// No request has a body.
    type RequestBody = Infallible;
    type RequestStream = Empty<Result<Bytes, BodyError>>;
    type Body = OriginBody;
    type Stream = Chunks;
    type Sent = Response<Chunks>;
    type SendError = Infallible;
    type Subrequests = NoSubrequests;

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        self.asked.borrow_mut().push(Asked {
            origin: origin.clone(),
            url: request.uri().clone(),
        });
        let request = request.map(|_| None);
        self.origins.fetch(origin, request, Terms::default()).await
    }

    fn receive(&self, body: Infallible) -> Self::RequestStream {
        match body {}
    }

    fn read(&self, body: OriginBody) -> Chunks {
        chunks(body)
    }

    async fn send_unmodified(
        self,
        response: Response<OriginBody>,
    ) -> Result<Response<Chunks>, Infallible> {
        Ok(response.map(chunks))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Response<Chunks>, Infallible> {
        Ok(head.map(|()| Pin::from(Box::new(body) as Box<_>)))
    }

    async fn send_buffered(
        self,
        response: Response<Bytes>,
    ) -> Result<Response<Chunks>, Infallible> {
        Ok(response.map(|body| {
            let chunks: Chunks = Box::pin(stream::iter([Ok(body)]));
            chunks
        }))
    }
}
