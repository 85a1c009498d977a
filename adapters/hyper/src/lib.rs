//! An exchange over the bodies of `http_body`, in whatever hyper serves: it answers, and then makes
//! the body of its answer as that is polled. What answers the gate's fetches is an [`Origin`].
//!
//! `streamgate-tower` makes a `tower::Service` of it, on which the native gate is built.

#![forbid(unsafe_code)]

mod body;
mod clock;
mod deployment;
mod edge;
mod exchange;
mod fetching;
mod head;
mod origin;

pub use body::{GateBody, RequestBody, ResponseBody};
pub use deployment::Deployment;
pub use exchange::Exchange;
pub use head::frame_upload;
pub use origin::{Origin, Terms};
