//! The platform-neutral core of streamgate, a reverse-proxy gate for the edge.
//!
//! A [`Gate`] is compiled from a configuration. For each response of an origin it decides, from the
//! heads alone, whether the body passes through untouched, is rewritten as it streams, or is
//! buffered whole. To rewrite a body, it makes a [`Pipeline`]: stages that decode it, replace the
//! origin's URLs by those of the public host, and apply the structure rules of the configuration.
//!
//! ```
//! use http::{Request, Response};
//! use streamgate::{BaseUrl, Gate};
//!
//! let config = "
//!     origin.url = 'https://origin.example.com'
//!     [[html]]
//!     select = 'body'
//!     append = '<script src=/tag.js></script>'
//! ";
//! let gate = Gate::from_toml(config, "streamgate.toml")?;
//!
//! // The heads of an exchange, and the URL that the browser sees in place of the origin's.
//! let request = Request::get("/news").body(())?;
//! let response = Response::builder().header("content-type", "text/html").body(())?;
//! let public: BaseUrl = "https://www.example.com".parse()?;
//!
//! match gate.rewriter(&request, &response, &public) {
//!     Ok(pipeline) => assert_eq!(
//!         pipeline.run_to_vec(b"<body><a href=https://origin.example.com/a>A</a></body>")?,
//!         b"<body><a href=https://www.example.com/a>A</a><script src=/tag.js></script></body>",
//!     ),
//!     Err(decision) => panic!("not rewritten: {decision}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Where to go from here:
//!
//! - [`Pipeline::over`] rewrites a body while it arrives, at the pace of whoever reads it.
//! - [`serve`] carries a whole exchange over a platform: it fetches, decides, maps the heads, and
//!   answers. A platform is an implementation of the trait [`Edge`].
//! - [`Gate::builder`] adds what a configuration cannot say: handlers of start tags, stages of your
//!   own ([`Transform`]), and post-processors of whole documents ([`DocumentPostProcessor`]).
//!
//! The crate does no I/O, knows no platform, reads no clock and starts no thread.

#![forbid(unsafe_code)]
#![warn(unnameable_types)]
// No input may make the crate panic.
#![warn(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        reason = "a test fails by panicking"
    )
)]

mod access_log;
mod answer;
mod asked;
mod back;
mod body;
mod cache;
mod charset;
mod coding;
mod condition;
mod config;
mod counted;
mod counts;
mod csp;
mod document;
mod edge;
mod except;
mod flight;
mod fragment;
mod gate;
mod head;
mod html;
mod integrity;
mod load;
mod map;
mod markup;
mod media_type;
mod multipart;
mod pipeline;
mod preload;
mod refuse;
mod script_type;
mod serve;
mod site;
mod stages;
mod trace;
mod value;
mod websocket;

pub use access_log::LogEntry;
pub use body::{Blocking, BodyError, ByteStream};
pub use cache::{CacheStatus, Claim, Insertion, Record, Store, Stored, StoredBody, is_key_of};
pub use config::CacheConfig;
pub use config::{AccessLog, CertificateFiles, Config, ConfigError, ConfigFinding, DrainConfig};
pub use config::{InvalidConfig, LimitsConfig, Naming, OriginConfig};
pub use counts::Counts;
pub use document::{Document, DocumentPostProcessor, PostProcessError};
pub use edge::{Clock, Edge, FetchError, NoSubrequests, Outbound, Subrequests};
pub use gate::{Decision, Gate, GateBuilder, Outcome, Reason, TriedRow, Walk};
pub use head::request::ClientAddress;
pub use html::{StartTag, StartTagError};
pub use map::{BaseUrl, MapError, Scheme, UrlCount, UrlKind};
pub use pipeline::{BLOCK, Pipeline, Rewritten, Transform, TransformError};
pub use refuse::{Refusal, refuse};
pub use serve::{Observed, Treatment, serve};
pub use site::is_public_suffix;
pub use trace::{SpanId, Trace, TraceId, Traced};
pub use websocket::{Frames, Messages, WebSocket};

/// Exposes to this repository's own tests and benchmarks what the crate consists of. No promise of
/// compatibility holds for it.
#[doc(hidden)]
pub mod internals {
    pub use crate::coding::Coding;
    pub use crate::flight::stage as flight_stage;
    pub use crate::html::MEMORY_LIMIT;
    pub use crate::map::{Origin, UrlMap, UrlMapper};
    pub use crate::media_type::MediaType;
    pub use crate::pipeline::{Collected, Prefixed, collect_up_to, decode, encode};

    /// Maps a text as the naive twin of the tests does.
    #[cfg(all(fuzzing, feature = "idna"))]
    #[must_use]
    pub fn naively_mapped(origins: &[Origin], public: &crate::BaseUrl, text: &[u8]) -> Vec<u8> {
        crate::map::naive::map(origins, public, text)
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
