//! The platform that core asks for, made of services.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use streamgate::{ByteStream, Clock, Edge, FetchError, LimitsConfig};
use streamgate::{OriginConfig, Outbound, WebSocket};
use tokio::time::timeout;

use crate::body::{RequestBody, ResponseBody};
use crate::exchange::Hatch;
use crate::limited::Limited;
use crate::{BoxError, errors, upgrade};

/// The clocks of the process.
const CLOCK: Clock = Clock {
    elapsed: || BEGAN.elapsed(),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// A point in the past.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What a fetch comes to.
pub(crate) type Fetched = BoxFuture<'static, Result<Response<Limited>, BoxError>>;

/// One exchange.
pub(crate) struct TowerEdge {
    pub(crate) limits: LimitsConfig,
    pub(crate) fetch: Mutex<Box<dyn FnMut(Request<RequestBody>) -> Fetched + Send>>,
    pub(crate) access_log: Option<fn(&str)>,
    /// The client's connection, once upgraded.
    pub(crate) upgrade: Option<OnUpgrade>,
    /// Set once the origin answers: both may send from then on, and each may wait for the other.
    pub(crate) answered: Arc<AtomicBool>,
    pub(crate) hatch: Hatch,
}

impl TowerEdge {
    /// Sends the origin's response, and joins the two connections if both change their protocol.
    fn send(self, mut response: Response<Limited>, websocket: Option<WebSocket>) {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(client) = self.upgrade
        {
            let origin = hyper::upgrade::on(&mut response);
            upgrade::join(client, origin, self.limits.tunnel_idle, websocket);
        }
        let response = response.map(ResponseBody::unmodified);
        self.hatch.answer(framed(response));
    }
}

impl Edge for TowerEdge {
    type RequestBody = Limited;
    type RequestStream = Limited;
    type Body = Limited;
    type Stream = Limited;
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
    ) -> Result<Response<Limited>, FetchError> {
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.extensions.clear();
        if body.is_some() && !head.headers.contains_key(CONTENT_LENGTH) {
            // Without the field, hyper sends no body of unknown length with `GET` or `HEAD`.
            let chunked = HeaderValue::from_static("chunked");
            head.headers.insert(TRANSFER_ENCODING, chunked);
        }
        // The body is dropped once it is sent: the time for the first byte begins then.
        let (body, mut ended) = RequestBody::new(body);
        let request = Request::from_parts(head, body);
        let mut fetched = {
            let mut fetch = self.fetch.lock().unwrap_or_else(PoisonError::into_inner);
            fetch(request)
        };
        let mut broken = None;
        let answered = tokio::select! {
            biased;
            answered = &mut fetched => answered,
            end = &mut ended => {
                broken = end.ok();
                let limit = origin.first_byte_timeout;
                let late = |_| FetchError::Timeout(format!("no response head within {limit:?}"));
                timeout(limit, fetched).await.map_err(late)?
            }
        };
        let response = answered.map_err(|error| {
            let broken = broken.or_else(|| ended.try_recv().ok());
            broken.unwrap_or_else(|| errors::of_fetch(&*error))
        })?;
        self.answered.store(true, Ordering::Relaxed);
        let media_type = response.headers().get(CONTENT_TYPE);
        let media_type = media_type.map_or(&b""[..], HeaderValue::as_bytes);
        let pause = self.limits.pause(media_type);
        Ok(response.map(|body| body.pausing(pause)))
    }

    fn receive(&self, body: Limited) -> Limited {
        body
    }

    fn read(&self, body: Limited) -> Limited {
        body
    }

    async fn send_unmodified(self, response: Response<Limited>) -> Result<(), Infallible> {
        self.send(response, None);
        Ok(())
    }

    async fn send_websocket(
        self,
        response: Response<Limited>,
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
        self.hatch.stream(framed(head), body).await;
        Ok(())
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<(), Infallible> {
        self.hatch.answer(framed(response.map(ResponseBody::whole)));
        Ok(())
    }
}

/// Lets the connection's own version frame the response.
fn framed<T>(mut response: Response<T>) -> Response<T> {
    *response.version_mut() = Version::HTTP_11;
    response
}
