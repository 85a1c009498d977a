//! streamgate in JavaScript runtimes. A [`Host`] is an object of JavaScript, made for one exchange,
//! that fetches from the origin and answers the client; this crate is [`streamgate::Edge`] over it.
//! `streamgate-cloudflare` has a host for Workers, and the npm package has those for the web
//! platform and for `node:http`.
//!
//! Heads cross the boundary as texts, in which each character is a byte (`ByteString` of Web IDL),
//! and bodies as objects that are read chunk by chunk.

#![cfg(target_arch = "wasm32")]

mod body;
mod cache;
mod edge;
mod head;
mod log;
mod messages;
mod objects;
mod subrequests;

use http::Request;
use streamgate::{ClientAddress, Gate, Refusal};
use wasm_bindgen::JsValue;

use crate::edge::Exchange;

pub use body::{BodyStream, Rewritten, read};
pub use head::from_text;
pub use log::install as log;
pub use messages::{Frames, Texts};
pub use objects::{Answered, Asked, Host, Source};

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
            let error = objects::message(&thrown);
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

/// Returns a request for core. Its body stays the host's.
///
/// # Errors
/// Returns an error if the method or the target is not valid.
pub fn request(
    asked: &Asked,
    body: Option<Source>,
) -> Result<Request<Option<Source>>, http::Error> {
    let mut request = Request::builder()
        .method(asked.method().as_str())
        .uri(head::bytes(&asked.target()).as_slice())
        .body(body)?;
    *request.headers_mut() = from_text(&asked.fields());
    if asked.version() == "1.0" {
        *request.version_mut() = http::Version::HTTP_10;
    }
    if let Some(Ok(address)) = asked.address().map(|address| address.parse()) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    Ok(request)
}
