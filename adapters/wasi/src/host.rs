//! The names of WASI 0.2 that the modules know which the components of both versions share.

pub(crate) use wasi::http::types::{
    ErrorCode, Fields, HeaderError, Method, OutgoingRequest, RequestOptions, Scheme,
};
pub(crate) use wasi::random::random::get_random_bytes;

pub(crate) use wasi::clocks::monotonic_clock::now;

pub(crate) use crate::reactor::{spawn_local, wait};

/// What the host wants back for an exchange.
pub(crate) type Sent = ();
