//! streamgate on WASI 0.3 HTTP hosts: a component of the world `wasi:http/service`.
//!
//! The host runs many exchanges in one instance, each as a task of its own. A task answers with a
//! head, and goes on: what it has spawned moves the two bodies until they end.

#![cfg(target_arch = "wasm32")]

mod body;
mod client;
mod download;
mod edge;
mod errors;
mod head;
mod host;
mod origin;
mod pass;
mod platform;
mod sink;
mod subrequests;
mod told_host;
mod upload;

use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, Request, Response};

use crate::errors::Refused;

struct Component;

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let sent = edge::answer(body::take(request).await).await;
        sent.map_err(|Refused| ErrorCode::InternalError(None))
    }
}

/// The export macro defines the ABI's symbols, which needs `unsafe`.
#[allow(unsafe_code)]
mod export {
    use super::Component;

    wasip3::http::service::export!(Component);
}
