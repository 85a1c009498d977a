//! A platform in memory: its origins are a function, and what the client gets is a value.

use std::convert::Infallible;
use std::pin::pin;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response};
use streamgate::OriginConfig;
use streamgate::{BodyError, ByteStream, Edge, FetchError};

/// The platform. `fetch` answers the requests that the gate sends to origins.
pub(crate) struct Memory<F> {
    pub(crate) fetch: F,
}

/// A body, chunk by chunk.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) chunks: Vec<Bytes>,
    /// Why the body broke off behind its chunks, if it did not come to its end.
    pub(crate) broken: Option<String>,
}

impl<F> Edge for Memory<F>
where
    F: Fn(&OriginConfig, Request<Option<Body>>) -> Result<Response<Body>, FetchError>,
{
    type RequestBody = Body;
    type Body = Body;
    type Stream = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;
    /// Here, a response is sent by returning it.
    type Sent = Response<Body>;
    type SendError = Infallible;

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Body>>,
    ) -> Result<Response<Body>, FetchError> {
        (self.fetch)(origin, request)
    }

    fn read(&self, body: Body) -> Self::Stream {
        let chunks = body.chunks.into_iter().map(Ok);
        let end = body.broken.map(|reason| Err(BodyError::incomplete(reason)));
        stream::iter(chunks.chain(end).collect::<Vec<_>>())
    }

    async fn send_unmodified(self, response: Response<Body>) -> Result<Self::Sent, Infallible> {
        Ok(response)
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        stream: S,
    ) -> Result<Self::Sent, Infallible> {
        let mut stream = pin!(stream);
        let mut body = Body::default();
        while let Some(item) = stream.next().await {
            match item {
                Ok(chunk) => body.chunks.push(chunk),
                Err(error) => body.broken = Some(error.to_string()),
            }
        }
        Ok(head.map(|()| body))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Infallible> {
        Ok(response.map(Body::from))
    }
}

impl From<Bytes> for Body {
    fn from(whole: Bytes) -> Self {
        Self {
            chunks: vec![whole],
            broken: None,
        }
    }
}
