//! The gate as a process, between a scripted origin and a client that sees every byte.

mod access_log;
mod addresses;
mod admin;
mod bench;
mod book;
mod cache;
mod check;
mod crawl;
mod drain;
mod environment;
mod exchange;
mod explain;
mod init;
mod limits;
mod load;
mod log;
mod manual;
#[cfg(feature = "otel")]
mod otel;
mod over_http2;
mod process;
mod requests;
mod rewrite;
mod starved;
mod support;
mod tls;
mod view;
mod waits;
