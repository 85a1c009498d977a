//! The bodies of the adapters over hyper: they keep limits and fail visibly. And why a fetch has
//! failed.

#![forbid(unsafe_code)]

mod bounded;
mod data;
mod errors;
mod fallible;
mod guarded;
mod patience;
mod source;
mod timed;

use std::error::Error;

pub use bounded::Bounded;
pub use data::{AnyBody, Data, any, data, exhaust, whole};
pub use errors::{causes, chain, found, of_fetch, of_upload};
pub use fallible::Fallible;
pub use guarded::Guarded;
pub use patience::{Lift, Lifted, Overdue, Patience};
pub use source::Source;
pub use timed::Timed;

/// Why a body cannot be read to its end: any error, as servers and clients of `http_body` have
/// them.
pub type Cause = Box<dyn Error + Send + Sync>;
