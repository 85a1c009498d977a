//! streamgate on Cloudflare Workers: the module's `fetch` handler. `docs/cloudflare.md` is for those who deploy it.

#![cfg(target_arch = "wasm32")]

mod body;
mod client;
mod config;
mod edge;
mod head;
mod js;
mod log;

use std::rc::Rc;
use std::sync::Once;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, StatusCode};
use streamgate::ClientAddress;
use wasm_bindgen::JsValue;
use web_sys::{Headers, ReadableStream, Response};
use worker::{Context, Env, event};

use crate::client::Client;
use crate::edge::Workers;
use crate::head::Fields;

/// Answers one request.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> Result<Response, worker::Error> {
    static LOG: Once = Once::new();
    LOG.call_once(|| log::install(config::text(&env, "STREAMGATE_LOG").as_deref()));

    let client = Rc::new(Client::new(request.signal()));
    let exchange = exchange(&request, &env, context, client.clone());
    // Nobody gets what is answered to a client that went away.
    let answer = client.while_there(exchange).await;
    answer.unwrap_or_else(|| text(StatusCode::BAD_REQUEST, "the client went away"))
}

async fn exchange(
    request: &web_sys::Request,
    env: &Env,
    context: Context,
    client: Rc<Client>,
) -> Result<Response, worker::Error> {
    let Some(gate) = config::gate(env, &context).await else {
        let sentence = "the gate has no valid configuration; its log says why";
        return text(StatusCode::INTERNAL_SERVER_ERROR, sentence);
    };
    let fields = Fields::of(request.headers());
    let request = match to_http(request, &fields) {
        Ok(request) => request,
        Err(error) => {
            let sentence = format!("the request cannot be read: {error}");
            return text(StatusCode::BAD_REQUEST, &sentence);
        }
    };
    let edge = Workers::new(client, context, &gate.config().origin, fields);
    match streamgate::serve(edge, &gate, request).await {
        Ok(response) => Ok(response),
        Err(error) => {
            tracing::error!("{error}");
            text(StatusCode::BAD_GATEWAY, &error.to_string())
        }
    }
}

/// The request for core. Its body stays the runtime's.
fn to_http(
    request: &web_sys::Request,
    fields: &Fields,
) -> Result<Request<Option<ReadableStream>>, http::Error> {
    let method = Method::from_bytes(request.method().as_bytes())?;
    // To the runtime a `Content-Length: 0` makes a body, which it then refuses to send with these methods.
    let bodiless = matches!(method, Method::GET | Method::HEAD)
        && fields
            .seen()
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length == "0");
    let body = request.body().filter(|_| !bodiless);
    let mut request = Request::builder()
        .method(method)
        .uri(request.url())
        .body(body)?;
    *request.headers_mut() = fields.seen().clone();
    if let Some(address) = client_address(fields.seen()) {
        request.extensions_mut().insert(address);
    }
    Ok(request)
}

/// Cloudflare sets this field on every request and lets no client set it.
fn client_address(fields: &HeaderMap) -> Option<ClientAddress> {
    let address = fields.get("cf-connecting-ip")?.to_str().ok()?;
    address.parse().ok().map(ClientAddress)
}

/// What the adapter answers by itself, before core or after it failed.
fn text(status: StatusCode, sentence: &str) -> Result<Response, worker::Error> {
    let headers = Headers::new()?;
    headers.set("content-type", "text/plain; charset=utf-8")?;
    headers.set("cache-control", "no-store")?;
    let body = JsValue::from(format!("{sentence}\n"));
    let response = js::respond(
        &body,
        status.as_u16(),
        None,
        &headers,
        &JsValue::UNDEFINED,
        false,
    )?;
    Ok(response)
}
