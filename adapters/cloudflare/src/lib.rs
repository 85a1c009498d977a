//! streamgate on Cloudflare Workers: the module's `fetch` handler. `docs/cloudflare.md` is for
//! those who deploy it.

#![cfg(target_arch = "wasm32")]

mod config;
mod host;
#[cfg(not(test))] // Tests run in Node, which has no `cloudflare:workers`.
mod rehearsal;

use streamgate::Refusal;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Request, Response};
use worker::{Context, Env, event};

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response, worker::Error> {
    config::log(&env);
    let host = host::host_of(&request, context.as_ref().as_ref());
    let sent = match config::gate(&env).await {
        None => streamgate_js::refuse(&host, Refusal::NotConfigured).await,
        Some(gate) => {
            let body = host::body_of(&request);
            streamgate_js::serve(&gate, &host::asked(&request), body, &host).await
        }
    };
    Ok(sent.map(JsValue::unchecked_into)?)
}
