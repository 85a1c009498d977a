//! streamgate on Fastly Compute.
//!
//! One instance serves one request. The platform's own primitives carry the bodies: a body that
//! passes through goes from the backend's handle to the client without entering the instance's
//! memory.

#[cfg(target_arch = "wasm32")]
mod backend;
#[cfg(target_arch = "wasm32")]
mod body;
#[cfg(target_arch = "wasm32")]
mod cache;
#[cfg(target_arch = "wasm32")]
mod config;
#[cfg(target_arch = "wasm32")]
mod edge;
#[cfg(target_arch = "wasm32")]
mod errors;
#[cfg(target_arch = "wasm32")]
mod exchange;
#[cfg(target_arch = "wasm32")]
mod subrequests;

#[cfg(target_arch = "wasm32")]
fn main() {
    exchange::run();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this adapter runs on Fastly Compute: build it with `cargo xtask build fastly`");
    std::process::exit(2);
}
