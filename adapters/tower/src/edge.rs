//! The platform that core asks for, made of services.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::upgrade::OnUpgrade;
use streamgate::{ByteStream, Clock, Edge, FetchError, Gate, LimitsConfig};
use streamgate::{OriginConfig, Outbound, Store, WebSocket};
use streamgate_hyper::{
    CLOCK, Data, Lift, Memory, Shared, Source, data, frame_upload, framed, join,
};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::body::{RequestBody, ResponseBody};
use crate::exchange::{self, Hatch};
use crate::limited::{self, AnyBody, Limited, Upload};
use crate::subrequests::{Beside, Origin};
use crate::{BoxError, errors};

/// What a fetch comes to.
pub(crate) type Fetched = BoxFuture<'static, Result<Response<AnyBody>, BoxError>>;

/// One exchange.
pub(crate) struct TowerEdge {
    pub(crate) gate: Arc<Gate>,
    pub(crate) limits: LimitsConfig,
    pub(crate) origin: Origin,
    /// What the cache stores, if there is one.
    pub(crate) cache: Option<Arc<Memory>>,
    pub(crate) access_log: Option<fn(&str)>,
    /// The client's connection, once upgraded.
    pub(crate) upgrade: Option<OnUpgrade>,
    /// Set once the origin answers: both may send from then on, and each may wait for the other.
    pub(crate) answered: Lift,
    pub(crate) hatch: Hatch,
}

impl TowerEdge {
    /// Serves a request, whose answer is left in the hatch.
    pub(crate) fn serve(self, request: Request<Option<Upload>>) -> BoxFuture<'static, ()> {
        let gate = self.gate.clone();
        let exchange = async move {
            let Ok(()) = streamgate::serve(self, &gate, request).await;
        };
        exchange.boxed()
    }

    /// Sends the origin's response, and joins the two connections if both change their protocol.
    fn send(self, mut response: Response<Limited>, websocket: Option<WebSocket>) {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(client) = self.upgrade
        {
            let origin = hyper::upgrade::on(&mut response);
            join(client, origin, self.limits.tunnel_idle, websocket);
        }
        let response = response.map(ResponseBody::unmodified);
        self.hatch.answer(framed(response));
    }
}

impl Edge for TowerEdge {
    type RequestBody = Upload;
    type RequestStream = Data<Upload>;
    type Body = Limited;
    type Stream = Data<Limited>;
    type Sent = ();
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
        getrandom::fill(bytes).is_ok()
    }

    fn access_log(&self) -> Option<fn(&str)> {
        self.access_log
    }

    fn subrequests(&self) -> Option<Beside> {
        Some(Beside {
            origin: self.origin.clone(),
            limits: self.limits.clone(),
        })
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        let memory = self.cache.clone()?;
        Some(Arc::new(Shared(memory)))
    }

    fn renew(&self, request: Request<()>) -> bool {
        let Ok(runtime) = Handle::try_current() else {
            return false; // Nothing runs beside the exchange there.
        };
        let hatch = Hatch::default();
        let edge = Self {
            gate: self.gate.clone(),
            limits: self.limits.clone(),
            origin: self.origin.clone(),
            cache: self.cache.clone(),
            access_log: self.access_log,
            upgrade: None,
            answered: Lift::default(),
            hatch: hatch.clone(),
        };
        runtime.spawn(async move {
            let response = exchange::begin(edge.serve(request.map(|()| None)), hatch).await;
            let mut body = response.into_body();
            while let Some(frame) = body.frame().await {
                if frame.is_err() {
                    break; // It is not stored, and the log says why.
                }
            }
        });
        true
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Limited>, FetchError> {
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.extensions.clear();
        if body.is_some() {
            frame_upload(&mut head.headers);
        }
        // The body is dropped once it is sent: the time for the first byte begins then.
        let (body, mut ended) = RequestBody::new(body.map(Source::of));
        let request = Request::from_parts(head, body);
        let mut fetched = self.origin.fetch(request);
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
        self.answered.lift();
        let media_type = response.headers().get(CONTENT_TYPE);
        let media_type = media_type.map_or(&b""[..], HeaderValue::as_bytes);
        let pause = self.limits.pause(media_type);
        Ok(response.map(|body| limited::download(body, pause)))
    }

    fn receive(&self, body: Upload) -> Data<Upload> {
        data(body)
    }

    fn read(&self, body: Limited) -> Data<Limited> {
        data(body)
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
