//! The platform that core asks for, made of services.

use std::convert::Infallible;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use futures::StreamExt;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::Body;
use hyper::upgrade::OnUpgrade;
use streamgate::{ByteStream, Clock, Edge, FetchError, Gate, OriginConfig, Outbound, WebSocket};
use tokio::time::timeout;
use tower_service::Service;

use crate::body::{RequestBody, Upload};
use crate::exchange::{Answer, Hatch};
use crate::limited::Limited;
use crate::upgrade;
use crate::{BoxError, errors};

/// The clocks of the process.
const CLOCK: Clock = Clock {
    elapsed: || BEGAN.elapsed(),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// A point in the past.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// One exchange.
pub(crate) struct TowerEdge<C, D, B> {
    gate: Arc<Gate>,
    origin: Mutex<C>,
    access_log: Option<fn(&str)>,
    /// The client's connection, once upgraded.
    upgrade: Option<OnUpgrade>,
    /// Set once the origin answers: both may send from then on, and each may wait for the other.
    answered: Arc<AtomicBool>,
    hatch: Hatch<D>,
    /// The body of the client's request.
    received: PhantomData<fn() -> B>,
}

impl<C, D, B> TowerEdge<C, D, B> {
    /// Makes the platform of an exchange that is answered through `hatch`.
    pub(crate) fn new(
        gate: Arc<Gate>,
        origin: C,
        access_log: Option<fn(&str)>,
        request: &mut Request<B>,
        hatch: Hatch<D>,
    ) -> Self {
        let upgrades = request.version() == Version::HTTP_11;
        Self {
            gate,
            origin: Mutex::new(origin),
            access_log,
            upgrade: upgrades.then(|| hyper::upgrade::on(request)),
            answered: Arc::default(),
            hatch,
            received: PhantomData,
        }
    }

    /// Returns what lifts the limit on the pauses of the client's body.
    pub(crate) fn lifted(&self) -> Arc<AtomicBool> {
        self.answered.clone()
    }

    /// Sends the origin's response, and joins the two connections if both change their protocol.
    fn send(self, mut response: Response<Limited<D>>, websocket: Option<WebSocket>) {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(client) = self.upgrade
        {
            let idle = self.gate.config().limits.tunnel_idle;
            let origin = hyper::upgrade::on(&mut response);
            upgrade::join(client, origin, idle, websocket);
        }
        self.hatch.answer(Answer::Unmodified(framed(response)));
    }
}

impl<C, B, D> Edge for TowerEdge<C, D, B>
where
    C: Service<Request<RequestBody<B>>, Response = Response<D>> + Clone + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type RequestBody = Limited<B>;
    type RequestStream = Limited<B>;
    type Body = Limited<D>;
    type Stream = Limited<D>;
    type Sent = ();
    type SendError = Infallible;

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
        getrandom::fill(bytes).is_ok()
    }

    fn access_log(&self) -> Option<fn(&str)> {
        self.access_log
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Limited<D>>, FetchError> {
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.extensions.clear();
        if body.is_some() && !head.headers.contains_key(CONTENT_LENGTH) {
            // Without the field, hyper sends no body of unknown length with `GET` or `HEAD`.
            let chunked = HeaderValue::from_static("chunked");
            head.headers.insert(TRANSFER_ENCODING, chunked);
        }
        // The body is dropped once it is sent: the time for the first byte begins then.
        let (body, mut ended) = RequestBody::new(match body {
            None => Upload::Absent,
            Some(Outbound::Unmodified(body)) => Upload::Client(body),
            Some(Outbound::Whole(bytes)) => Upload::Whole(bytes),
            Some(Outbound::Streamed(body)) => Upload::Streamed(body.boxed()),
        });
        let mut client = self
            .origin
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let exchange = async {
            let ready = poll_fn(|cx| client.poll_ready(cx)).await;
            ready.map_err(Into::<BoxError>::into)?;
            let response = client.call(Request::from_parts(head, body)).await;
            response.map_err(Into::<BoxError>::into)
        };
        tokio::pin!(exchange);
        let mut broken = None;
        let answered = tokio::select! {
            biased;
            answered = &mut exchange => answered,
            end = &mut ended => {
                broken = end.ok();
                let limit = origin.first_byte_timeout;
                timeout(limit, exchange).await.map_err(|_| {
                    FetchError::Timeout(format!("no response head within {limit:?}"))
                })?
            }
        };
        let response = answered.map_err(|error| {
            let broken = broken.or_else(|| ended.try_recv().ok());
            broken.unwrap_or_else(|| errors::of_fetch(&*error))
        })?;
        self.answered.store(true, Ordering::Relaxed);
        let media_type = response.headers().get(CONTENT_TYPE);
        let media_type = media_type.map_or(&b""[..], HeaderValue::as_bytes);
        let pause = self.gate.config().limits.pause(media_type);
        Ok(response.map(|body| Limited::of_origin(body, pause)))
    }

    fn receive(&self, body: Limited<B>) -> Limited<B> {
        body
    }

    fn read(&self, body: Limited<D>) -> Limited<D> {
        body
    }

    async fn send_unmodified(self, response: Response<Limited<D>>) -> Result<(), Infallible> {
        self.send(response, None);
        Ok(())
    }

    async fn send_websocket(
        self,
        response: Response<Limited<D>>,
        websocket: WebSocket,
    ) -> Result<(), Infallible> {
        self.send(response, Some(websocket));
        Ok(())
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<(), Infallible> {
        self.hatch.answer(Answer::Streamed(framed(head)));
        self.hatch.pass(body).await;
        Ok(())
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<(), Infallible> {
        self.hatch.answer(Answer::Whole(framed(response)));
        Ok(())
    }
}

/// Lets the connection's own version frame the response.
fn framed<T>(mut response: Response<T>) -> Response<T> {
    *response.version_mut() = Version::HTTP_11;
    response
}
