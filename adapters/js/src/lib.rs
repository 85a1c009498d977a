//! streamgate in JavaScript runtimes. A [`Host`] is an object of JavaScript, made for one exchange,
//! that fetches from the origin and answers the client; this crate is [`streamgate::Edge`] over it.
//! `streamgate-cloudflare` has a host for Workers, and the npm package has those for the web
//! platform and for `node:http`. Heads and bodies cross the boundary as those of
//! `streamgate-js-http`.

#![cfg(target_arch = "wasm32")]

mod edge;
mod host;
mod log;
mod messages;
mod origin;
mod platform;
mod subrequests;

use streamgate::{Gate, Refusal};
use streamgate_js_http::{message, request};
use wasm_bindgen::JsValue;

use crate::edge::Exchange;

pub use host::{Answered, Host};
pub use log::install as log;
pub use messages::{Frames, Texts};
pub use streamgate_js_http::{Asked, Source};

/// Serves one exchange, and returns what the host has made of the answer.
///
/// # Errors
/// Returns the exception if the host makes nothing even of the gate's own answer.
pub async fn serve(
    gate: &Gate,
    asked: &Asked,
    body: Option<Source>,
    host: &Host,
) -> Result<JsValue, JsValue> {
    let request = match request(asked, body) {
        Ok(request) => request,
        Err(error) => {
            tracing::warn!(%error, "the request is not valid");
            return refuse(host, Refusal::BadRequest).await;
        }
    };
    match streamgate::serve(Exchange(host), gate, request).await {
        Ok(sent) => Ok(sent),
        Err(thrown) => {
            let error = message(&thrown);
            tracing::error!(error, "the runtime refuses the response");
            refuse(host, Refusal::BadResponse).await
        }
    }
}

/// Answers without a gate, or after the host refused the gate's answer.
///
/// # Errors
/// Returns the exception if the host makes nothing of the answer.
pub async fn refuse(host: &Host, refusal: Refusal) -> Result<JsValue, JsValue> {
    streamgate::refuse(Exchange(host), refusal).await
}
