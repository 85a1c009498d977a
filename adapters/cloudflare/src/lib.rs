//! streamgate on Cloudflare Workers: the module's `fetch` handler. `docs/cloudflare.md` is for
//! those who deploy it.

#![cfg(target_arch = "wasm32")]

mod body;
mod config;
mod edge;
mod head;
mod js;
mod log;
mod message;
mod subrequests;

use std::sync::Once;

use http::header::CONTENT_LENGTH;
use http::{Method, Request};
use streamgate::{ClientAddress, Refusal};
use web_sys::{ReadableStream, Response};
use worker::{Context, Env, event};

use crate::edge::Workers;

/// Answers one request.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> Result<Response, worker::Error> {
    static LOG: Once = Once::new();
    LOG.call_once(|| log::install(config::variable(&env, "STREAMGATE_LOG").as_string()));

    let edge = || Workers::new(&request, &context);
    let Some(gate) = config::gate(&env).await else {
        return refuse(edge(), Refusal::NotConfigured).await;
    };
    let head = match to_http(&request) {
        Ok(head) => head,
        Err(error) => {
            tracing::warn!(%error, "the request is not valid");
            return refuse(edge(), Refusal::BadRequest).await;
        }
    };
    match streamgate::serve(edge(), &gate, head).await {
        Ok(response) => Ok(response),
        Err(thrown) => {
            let error = js::message(&thrown);
            tracing::error!(error, "the runtime refuses the response");
            refuse(edge(), Refusal::BadResponse).await
        }
    }
}

/// Answers without a gate, or after the runtime refused the gate's answer.
async fn refuse(edge: Workers<'_>, refusal: Refusal) -> Result<Response, worker::Error> {
    Ok(streamgate::refuse(edge, refusal).await?)
}

/// Returns the request for core. Its body stays the runtime's.
fn to_http(request: &web_sys::Request) -> Result<Request<Option<ReadableStream>>, http::Error> {
    let mut head = Request::builder()
        .method(request.method().as_str())
        .uri(request.url())
        .body(request.body())?;
    *head.headers_mut() = head::from_native(&request.headers());

    // The runtime makes a body of a `Content-Length: 0`, and then refuses to send it with these
    // methods.
    let empty = head
        .headers()
        .get(CONTENT_LENGTH)
        .is_some_and(|length| length == "0");
    if empty && matches!(*head.method(), Method::GET | Method::HEAD) {
        *head.body_mut() = None;
    }
    // Cloudflare sets this field on every request, whatever the client sent.
    let address = head.headers().get("cf-connecting-ip");
    if let Some(address) = address.and_then(|address| address.to_str().ok()?.parse().ok()) {
        head.extensions_mut().insert(ClientAddress(address));
    }
    Ok(head)
}
