//! What core asks of a platform, answered with hyper.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use futures::stream::{self, MapErr, TryStreamExt};
use http::header::{CONTENT_LENGTH, HOST, TE};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body::{Body as _, Frame};
use http_body_util::{BodyDataStream, BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use streamgate::{BodyError, ByteStream, Edge, FetchError, Gate};

use crate::body::{ClientBody, Fallible};
use crate::client::Client;
use crate::upgrade;
use crate::wire::Reset;

/// What a configuration became, on one thread.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) gate: Gate,
    pub(crate) client: Client,
}

/// Serves one exchange of the connection from `peer`; `reset` is how that connection can be reset.
pub(crate) async fn exchange(
    site: Rc<Site>,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    reset: Reset,
) -> Response<ClientBody> {
    let version = request.version();
    let edge = NativeEdge {
        site: site.clone(),
        upgrade: (version == Version::HTTP_11).then(|| hyper::upgrade::on(&mut request)),
        trailers: takes_trailers(request.headers()),
        reset: (version == Version::HTTP_10).then_some(reset),
    };
    request.extensions_mut().insert(peer);
    let (mut head, body) = request.into_parts();
    if let Some(uri) = absolute(&head.uri, &head.headers) {
        head.uri = uri;
    }
    let body = (!body.is_end_stream()).then_some(body);
    match streamgate::serve(edge, &site.gate, Request::from_parts(head, body)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// One exchange.
struct NativeEdge {
    site: Rc<Site>,
    /// The client's connection, once upgraded.
    upgrade: Option<OnUpgrade>,
    trailers: bool,
    /// There where the end of a body may be the end of the connection: HTTP/1.0.
    reset: Option<Reset>,
}

impl Edge for NativeEdge {
    type RequestBody = Incoming;
    type Body = Incoming;
    type Stream = MapErr<BodyDataStream<Incoming>, fn(hyper::Error) -> BodyError>;
    type Sent = Response<ClientBody>;
    type SendError = Infallible;

    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        // HTTP/2 is spoken by prior knowledge only: RFC 9113 §3.1 has done away with its upgrade.
        self.upgrade.is_some()
            && !protocol
                .as_bytes()
                .split(|b| *b == b',')
                .any(|token| token.trim_ascii().eq_ignore_ascii_case(b"h2c"))
    }

    async fn fetch(
        &self,
        request: Request<Option<Incoming>>,
    ) -> Result<Response<Incoming>, FetchError> {
        self.site.client.send(request, self.trailers).await
    }

    fn read(&self, body: Incoming) -> Self::Stream {
        body.into_data_stream().map_err(BodyError::incomplete)
    }

    async fn send_unmodified(
        self,
        mut response: Response<Incoming>,
    ) -> Result<Self::Sent, Infallible> {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(client) = self.upgrade
        {
            upgrade::join(client, hyper::upgrade::on(&mut response));
        }
        let reset = self.reset;
        Ok(answer(response.map(|body| {
            Box::pin(Fallible::new(body.map_err(BodyError::incomplete), reset)) as ClientBody
        })))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Self::Sent, Infallible> {
        let body = StreamBody::new(Box::pin(body.map_ok(Frame::data)));
        Ok(answer(head.map(|()| {
            Box::pin(Fallible::new(body, self.reset)) as ClientBody
        })))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Infallible> {
        let declared = response.headers().contains_key(CONTENT_LENGTH);
        Ok(answer(response.map(|bytes| -> ClientBody {
            if bytes.is_empty() && declared {
                // hyper drops the Content-Length of a HEAD or a 304, unless it does not know that there is no body.
                return Box::pin(StreamBody::new(stream::empty()));
            }
            Box::pin(Full::new(bytes).map_err(|never| match never {}))
        })))
    }
}

/// Lets the connection's own version frame the response.
fn answer(mut response: Response<ClientBody>) -> Response<ClientBody> {
    *response.version_mut() = Version::HTTP_11;
    response
}

/// The absolute form of a request target in origin form, from the one valid `Host` (RFC 9110 §7.1).
fn absolute(uri: &Uri, fields: &HeaderMap) -> Option<Uri> {
    if uri.authority().is_some() || !uri.path().starts_with('/') {
        return None;
    }
    let mut hosts = fields.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return None;
    };
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(Authority::try_from(host.as_bytes()).ok()?);
    Uri::from_parts(parts).ok()
}

/// Whether the client takes trailers (RFC 9110 §10.1.4).
fn takes_trailers(fields: &HeaderMap) -> bool {
    fields.get_all(TE).iter().any(|field| {
        field
            .as_bytes()
            .split(|b| *b == b',')
            .any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
    })
}
