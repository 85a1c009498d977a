//! What the adapters over hyper share, those of the native gate and of the tower service: bodies
//! that keep limits and fail visibly, why a fetch has failed, and what hyper needs of heads.

#![forbid(unsafe_code)]

mod body;
mod clock;
mod errors;
mod fetching;
mod head;
mod patience;

use std::error::Error;

pub use body::{Bounded, Data, Fallible, Source, Timed, data, exhaust, whole};
pub use clock::CLOCK;
pub use errors::{causes, chain, found, of_fetch, of_upload};
pub use fetching::Fetching;
pub use head::{frame_upload, framed, require_host};
pub use patience::{Lift, Lifted, Overdue, Patience};

/// Why a body cannot be read to its end: any error, as servers and clients of `http_body` have
/// them.
pub type Cause = Box<dyn Error + Send + Sync>;
