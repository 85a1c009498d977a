//! The names of WASI 0.3 that the modules know which the components of both versions share.

pub(crate) use wasip3::clocks::monotonic_clock::now;
pub(crate) use wasip3::http::types::{
    ErrorCode, Fields, HeaderError, Method, Request as OutgoingRequest, RequestOptions,
    Response as Sent, Scheme,
};
pub(crate) use wasip3::random::random::get_random_bytes;
pub(crate) use wasip3::spawn_local;

use wasip3::clocks::monotonic_clock::wait_until;

/// Waits for so many nanoseconds from now on.
pub(crate) fn wait(nanoseconds: u64) -> impl Future<Output = ()> {
    wait_until(now().saturating_add(nanoseconds))
}
