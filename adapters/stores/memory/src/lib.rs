//! Where the cache stores responses in a process: its memory, which all of its threads share. The
//! rules of the cache are core's; this crate is [`streamgate::Store`].

#![forbid(unsafe_code)]

mod claim;
mod memory;
mod shared;
mod writing;

pub use memory::Memory;
pub use shared::Shared;
