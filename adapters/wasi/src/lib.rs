//! streamgate on any WASI HTTP host: a component of the world `wasi:http/proxy`.
//!
//! The host's calls block, or return a pollable. An exchange waits in one place,
//! [`upload::Upload::wait`], which meanwhile moves the client's request body on to the origin.

#![cfg(target_arch = "wasm32")]

mod body;
mod client;
mod edge;
mod ended;
mod errors;
mod head;
mod host;
mod incoming;
mod platform;
mod source;
mod upload;

use futures::executor::block_on;
use streamgate::Refusal;
use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{IncomingRequest, ResponseOutparam};

use crate::client::Refused;
use crate::edge::WasiEdge;
use crate::platform::GATE;
use crate::upload::Upload;

struct Component;

impl Guest for Component {
    fn handle(request: IncomingRequest, client: ResponseOutparam) {
        let edge = |client| WasiEdge {
            client,
            upload: Upload::default(),
        };
        // Each of our futures is ready when it is polled, or has woken its task.
        let refuse = |client, refusal| block_on(streamgate::refuse(edge(client), refusal));
        let sent = match GATE.as_ref() {
            Some(gate) => {
                let request = incoming::take(&request);
                block_on(streamgate::serve(edge(client), gate, request)).or_else(
                    |Refused(client)| {
                        tracing::error!("the host refuses the response's head");
                        refuse(client, Refusal::BadResponse)
                    },
                )
            }
            None => refuse(client, Refusal::NotConfigured),
        };
        if sent.is_err() {
            tracing::error!("the host refuses the gate's own answer, and gives one of its own");
        }
    }
}

/// The export macro defines the ABI's symbols, which needs `unsafe`.
#[allow(unsafe_code)]
mod export {
    use super::Component;

    wasi::http::proxy::export!(Component);
}
