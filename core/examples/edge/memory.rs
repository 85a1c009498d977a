//! A platform in memory: its origins are a function, and what the client gets is a value.

use std::convert::Infallible;
use std::pin::pin;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response};
use streamgate::OriginConfig;
use streamgate::{BodyError, ByteStream, Edge, FetchError, NoSubrequests, Outbound};

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

/// A body that is read.
pub(crate) type Chunks = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;

impl<F> Edge for Memory<F>
where
    F: Fn(&OriginConfig, Request<Option<Body>>) -> Result<Response<Body>, FetchError>,
{
    type RequestBody = Body;
    type RequestStream = Chunks;
    type Body = Body;
    type Stream = Chunks;
    /// Here, a response is sent by returning it.
    type Sent = Response<Body>;
    type SendError = Infallible;
    type Subrequests = NoSubrequests;

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Body>, FetchError> {
        let (head, body) = request.into_parts();
        let body = match body {
            None => None,
            Some(Outbound::Unmodified(body)) => Some(body),
            Some(Outbound::Whole(bytes)) => Some(bytes.into()),
            Some(Outbound::Streamed(stream)) => Some(collected(stream).await),
        };
        // An unfinished body must not reach an origin as a complete one.
        if let Some(reason) = body.as_ref().and_then(|body| body.broken.clone()) {
            return Err(FetchError::RequestBody(reason));
        }
        (self.fetch)(origin, Request::from_parts(head, body))
    }

    fn receive(&self, body: Body) -> Chunks {
        self.read(body)
    }

    fn read(&self, body: Body) -> Chunks {
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
        let body = collected(stream).await;
        Ok(head.map(|()| body))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Infallible> {
        Ok(response.map(Body::from))
    }
}

/// Reads a stream to its end.
async fn collected(stream: impl ByteStream) -> Body {
    let mut stream = pin!(stream);
    let mut body = Body::default();
    while let Some(item) = stream.next().await {
        match item {
            Ok(chunk) => body.chunks.push(chunk),
            Err(error) => body.broken = Some(error.to_string()),
        }
    }
    body
}

impl From<Bytes> for Body {
    fn from(whole: Bytes) -> Self {
        Self {
            chunks: vec![whole],
            broken: None,
        }
    }
}
