//! streamgate on Fastly Compute.
//!
//! One instance serves one request. The platform's own primitives carry the bodies: a body that
//! passes through goes from the backend's handle to the client without entering the instance's
//! memory.

#[cfg(target_arch = "wasm32")]
mod compute;

#[cfg(target_arch = "wasm32")]
fn main() {
    compute::run();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this adapter runs on Fastly Compute: build it with `cargo xtask build fastly`");
    std::process::exit(2);
}
