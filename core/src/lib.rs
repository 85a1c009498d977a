//! The platform-neutral heart of streamgate.
//!
//! For every exchange the [`gate`] decides from the heads alone whether the origin's body passes
//! through untouched, is rewritten as it streams, or is buffered whole. The [`pipeline`] is what
//! rewrites: sans-I/O [`pipeline::Transform`]s over a [`ByteStream`]. [`serve`] puts one exchange
//! together over an [`Edge`], which is all that an adapter implements.
//!
//! Nothing here does I/O, knows a platform, reads a clock or starts a thread.

#![forbid(unsafe_code)]

mod answer;
pub mod body;
mod charset;
pub mod coding;
pub mod config;
pub mod document;
pub mod edge;
pub mod flight;
pub mod gate;
pub mod head;
pub mod html;
mod load;
pub mod map;
mod markup;
pub mod media_type;
pub mod pipeline;
mod refuse;
pub mod rewrite;
mod serve;
mod site;

pub use body::{BodyError, ByteStream};
pub use config::{Config, InvalidConfig};
pub use document::{Document, DocumentPostProcessor, PostProcessError};
pub use edge::{Edge, FetchError};
pub use gate::{Decision, Gate, GateBuilder, Outcome, Reason};
pub use head::request::ClientAddress;
pub use html::{StartTag, StartTagError};
pub use map::BaseUrl;
pub use pipeline::{BLOCK, Pipeline, Transform, TransformError};
pub use refuse::{Refusal, refuse};
pub use serve::serve;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
