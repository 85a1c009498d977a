//! The gate as a process, between a scripted origin and a client that sees every byte.

mod access_log;
mod addresses;
mod admin;
mod book;
mod check;
mod drain;
mod environment;
mod exchange;
mod explain;
mod limits;
mod load;
mod log;
#[cfg(feature = "otel")]
mod otel;
mod over_http2;
mod process;
mod requests;
mod rewrite;
mod starved;
mod support;
mod tls;
mod waits;
