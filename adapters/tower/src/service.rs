//! The gate as a service, and what makes such services.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use streamgate::{Gate, Refusal};
use streamgate_hyper::{Deployment, Exchange, Origin, ResponseBody};
use streamgate_store_memory::Memory;
use tower_layer::Layer;
use tower_service::Service;

use crate::BoxError;
use crate::answering::ServiceOrigin;

/// A gate before an origin. Clones share both.
///
/// The gate is always ready: it waits for the origin to be ready once it has something to fetch.
/// Requests to the origin have an absolute URI, with the authority of the origin's `url`, and
/// `Host`. A [`streamgate::ClientAddress`] among a request's extensions tells the gate the client's
/// address.
#[derive(Debug, Clone)]
pub struct GateService<O> {
    deployment: Deployment,
    origin: O,
}

impl<C> GateService<ServiceOrigin<C>> {
    /// Makes the service of a gate that fetches from `origin`, which serves all origins that the
    /// configuration names.
    pub fn new(gate: Arc<Gate>, origin: C) -> Self {
        GateLayer::new(gate).layer(origin)
    }
}

impl<O> GateService<O> {
    /// Makes the service of a gate before an [`Origin`], which hears more of an exchange than a
    /// service does, and may share what the cache stores with others.
    pub fn before(deployment: Deployment, origin: O) -> Self {
        Self { deployment, origin }
    }

    /// Returns the gate.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.deployment.gate
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

impl<O: Origin> GateService<O> {
    /// Answers a request that is not served.
    pub fn refuse(&self, refusal: Refusal) -> Exchange {
        self.deployment.refuse(self.origin.clone(), refusal)
    }
}

impl<O, B> Service<Request<B>> for GateService<O>
where
    O: Origin,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<ResponseBody>;
    /// Faults of the request and of the origin are answered with the status that they deserve.
    type Error = Infallible;
    type Future = Exchange;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Exchange {
        self.deployment.exchange(self.origin.clone(), request)
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
    type Service = GateService<ServiceOrigin<C>>;

    fn layer(&self, inner: C) -> Self::Service {
        GateService {
            deployment: self.0.clone(),
            origin: ServiceOrigin::new(inner, self.0.limits()),
        }
    }
}
