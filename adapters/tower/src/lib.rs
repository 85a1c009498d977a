//! streamgate as a [`tower_service::Service`]: the gate in any Rust server that speaks `http` and
//! `http_body`, such as those of axum, hyper and tonic.
//!
//! [`GateService`] is the gate before an origin. The origin is a service, too: an HTTP client, such
//! as that of hyper-util, or anything else that answers requests.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use axum::{Router, routing::get};
//! use hyper_util::client::legacy::Client;
//! use hyper_util::rt::TokioExecutor;
//! use streamgate::Gate;
//! use streamgate_tower::GateService;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let gate = Gate::from_toml("origin.url = 'http://origin.example.com'", "streamgate.toml")?;
//! let origin = Client::builder(TokioExecutor::new()).build_http();
//! let app: Router = Router::new()
//!     .route("/health", get(|| async { "well" }))
//!     .fallback_service(GateService::new(Arc::new(gate), origin));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`GateLayer`] makes an inner service the origin, and so rewrites the responses of a server's own
//! routes:
//!
//! ```
//! use std::sync::Arc;
//!
//! use axum::{Router, body::Body, response::Html, routing::get};
//! use http::Request;
//! use streamgate::Gate;
//! use streamgate_tower::GateLayer;
//! use tower_service::Service;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = "
//!     origin.url = 'https://cms.example.net'
//!     origin.public = 'https://www.example.com'
//! ";
//! let gate = Gate::from_toml(config, "streamgate.toml")?;
//! let mut app: Router = Router::new()
//!     .route("/", get(|| async { Html("<a href=https://cms.example.net/news>News</a>") }))
//!     .layer(GateLayer::new(Arc::new(gate)));
//!
//! let request = Request::get("/").header("host", "www.example.com").body(Body::empty())?;
//! let page = axum::body::to_bytes(app.call(request).await?.into_body(), 1 << 20).await?;
//! assert_eq!(page, "<a href=https://www.example.com/news>News</a>");
//! # Ok(())
//! # }
//! ```
//!
//! A response's body is polled by the server, and polls the origin's: nothing runs beside it, no
//! more is read than the client takes, and a response that is dropped cancels the fetch. A body
//! that the origin breaks off ends with an error, at which servers abort the response, so that the
//! client can tell. Timers and upgraded connections are tokio's.

#![forbid(unsafe_code)]

mod body;
mod edge;
mod errors;
mod exchange;
mod limited;
mod subrequests;

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response, Version};
use http_body::Body;
use streamgate::Gate;
use streamgate_hyper::{Lift, require_host};
use tower_layer::Layer;
use tower_service::Service;

use edge::TowerEdge;
use exchange::Hatch;
use limited::AnyBody;
use subrequests::Origin;

pub use body::{RequestBody, ResponseBody};
pub use streamgate_hyper::Memory;

/// Any error, as servers and clients of `http_body` have them.
pub type BoxError = streamgate_hyper::Cause;

/// A gate before an origin. Clones share the gate, and have a clone of the origin each.
///
/// The gate is always ready: it waits for the origin to be ready once it has something to fetch.
/// Requests to the origin have an absolute URI, with the authority of the origin's `url`, and
/// `Host`. A [`streamgate::ClientAddress`] among a request's extensions tells the gate the client's
/// address.
#[derive(Debug, Clone)]
pub struct GateService<C> {
    gate: Arc<Gate>,
    origin: C,
    access_log: Option<fn(&str)>,
    cache: Option<Arc<Memory>>,
}

impl<C> GateService<C> {
    /// Makes the service of a gate that fetches from `origin`, which serves all origins that the
    /// configuration names.
    pub fn new(gate: Arc<Gate>, origin: C) -> Self {
        let cache = memory(&gate);
        Self {
            gate,
            origin,
            access_log: None,
            cache,
        }
    }

    /// Returns what the cache stores, if the configuration asks for one: to be purged.
    #[must_use]
    pub fn cache(&self) -> Option<&Memory> {
        self.cache.as_deref()
    }

    /// Gives the lines of the access log to a function, if the configuration has `access_log`.
    #[must_use]
    pub fn access_log(self, write: fn(&str)) -> Self {
        Self {
            access_log: Some(write),
            ..self
        }
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let origin = self.origin.clone();
        let limits = self.gate.config().limits.clone();
        let (pause, most) = (limits.body_idle, limits.request_body);
        let (answered, hatch) = (Lift::default(), Hatch::default());
        let upgrades = request.version() == Version::HTTP_11;
        let edge = TowerEdge {
            gate: self.gate.clone(),
            limits,
            origin: Origin::new(move |request| fetch(origin.clone(), request).boxed()),
            cache: self.cache.clone(),
            access_log: self.access_log,
            upgrade: upgrades.then(|| hyper::upgrade::on(&mut request)),
            answered: answered.clone(),
            hatch: hatch.clone(),
        };
        let (mut head, body) = request.into_parts();
        require_host(&mut head);
        let body = (!body.is_end_stream()).then(|| limited::upload(body, pause, answered, most));
        let request = Request::from_parts(head, body);
        let exchange = edge.serve(request);
        exchange::begin(exchange, hatch).map(Ok).boxed()
    }
}

/// Makes the memory of a gate's cache, if it has one.
fn memory(gate: &Gate) -> Option<Arc<Memory>> {
    let config = gate.config().cache.as_ref()?;
    Some(Arc::new(Memory::new(config)))
}

/// Fetches from an origin, once it is ready.
async fn fetch<C, D>(
    mut origin: C,
    request: Request<RequestBody>,
) -> Result<Response<AnyBody>, BoxError>
where
    C: Service<Request<RequestBody>, Response = Response<D>, Error: Into<BoxError>>,
    D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let ready = poll_fn(|cx| origin.poll_ready(cx)).await;
    ready.map_err(Into::<BoxError>::into)?;
    let response = origin.call(request).await.map_err(Into::<BoxError>::into)?;
    Ok(response.map(limited::any))
}

/// Makes a [`GateService`] of which the inner service is the origin. All that it makes share what
/// the cache stores.
#[derive(Debug, Clone)]
pub struct GateLayer {
    gate: Arc<Gate>,
    cache: Option<Arc<Memory>>,
}

impl GateLayer {
    /// Makes a layer of a gate.
    #[must_use]
    pub fn new(gate: Arc<Gate>) -> Self {
        let cache = memory(&gate);
        Self { gate, cache }
    }

    /// Returns what the cache stores, if the configuration asks for one: to be purged.
    #[must_use]
    pub fn cache(&self) -> Option<&Memory> {
        self.cache.as_deref()
    }
}

/// The Rust in the book's chapter, which compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/tower.md")]
struct Chapter;

impl<C> Layer<C> for GateLayer {
    type Service = GateService<C>;

    fn layer(&self, inner: C) -> GateService<C> {
        GateService {
            gate: self.gate.clone(),
            origin: inner,
            access_log: None,
            cache: self.cache.clone(),
        }
    }
}
