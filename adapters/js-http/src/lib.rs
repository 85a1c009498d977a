//! HTTP messages between JavaScript and core. Heads cross the boundary as texts, in which each
//! character is a byte (`ByteString` of Web IDL), and bodies as objects that are read chunk by
//! chunk; what has failed is an error with a `kind`.

#![cfg(target_arch = "wasm32")]

mod body;
mod errors;
mod head;

pub use body::{BodyStream, Rewritten, Source, read};
pub use errors::{failure, message};
pub use head::{Asked, from_text, request, text, to_text};
