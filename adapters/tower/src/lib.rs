//! streamgate as a [`tower_service::Service`]: the gate in any Rust server that speaks `http` and
//! `http_body`, such as those of axum, hyper and tonic.
//!
//! [`GateService`] is the gate before an origin. The origin is a service, too: an HTTP client, such
//! as that of hyper-util, or anything else that answers requests. It may also be an [`Origin`],
//! which hears more of each exchange ([`GateService::before`]).
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

mod answering;
mod errors;
mod service;

pub use answering::ServiceOrigin;
pub use service::{GateLayer, GateService};
pub use streamgate_bodies::{Cause as BoxError, Timed};
pub use streamgate_hyper::{
    Deployment, Exchange, GateBody, Origin, RequestBody, ResponseBody, Terms, frame_upload,
};
pub use streamgate_store_memory::Memory;

/// The Rust in the book's chapter, which compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/tower.md")]
struct Chapter;
