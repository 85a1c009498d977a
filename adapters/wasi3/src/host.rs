//! The names of WASI 0.3 that the modules know which the components of both versions share.

pub(crate) use wasip3::http::types::{
    ErrorCode, Fields, HeaderError, Method, Request as OutgoingRequest, RequestOptions, Scheme,
};
pub(crate) use wasip3::random::random::get_random_bytes;
