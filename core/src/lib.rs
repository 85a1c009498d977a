//! The platform-neutral heart of streamgate.
//!
//! For every exchange the [`gate`] decides from the heads alone whether the origin's body passes through untouched, is
//! rewritten as it streams, or is buffered whole. The [`pipeline`] is what rewrites: sans-I/O [`pipeline::Transform`]s
//! over a [`ByteStream`]. [`serve`] puts one exchange together over an [`Edge`], which is all that an adapter implements.
//!
//! Nothing here does I/O, knows a platform, reads a clock or starts a thread.

#![forbid(unsafe_code)]

pub mod body;
pub mod coding;
pub mod config;
pub mod document;
pub mod edge;
pub mod pipeline;
pub mod serve;

pub use body::{BodyError, ByteStream};
pub use edge::{Edge, FetchError};
pub use serve::{Gate, serve};
