//! An edge in memory: an origin that answers every request alike, and a client that sees what
//! comes.

use std::cell::RefCell;
use std::convert::Infallible;

use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use http::{HeaderValue, Request, Response};
use streamgate::{
    BodyError, ByteStream, Edge, FetchError, Gate, NoSubrequests, OriginConfig, Outbound,
    WebSocket, serve,
};

use super::input::fields;

/// The method of the edge that answered the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Unmodified,
    Stream,
    Buffered,
    WebSocket,
}

/// Everything that came of a request.
pub(crate) struct Seen {
    pub(crate) by: By,
    pub(crate) head: Response<()>,
    pub(crate) body: Vec<u8>,
    /// The requests that the origins received.
    pub(crate) requests: Vec<Request<()>>,
    /// The body of the last one.
    pub(crate) uploaded: Option<Vec<u8>>,
    pub(crate) websocket: Option<WebSocket>,
}

/// What the origin sends: a head, and a body in chunks.
pub(crate) struct Origin<'a> {
    pub(crate) head: Response<()>,
    pub(crate) chunks: Vec<&'a [u8]>,
}

type Chunks = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;
type Sent = (By, Response<()>, Vec<u8>, Option<WebSocket>);

struct Memory<'a> {
    head: &'a Response<()>,
    chunks: &'a [&'a [u8]],
    requests: &'a RefCell<Vec<Request<()>>>,
    uploaded: &'a RefCell<Option<Vec<u8>>>,
}

fn items(chunks: &[&[u8]]) -> Chunks {
    let items = chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk)));
    stream::iter(items.collect::<Vec<_>>())
}

async fn whole(body: impl ByteStream) -> Option<Vec<u8>> {
    let mut body = std::pin::pin!(body);
    let mut whole = Vec::new();
    while let Some(chunk) = body.next().await {
        whole.extend_from_slice(&chunk.ok()?);
    }
    Some(whole)
}

impl<'a> Edge for Memory<'a> {
    type RequestBody = Vec<&'a [u8]>;
    type RequestStream = Chunks;
    type Body = ();
    type Stream = Chunks;
    type Sent = Sent;
    type SendError = Infallible;
    type Subrequests = NoSubrequests;

    fn upgrades(&self, _: &HeaderValue) -> bool {
        true
    }

    fn maps_messages(&self) -> bool {
        true
    }

    async fn fetch(
        &self,
        _: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<()>, FetchError> {
        let (parts, body) = request.into_parts();
        let uploaded = match body {
            None => None,
            Some(Outbound::Unmodified(body)) => Some(body.concat()),
            Some(Outbound::Whole(body)) => Some(body.to_vec()),
            Some(Outbound::Streamed(body)) => {
                let broken = FetchError::RequestBody("it broke off".to_owned());
                Some(whole(body).await.ok_or(broken)?)
            }
        };
        self.uploaded.replace(uploaded);
        self.requests
            .borrow_mut()
            .push(Request::from_parts(parts, ()));
        Ok(self.head.clone())
    }

    fn receive(&self, body: Vec<&'a [u8]>) -> Chunks {
        items(&body)
    }

    fn read(&self, (): ()) -> Chunks {
        items(self.chunks)
    }

    async fn send_unmodified(self, response: Response<()>) -> Result<Sent, Infallible> {
        Ok((By::Unmodified, response, self.chunks.concat(), None))
    }

    async fn send_websocket(
        self,
        response: Response<()>,
        websocket: WebSocket,
    ) -> Result<Sent, Infallible> {
        Ok((By::WebSocket, response, Vec::new(), Some(websocket)))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Sent, Infallible> {
        let body = whole(body).await.unwrap_or_default();
        Ok((By::Stream, head, body, None))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Sent, Infallible> {
        let (parts, body) = response.into_parts();
        let head = Response::from_parts(parts, ());
        Ok((By::Buffered, head, body.to_vec(), None))
    }
}

/// Runs one exchange.
pub(crate) fn exchange<'a>(
    gate: &Gate,
    request: Request<Option<Vec<&'a [u8]>>>,
    origin: &'a Origin<'a>,
) -> Seen {
    let (requests, uploaded) = (RefCell::default(), RefCell::default());
    let edge = Memory {
        head: &origin.head,
        chunks: &origin.chunks,
        requests: &requests,
        uploaded: &uploaded,
    };
    let Ok((by, head, body, websocket)) = block_on(serve(edge, gate, request));
    Seen {
        by,
        head,
        body,
        requests: requests.take(),
        uploaded: uploaded.take(),
        websocket,
    }
}

/// Returns a request without a body.
pub(crate) fn request(method: &str, url: &str, lines: &[u8]) -> Option<Request<()>> {
    let mut request = Request::builder().method(method).uri(url).body(()).ok()?;
    *request.headers_mut() = fields(lines);
    Some(request)
}

/// Returns the head of a response.
pub(crate) fn response(status: u16, lines: &[u8]) -> Response<()> {
    let mut response = Response::builder().status(status).body(()).unwrap();
    *response.headers_mut() = fields(lines);
    response
}
