//! The platform that core asks for, made of services.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::upgrade::OnUpgrade;
use streamgate::{BodyError, ByteStream, Clock, Edge, FetchError, Gate, LimitsConfig};
use streamgate::{OriginConfig, Outbound, Store, WebSocket};
use streamgate_hyper::{
    Bounded, CLOCK, Data, Lift, Patience, Source, Timed, data, exhaust, framed, require_host, whole,
};
use streamgate_store_memory::{Memory, Shared};
use streamgate_tunnel::{join, upgrade};
use tokio::runtime::Handle;

use crate::body::{self, BoxError, Download, ResponseBody, Upload};
use crate::exchange::{self, Hatch};
use crate::origin::Origin;

/// A gate, and what its exchanges share. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    gate: Arc<Gate>,
    /// What the cache stores, if the configuration asks for one.
    pub(crate) cache: Option<Arc<Memory>>,
    pub(crate) access_log: Option<fn(&str)>,
}

impl Deployment {
    pub(crate) fn new(gate: Arc<Gate>) -> Self {
        let cache = gate.config().cache.as_ref();
        Self {
            cache: cache.map(|config| Arc::new(Memory::new(config))),
            gate,
            access_log: None,
        }
    }

    pub(crate) fn limits(&self) -> &LimitsConfig {
        &self.gate.config().limits
    }
}

/// Serves a client's request. The body of the response goes on with the exchange.
pub(crate) async fn exchange<B>(
    deployment: Deployment,
    origin: Origin,
    mut request: Request<B>,
) -> Response<ResponseBody>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let mut edge = TowerEdge::new(deployment, origin);
    edge.upgrade = upgrade(&mut request);
    let (mut head, body) = request.into_parts();
    require_host(&mut head);
    let body = (!body.is_end_stream()).then(|| {
        let limits = edge.deployment.limits();
        let patience = Patience::new(limits.body_idle, None).lifted_by(edge.answered.clone());
        let body = Timed::of_request(body::any(body), patience);
        Bounded::new(body, limits.request_body)
    });
    edge.serve(Request::from_parts(head, body)).await
}

/// One exchange.
struct TowerEdge {
    deployment: Deployment,
    origin: Origin,
    /// The client's connection, once upgraded.
    upgrade: Option<OnUpgrade>,
    /// Set once the origin answers: both may send from then on, and each may wait for the other.
    answered: Lift,
    hatch: Hatch,
}

impl TowerEdge {
    fn new(deployment: Deployment, origin: Origin) -> Self {
        Self {
            deployment,
            origin,
            upgrade: None,
            answered: Lift::default(),
            hatch: Hatch::default(),
        }
    }

    /// Serves a request until its response begins.
    async fn serve(self, request: Request<Option<Upload>>) -> Response<ResponseBody> {
        let (gate, hatch) = (self.deployment.gate.clone(), self.hatch.clone());
        let exchange = async move {
            let Ok(()) = streamgate::serve(self, &gate, request).await;
        };
        exchange::begin(exchange.boxed(), hatch).await
    }

    /// Sends the origin's response, and joins the two connections if both change their protocol.
    fn send(self, mut response: Response<Download>, websocket: Option<WebSocket>) {
        let idle = self.deployment.limits().tunnel_idle;
        join(self.upgrade, &mut response, idle, websocket);
        let response = response.map(|body| ResponseBody::new(body.map_err(BodyError::incomplete)));
        self.hatch.answer(framed(response));
    }
}

impl Edge for TowerEdge {
    type RequestBody = Upload;
    type RequestStream = Data<Upload>;
    type Body = Download;
    type Stream = Data<Download>;
    type Sent = ();
    type SendError = Infallible;
    type Subrequests = Origin;

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
        self.deployment.access_log
    }

    fn subrequests(&self) -> Option<Origin> {
        Some(self.origin.clone())
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        let memory = self.deployment.cache.clone()?;
        Some(Arc::new(Shared(memory)))
    }

    fn renew(&self, request: Request<()>) -> bool {
        let Ok(runtime) = Handle::try_current() else {
            return false; // Nothing runs beside the exchange there.
        };
        let edge = Self::new(self.deployment.clone(), self.origin.clone());
        runtime.spawn(async move {
            let response = edge.serve(request.map(|()| None)).await;
            // What breaks off is not stored, and the log says why.
            exhaust(response.into_body()).await;
        });
        true
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Download>, FetchError> {
        let request = request.map(|body| body.map(Source::of));
        let response = self.origin.send(origin, request).await?;
        self.answered.lift();
        Ok(response)
    }

    fn receive(&self, body: Upload) -> Data<Upload> {
        data(body)
    }

    fn read(&self, body: Download) -> Data<Download> {
        data(body)
    }

    async fn send_unmodified(self, response: Response<Download>) -> Result<(), Infallible> {
        self.send(response, None);
        Ok(())
    }

    async fn send_websocket(
        self,
        response: Response<Download>,
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
        let response = whole(response).map(ResponseBody::new);
        self.hatch.answer(framed(response));
        Ok(())
    }
}
