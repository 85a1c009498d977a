//! An exchange before the first one. V8 compiles a function of WebAssembly when it is first called;
//! a Worker that has played an exchange as it starts answers its first client some ten times as
//! fast. The runtime starts a Worker while the client still shakes hands for TLS.

use js_sys::Promise;
use streamgate_js::{Asked, Host};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::{Env, event};

use crate::config;

#[wasm_bindgen(module = "/src/rehearsal.js")]
extern "C" {
    /// The host of the exchange.
    #[wasm_bindgen(extends = Host)]
    type Stage;

    #[wasm_bindgen(method, getter)]
    fn asked(this: &Stage) -> Asked;

    #[wasm_bindgen(method)]
    fn end(this: &Stage) -> Promise;

    fn stage() -> Stage;

    fn variables() -> JsValue;
}

#[event(start)]
fn start() {
    let env = variables();
    if !env.is_undefined() {
        spawn_local(rehearse(env.unchecked_into()));
    }
}

async fn rehearse(env: Env) {
    config::log(&env);
    if let Some(gate) = config::gate(&env).await {
        let stage = stage();
        // Nobody is there to be told what comes of it.
        let _ = streamgate_js::serve(&gate, &stage.asked(), None, &stage).await;
        let _ = JsFuture::from(stage.end()).await;
    }
}
