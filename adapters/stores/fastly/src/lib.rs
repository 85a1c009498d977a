//! Where the cache stores responses on Fastly Compute: the Core Cache API, which all instances of a
//! POP share. The rules of the cache are core's; this crate is [`streamgate::Store`]. What reads a
//! stored body reads those of backends and clients, too.

#![cfg(target_arch = "wasm32")]

mod cache;
mod chunks;

pub use cache::PopCache;
pub use chunks::Chunks;
