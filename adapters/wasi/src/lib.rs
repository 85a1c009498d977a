//! streamgate on any WASI HTTP host: a component of the world `wasi:http/proxy`.
//!
//! An exchange is a task, which answers with a head, and goes on: what it has spawned moves the two
//! bodies until they end. The [`reactor`] runs these tasks, and waits for them.

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
mod reactor;
mod sink;
mod subrequests;
mod upload;

use wasi::exports::http::incoming_handler::Guest;
use wasi::http::types::{IncomingRequest, ResponseOutparam};

use crate::client::CLIENT;

struct Component;

impl Guest for Component {
    fn handle(request: IncomingRequest, client: ResponseOutparam) {
        CLIENT.set(Some(client));
        reactor::run(async move {
            let _ = edge::answer(body::take(&request)).await;
        });
        // If nobody has answered, the host does, with an error of its own.
        drop(CLIENT.take());
    }
}

/// The export macro defines the ABI's symbols, which needs `unsafe`.
#[allow(unsafe_code)]
mod export {
    use super::Component;

    wasi::http::proxy::export!(Component);
}
