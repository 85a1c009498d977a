//! The platform that core asks for, made of bodies of `http_body`.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::upgrade::OnUpgrade;
use streamgate::{BodyError, ByteStream, Clock, Edge, FetchError, OriginConfig, Outbound};
use streamgate::{Refusal, Store, WebSocket};
use streamgate_bodies::{Bounded, Cause, Data, Lift, Patience, Source, Timed};
use streamgate_bodies::{any, data, exhaust, whole};
use streamgate_store_memory::Shared;
use streamgate_tunnel::{join, upgrade};
use tokio::runtime::Handle;

use crate::body::{Download, RequestBody, ResponseBody, Upload};
use crate::clock::CLOCK;
use crate::deployment::Deployment;
use crate::exchange::{Exchange, Hatch};
use crate::head::{framed, require_host};
use crate::origin::{Beside, Origin, Terms};

/// One exchange.
pub(crate) struct HyperEdge<O> {
    deployment: Deployment,
    origin: O,
    /// The client's connection, once upgraded.
    upgrade: Option<OnUpgrade>,
    terms: Terms,
    /// Lifts the limit on the pauses of the client's body: once the origin answers, both may send,
    /// and each may wait for the other.
    pauses: Lift,
    hatch: Hatch,
}

impl<O: Origin> HyperEdge<O> {
    /// Makes an edge for an exchange without anything of a connection.
    pub(crate) fn new(deployment: Deployment, origin: O, terms: Terms) -> Self {
        Self {
            deployment,
            origin,
            upgrade: None,
            terms,
            pauses: Lift::default(),
            hatch: Hatch::default(),
        }
    }

    /// Serves a client's request. The body of the response goes on with the exchange.
    pub(crate) fn exchange<B>(mut self, mut request: Request<B>) -> Exchange
    where
        B: Body<Data = Bytes, Error: Into<Cause>> + Send + 'static,
    {
        self.upgrade = upgrade(&mut request);
        let (mut head, body) = request.into_parts();
        require_host(&mut head);
        let body = (!body.is_end_stream()).then(|| {
            let limits = self.deployment.limits();
            let patience = Patience::new(limits.body_idle, self.terms.deadline);
            let patience = patience.lifted_by(self.pauses.clone());
            Bounded::new(Timed::of_request(any(body), patience), limits.request_body)
        });
        self.serve(Request::from_parts(head, body))
    }

    fn serve(self, request: Request<Option<Upload>>) -> Exchange {
        let (gate, hatch) = (self.deployment.gate.clone(), self.hatch.clone());
        Exchange::begin(hatch, || async move {
            let Ok(()) = streamgate::serve(self, &gate, request).await;
        })
    }

    /// Answers a request that is not served.
    pub(crate) fn refuse(self, refusal: Refusal) -> Exchange {
        Exchange::begin(self.hatch.clone(), || async move {
            let Ok(()) = streamgate::refuse(self, refusal).await;
        })
    }

    /// Sends the origin's response, and joins the two connections if both change their protocol.
    fn send(self, mut response: Response<Download<O::Body>>, websocket: Option<WebSocket>) {
        let idle = self.deployment.limits().tunnel_idle;
        join(self.upgrade, &mut response, idle, websocket);
        let response = response.map(|body| ResponseBody::new(body.map_err(BodyError::incomplete)));
        self.hatch.answer(framed(response));
    }
}

impl<O: Origin> Edge for HyperEdge<O> {
    type RequestBody = Upload;
    type RequestStream = Data<Upload>;
    type Body = Download<O::Body>;
    type Stream = Data<Self::Body>;
    type Sent = ();
    type SendError = Infallible;
    type Subrequests = Beside<O>;

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

    fn subrequests(&self) -> Option<Beside<O>> {
        let (origin, terms) = (self.origin.clone(), self.terms);
        Some(Beside { origin, terms })
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        let memory = self.deployment.cache.clone()?;
        Some(Arc::new(Shared(memory)))
    }

    fn renew(&self, request: Request<()>) -> bool {
        let Ok(runtime) = Handle::try_current() else {
            return false; // Nothing runs beside the exchange there.
        };
        let edge = self.deployment.edge(self.origin.clone(), &HeaderMap::new());
        runtime.spawn(async move {
            let Ok(response) = edge.serve(request.map(|()| None)).await;
            // What breaks off is not stored, and the log says why.
            exhaust(response.into_body()).await;
        });
        true
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Self::Body>, FetchError> {
        let request = request.map(|body| body.map(|body| RequestBody::new(Source::of(body))));
        // In a place of its own, which is free again once the response has begun.
        let place = Box::new_uninit();
        let fetched = Box::write(place, self.origin.fetch(origin, request, self.terms));
        let response = Box::into_pin(fetched).await?;
        Ok(response.map(|body| Download::new(body, self.pauses.hold())))
    }

    fn receive(&self, body: Upload) -> Data<Upload> {
        data(body)
    }

    fn read(&self, body: Self::Body) -> Self::Stream {
        data(body)
    }

    async fn send_unmodified(self, response: Response<Self::Body>) -> Result<(), Infallible> {
        self.send(response, None);
        Ok(())
    }

    async fn send_websocket(
        self,
        response: Response<Self::Body>,
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
