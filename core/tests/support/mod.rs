//! An edge in memory: an origin that is a function, and a client that records what it was sent.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use http::{HeaderName, HeaderValue, Request, Response};
use streamgate::{BodyError, ByteStream, Edge, FetchError, Gate, NoSubrequests, Outbound, serve};
use streamgate::{Config, OriginConfig};

/// A response of the scripted origin: a head, and a body in chunks that may break off.
pub struct Scripted {
    pub head: Response<()>,
    pub chunks: Vec<&'static [u8]>,
    pub breaks_off: bool,
}

/// The method of the edge that answered the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Unmodified,
    Stream,
    Buffered,
}

/// Everything that the client saw.
pub struct Seen {
    pub by: By,
    pub head: Response<()>,
    pub body: Vec<u8>,
    /// Whether the body reached its clean end.
    pub complete: bool,
    /// The requests that the origin received.
    pub requests: Vec<Request<()>>,
    /// The body of the last one.
    #[allow(dead_code, reason = "not every test looks at it")]
    pub uploaded: Option<Uploaded>,
}

/// The body of a request, as the origin received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploaded {
    Unmodified(Bytes),
    Whole(Bytes),
    Streamed(Bytes),
}

impl Seen {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

struct Memory<'o> {
    /// The coding that the platform decodes as it reads.
    decodes: Option<&'static str>,
    origin: &'o dyn Fn(&Request<()>) -> Result<Scripted, FetchError>,
    requests: Rc<RefCell<Vec<Request<()>>>>,
    uploaded: Rc<RefCell<Option<Uploaded>>>,
}

type Sent = (By, Response<()>, Vec<u8>, bool);

async fn receive(body: impl ByteStream) -> (Vec<u8>, bool) {
    let mut body = std::pin::pin!(body);
    let mut received = Vec::new();
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => received.extend_from_slice(&chunk),
            Err(_) => return (received, false),
        }
    }
    (received, true)
}

impl Edge for Memory<'_> {
    type RequestBody = Bytes;
    type RequestStream = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;
    type Body = Scripted;
    type Stream = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;
    type Sent = Sent;
    type SendError = std::convert::Infallible;
    type Subrequests = NoSubrequests;

    fn decodes(&self, coding: &HeaderValue) -> bool {
        self.decodes.is_some_and(|decodes| coding == decodes)
    }

    async fn fetch(
        &self,
        _: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Scripted>, FetchError> {
        let (parts, body) = request.into_parts();
        let uploaded = match body {
            None => None,
            Some(Outbound::Unmodified(body)) => Some(Uploaded::Unmodified(body)),
            Some(Outbound::Whole(body)) => Some(Uploaded::Whole(body)),
            Some(Outbound::Streamed(body)) => {
                let (body, is_whole) = receive(body).await;
                if !is_whole {
                    return Err(FetchError::RequestBody("it broke off".into()));
                }
                Some(Uploaded::Streamed(body.into()))
            }
        };
        self.uploaded.replace(uploaded);
        let request = Request::from_parts(parts, ());
        let mut scripted = (self.origin)(&request)?;
        self.requests.borrow_mut().push(request);
        let head = std::mem::take(&mut scripted.head);
        Ok(head.map(|()| scripted))
    }

    /// In pieces of a few bytes, which break off behind a NUL.
    fn receive(&self, body: Bytes) -> Self::RequestStream {
        let breaks_off = body.ends_with(b"\0");
        let pieces = body.strip_suffix(b"\0").unwrap_or(&body).chunks(7);
        let mut pieces: Vec<_> = pieces.map(|it| Ok(Bytes::copy_from_slice(it))).collect();
        if breaks_off {
            pieces.push(Err(BodyError::incomplete("the client is gone")));
        }
        stream::iter(pieces)
    }

    fn read(&self, body: Scripted) -> Self::Stream {
        let mut chunks: Vec<_> = body
            .chunks
            .into_iter()
            .map(|chunk| Ok(Bytes::from_static(chunk)))
            .collect();
        if body.breaks_off {
            chunks.push(Err(BodyError::incomplete("the origin broke off")));
        }
        stream::iter(chunks)
    }

    async fn send_unmodified(self, response: Response<Scripted>) -> Result<Sent, Self::SendError> {
        let (parts, body) = response.into_parts();
        let (body, complete) = receive(self.read(body)).await;
        Ok((
            By::Unmodified,
            Response::from_parts(parts, ()),
            body,
            complete,
        ))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Sent, Self::SendError> {
        let (body, complete) = receive(body).await;
        Ok((By::Stream, head, body, complete))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Sent, Self::SendError> {
        let (parts, body) = response.into_parts();
        Ok((
            By::Buffered,
            Response::from_parts(parts, ()),
            body.to_vec(),
            true,
        ))
    }
}

/// Returns a gate with this configuration, in front of `https://origin.example.com`, seen as
/// `https://www.example.com`.
pub fn gate(more: &str) -> Gate {
    let text = format!(
        "[origin]\nurl = 'https://origin.example.com'\npublic = 'https://www.example.com'\n[gate]\nexplain = true\n{more}"
    );
    Gate::new(Config::from_toml(&text, "test").unwrap()).unwrap()
}

/// Returns a request of a client.
pub fn request(method: &str, fields: &[(&str, &str)]) -> Request<Option<Bytes>> {
    let mut request = Request::builder()
        .method(method)
        .uri("https://www.example.com/page")
        .body(None)
        .unwrap();
    for (name, value) in fields {
        request.headers_mut().append(
            HeaderName::try_from(*name).unwrap(),
            HeaderValue::try_from(*value).unwrap(),
        );
    }
    request
}

/// Returns a response of the origin.
pub fn scripted(status: u16, fields: &[(&str, &str)], chunks: &[&'static str]) -> Scripted {
    let mut head = Response::builder().status(status).body(()).unwrap();
    for (name, value) in fields {
        head.headers_mut().append(
            HeaderName::try_from(*name).unwrap(),
            HeaderValue::try_from(*value).unwrap(),
        );
    }
    Scripted {
        head,
        chunks: chunks.iter().map(|chunk| chunk.as_bytes()).collect(),
        breaks_off: false,
    }
}

/// Runs an exchange and returns what the client saw.
pub fn exchange(
    gate: &Gate,
    request: Request<Option<Bytes>>,
    origin: &dyn Fn(&Request<()>) -> Result<Scripted, FetchError>,
) -> Seen {
    exchange_on(None, gate, request, origin)
}

/// One exchange on a platform that decodes a coding as it reads: the origin's chunks are what it
/// reads.
#[allow(dead_code, reason = "not every test has such a platform")]
pub fn exchange_where_the_platform_decodes(
    coding: &'static str,
    gate: &Gate,
    request: Request<Option<Bytes>>,
    origin: &dyn Fn(&Request<()>) -> Result<Scripted, FetchError>,
) -> Seen {
    exchange_on(Some(coding), gate, request, origin)
}

fn exchange_on(
    decodes: Option<&'static str>,
    gate: &Gate,
    request: Request<Option<Bytes>>,
    origin: &dyn Fn(&Request<()>) -> Result<Scripted, FetchError>,
) -> Seen {
    let requests = Rc::default();
    let uploaded = Rc::default();
    let edge = Memory {
        decodes,
        origin,
        requests: Rc::clone(&requests),
        uploaded: Rc::clone(&uploaded),
    };
    let Ok((by, head, body, complete)) = block_on(serve(edge, gate, request));
    Seen {
        by,
        head,
        body,
        complete,
        requests: requests.take(),
        uploaded: uploaded.take(),
    }
}
