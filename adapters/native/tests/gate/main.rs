//! The gate as a process, between a scripted origin and a client that sees every byte.

mod exchange;
mod process;
mod requests;
mod rewrite;
mod support;
