//! The gate as a service, and what makes such services.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Body;
use streamgate::Gate;
use streamgate_store_memory::Memory;
use tower_layer::Layer;
use tower_service::Service;

use crate::body::{BoxError, RequestBody, ResponseBody};
use crate::edge::{self, Deployment};
use crate::origin::Origin;

/// A gate before an origin. Clones share the gate, and have a clone of the origin each.
///
/// The gate is always ready: it waits for the origin to be ready once it has something to fetch.
/// Requests to the origin have an absolute URI, with the authority of the origin's `url`, and
/// `Host`. A [`streamgate::ClientAddress`] among a request's extensions tells the gate the client's
/// address.
#[derive(Debug, Clone)]
pub struct GateService<C> {
    deployment: Deployment,
    origin: C,
}

impl<C> GateService<C> {
    /// Makes the service of a gate that fetches from `origin`, which serves all origins that the
    /// configuration names.
    pub fn new(gate: Arc<Gate>, origin: C) -> Self {
        GateLayer::new(gate).layer(origin)
    }

    /// Returns what the cache stores, if the configuration asks for one: to be purged.
    #[must_use]
    pub fn cache(&self) -> Option<&Memory> {
        self.deployment.cache.as_deref()
    }

    /// Gives the lines of the access log to a function, if the configuration has `access_log`.
    #[must_use]
    pub fn access_log(mut self, write: fn(&str)) -> Self {
        self.deployment.access_log = Some(write);
        self
    }
}

impl<C, B, D> Service<Request<B>> for GateService<C>
where
    C: Service<Request<RequestBody>, Response = Response<D>> + Clone + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<ResponseBody>;
    /// Faults of the request and of the origin are answered with the status that they deserve.
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let limits = self.deployment.limits().clone();
        let origin = Origin::new(self.origin.clone(), limits);
        let exchange = edge::exchange(self.deployment.clone(), origin, request);
        exchange.map(Ok).boxed()
    }
}

/// Makes a [`GateService`] of which the inner service is the origin. All that it makes share what
/// the cache stores.
#[derive(Debug, Clone)]
pub struct GateLayer(Deployment);

impl GateLayer {
    /// Makes a layer of a gate.
    #[must_use]
    pub fn new(gate: Arc<Gate>) -> Self {
        Self(Deployment::new(gate))
    }

    /// Returns what the cache stores, if the configuration asks for one: to be purged.
    #[must_use]
    pub fn cache(&self) -> Option<&Memory> {
        self.0.cache.as_deref()
    }
}

impl<C> Layer<C> for GateLayer {
    type Service = GateService<C>;

    fn layer(&self, inner: C) -> GateService<C> {
        GateService {
            deployment: self.0.clone(),
            origin: inner,
        }
    }
}
