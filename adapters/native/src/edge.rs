//! The platform that core asks for, made with hyper.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::TryStreamExt;
use http::header::{HOST, TE};
use http::request::Parts;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Request, Response, Uri, Version};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use rustls::crypto::{SecureRandom, ring};
use streamgate::OriginConfig;
use streamgate::{
    BodyError, ByteStream, ClientAddress, Clock, Edge, FetchError, Gate, Outbound, Refusal, Store,
    WebSocket,
};
use streamgate_hyper::{
    CLOCK, Data, Lift, Patience, Timed, data, exhaust, framed, require_host, whole,
};
use streamgate_store_memory::{Memory, Shared};
use streamgate_tunnel::{join, upgrade};
use tokio::task::spawn_local;
use tokio::time::{Instant, timeout};

use crate::body::{ClientBody, fallible};
use crate::client::{Client, OriginBody, Source};
use crate::received::Received;
use crate::subrequests::Beside;
use crate::wire::Ending;

/// The source of random numbers, that of TLS.
static RANDOM: LazyLock<&'static dyn SecureRandom> =
    LazyLock::new(|| ring::default_provider().secure_random);

/// A compiled configuration, on one thread.
pub(crate) struct Deployment {
    pub(crate) gate: Gate,
    /// The clients, one for each way of fetching from origins.
    pub(crate) clients: Vec<Client>,
    /// What the cache stores, if there is one.
    pub(crate) cache: Option<Arc<Memory>>,
}

impl Deployment {
    /// Returns the client that fetches from an origin.
    ///
    /// # Errors
    /// Returns an error if there is none.
    pub(crate) fn client(&self, origin: &OriginConfig) -> Result<&Client, FetchError> {
        let known = |client: &&Client| client.origin.is_fetched_as(origin);
        let client = self.clients.iter().find(known);
        client.ok_or_else(|| FetchError::Other("no client for it".to_owned()))
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From {
    /// The address of the connection's other end.
    pub(crate) peer: IpAddr,
    /// Whether the connection has TLS.
    pub(crate) is_secure: bool,
}

/// Serves one exchange of the connection that is `from` there, which ends as `ending` says. The
/// bytes of the request's body are counted in `received`.
pub(crate) async fn exchange(
    deployment: Rc<Deployment>,
    mut request: Request<Incoming>,
    from: From,
    ending: Ending,
    received: Arc<AtomicU64>,
) -> Response<ClientBody> {
    let version = request.version();
    let limits = &deployment.gate.config().limits;
    let deadline = limits.exchange.map(|limit| Instant::now() + limit);
    let pause = limits.body_idle;
    let edge = NativeEdge {
        deployment: deployment.clone(),
        upgrade: upgrade(&mut request),
        trailers: takes_trailers(request.headers()),
        ending: (version == Version::HTTP_10).then(|| ending.clone()),
        deadline,
        pauses: Lift::default(),
    };
    let pauses = edge.pauses.clone();
    request
        .extensions_mut()
        .insert(ClientAddress(from.peer.to_canonical()));
    let (mut head, body) = request.into_parts();
    require_host(&mut head);
    if from.is_secure {
        secure(&mut head);
    }
    let patience = Patience::new(pause, deadline).lifted_by(pauses);
    let most = limits.request_body;
    if version < Version::HTTP_2 && body.is_end_stream() {
        ending.note_unread(false); // The connection may have had a body before.
    }
    let awaited = (version < Version::HTTP_2 && !body.is_end_stream()).then(|| ending.clone());
    let body = (!body.is_end_stream())
        .then(|| Received::new(Timed::of_request(body, patience), most, received, ending));
    let looks = body.is_some().then_some(LOOK);
    let served = pin!(streamgate::serve(
        edge,
        &deployment.gate,
        Request::from_parts(head, body)
    ));
    if let Some(ending) = &awaited {
        ending.note_awaited(true);
    }
    let response = looking(served, looks).await;
    if let Some(ending) = &awaited {
        ending.note_awaited(false);
    }
    match response {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// How often to look whether a client is still there whose body nobody reads.
const LOOK: Duration = Duration::from_secs(1);

/// Runs an exchange, and wakes its task each time that `every` has passed: the connection, which is
/// polled with it, then looks at its socket, which it does not read while the origin takes nothing.
async fn looking<T>(mut exchange: Pin<&mut impl Future<Output = T>>, every: Option<Duration>) -> T {
    let Some(every) = every else {
        return exchange.await;
    };
    loop {
        if let Ok(done) = timeout(every, exchange.as_mut()).await {
            return done;
        }
    }
}

/// Serves a request of the cache's own, and reads the response to its end.
async fn renewal(deployment: Rc<Deployment>, request: Request<()>) {
    let limit = deployment.gate.config().limits.exchange;
    let edge = NativeEdge {
        deadline: limit.map(|limit| Instant::now() + limit),
        ..NativeEdge::plain(deployment.clone())
    };
    let request = request.map(|()| None);
    let response = streamgate::serve(edge, &deployment.gate, request).await;
    match response {
        // What breaks off is not stored, and the log says why.
        Ok(response) => exhaust(response.into_body()).await,
        Err(never) => match never {},
    }
}

/// Answers a request for which there is no place.
pub(crate) async fn refusal(deployment: Rc<Deployment>) -> Response<ClientBody> {
    let edge = NativeEdge::plain(deployment);
    match streamgate::refuse(edge, Refusal::Overloaded).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Gives the target of a request the scheme of TLS, whatever it says itself, if it has an authority
/// or the request a host.
fn secure(head: &mut Parts) {
    let mut target = head.uri.clone().into_parts();
    let host = || head.headers.get(HOST)?.as_bytes().try_into().ok();
    target.authority = target.authority.or_else(host);
    if target.authority.is_none() {
        return; // Core refuses it, or knows no host.
    }
    target.scheme = Some(Scheme::HTTPS);
    if target.path_and_query.is_none() {
        target.path_and_query = Some(PathAndQuery::from_static("/"));
    }
    if let Ok(uri) = Uri::from_parts(target) {
        head.uri = uri;
    }
}

/// One exchange.
struct NativeEdge {
    deployment: Rc<Deployment>,
    /// The client's connection, once upgraded.
    upgrade: Option<OnUpgrade>,
    trailers: bool,
    /// Present where the end of a body may be the end of the connection: in HTTP/1.0.
    ending: Option<Ending>,
    /// When the exchange must be over.
    deadline: Option<Instant>,
    /// Lifts the limit on the pauses of the client's body.
    pauses: Lift,
}

impl NativeEdge {
    /// Makes an edge for an exchange without anything of a connection.
    fn plain(deployment: Rc<Deployment>) -> Self {
        Self {
            deployment,
            upgrade: None,
            trailers: false,
            ending: None,
            deadline: None,
            pauses: Lift::default(),
        }
    }

    /// Sends the origin's response, and joins the two connections if both change their protocol.
    fn send(
        self,
        mut response: Response<OriginBody>,
        websocket: Option<WebSocket>,
    ) -> Response<ClientBody> {
        let idle = self.deployment.gate.config().limits.tunnel_idle;
        join(self.upgrade, &mut response, idle, websocket);
        let ending = self.ending;
        framed(response.map(|body| fallible(body.map_err(BodyError::incomplete), ending)))
    }
}

impl Edge for NativeEdge {
    type RequestBody = Received;
    type RequestStream = Data<Received>;
    type Body = OriginBody;
    type Stream = Data<OriginBody>;
    type Sent = Response<ClientBody>;
    type SendError = Infallible;
    type Subrequests = Beside;

    fn upgrades(&self, _: &HeaderValue) -> bool {
        self.upgrade.is_some()
    }

    fn maps_messages(&self) -> bool {
        true
    }

    fn clock(&self) -> Option<Clock> {
        Some(CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        RANDOM.fill(bytes).is_ok()
    }

    fn subrequests(&self) -> Option<Beside> {
        Some(Beside {
            deployment: Rc::clone(&self.deployment),
            deadline: self.deadline,
        })
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        let memory = self.deployment.cache.clone()?;
        Some(Arc::new(Shared(memory)))
    }

    fn renew(&self, request: Request<()>) -> bool {
        spawn_local(renewal(self.deployment.clone(), request));
        true
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let client = self.deployment.client(origin)?;
        let request = request.map(|body| body.map(Source::of));
        let sent = client.send(request, self.trailers, self.deadline).await;
        // Both may send at a time from now on, and each may wait for the other's words.
        sent.map(|response| response.map(|body| body.lifting(self.pauses.hold())))
    }

    fn receive(&self, body: Received) -> Self::RequestStream {
        data(body)
    }

    fn read(&self, body: OriginBody) -> Self::Stream {
        data(body)
    }

    async fn send_unmodified(
        self,
        response: Response<OriginBody>,
    ) -> Result<Self::Sent, Infallible> {
        Ok(self.send(response, None))
    }

    async fn send_websocket(
        self,
        response: Response<OriginBody>,
        websocket: WebSocket,
    ) -> Result<Self::Sent, Infallible> {
        Ok(self.send(response, Some(websocket)))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Self::Sent, Infallible> {
        let body = StreamBody::new(Box::pin(body.map_ok(Frame::data)));
        Ok(framed(head.map(|()| fallible(body, self.ending))))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Infallible> {
        Ok(framed(
            whole(response).map(|body| -> ClientBody { Box::pin(body) }),
        ))
    }
}

/// Returns whether the client takes trailers (RFC 9110 §10.1.4).
fn takes_trailers(fields: &HeaderMap) -> bool {
    fields.get_all(TE).iter().any(|field| {
        field
            .as_bytes()
            .split(|b| *b == b',')
            .any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"trailers"))
    })
}
