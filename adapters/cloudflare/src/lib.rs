//! streamgate on Cloudflare Workers: the module's `fetch` handler. `docs/cloudflare.md` is for those who deploy it.

#![cfg(target_arch = "wasm32")]

mod body;
mod config;
mod edge;
mod head;
mod js;
mod log;

use std::cell::RefCell;
use std::sync::Once;

use http::header::CONTENT_LENGTH;
use http::{Method, Request};
use streamgate::ClientAddress;
use wasm_bindgen::JsValue;
use web_sys::{Headers, ReadableStream, Response};
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

    let Some(gate) = config::gate(&env).await else {
        return text(500, "the gate has no valid configuration; its log says why");
    };
    let head = match to_http(&request) {
        Ok(head) => head,
        Err(error) => return text(400, &format!("the request cannot be read: {error}")),
    };
    let edge = Workers {
        request: &request,
        context: &context,
        fields: RefCell::default(),
    };
    match streamgate::serve(edge, &gate, head).await {
        Ok(response) => Ok(response),
        Err(thrown) => {
            let sentence = format!("the runtime refuses the response: {}", js::message(&thrown));
            tracing::error!("{sentence}");
            text(502, &sentence)
        }
    }
}

/// The request for core. Its body stays the runtime's.
fn to_http(request: &web_sys::Request) -> Result<Request<Option<ReadableStream>>, http::Error> {
    let mut head = Request::builder()
        .method(request.method().as_str())
        .uri(request.url())
        .body(request.body())?;
    *head.headers_mut() = head::from_native(&request.headers());

    // To the runtime a `Content-Length: 0` makes a body, which it then refuses to send with these methods.
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

/// What is answered before core, or after the runtime refused what core answered.
fn text(status: u16, sentence: &str) -> Result<Response, worker::Error> {
    let headers = Headers::new()?;
    headers.set("content-type", "text/plain; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    let body = JsValue::from(format!("{sentence}\n"));
    Ok(js::respond(&body, status, &headers, false, None)?)
}
