//! streamgate on WASI 0.3 HTTP hosts: a component of the world `wasi:http/service`.
//!
//! The host runs many exchanges in one instance, each as a task of its own. A task answers with a
//! head, and goes on: what it has spawned moves the two bodies until they end.

#![cfg(target_arch = "wasm32")]

mod body;
mod client;
mod edge;
mod errors;
mod head;
mod host;
mod origin;
mod platform;
mod sink;
mod upload;

use streamgate::Refusal;
use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, Request, Response};

use crate::client::Refused;
use crate::edge::WasiEdge;
use crate::platform::GATE;

struct Component;

impl Guest for Component {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let mut sent = match GATE.as_ref() {
            Some(gate) => {
                let request = body::take(request).await;
                streamgate::serve(WasiEdge::default(), gate, request).await
            }
            None => streamgate::refuse(WasiEdge::default(), Refusal::NotConfigured).await,
        };
        if sent.is_err() {
            tracing::error!("the host refuses the response's head");
            sent = streamgate::refuse(WasiEdge::default(), Refusal::BadResponse).await;
        }
        sent.map_err(|Refused| {
            tracing::error!("the host refuses the gate's own answer, and gives one of its own");
            ErrorCode::InternalError(None)
        })
    }
}

/// The export macro defines the ABI's symbols, which needs `unsafe`.
#[allow(unsafe_code)]
mod export {
    use super::Component;

    wasip3::http::service::export!(Component);
}
