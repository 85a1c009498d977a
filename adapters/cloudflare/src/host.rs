//! The functions of `host.js`, which documents each.

use streamgate_js::{Asked, Host, Source};
use wasm_bindgen::prelude::*;
use web_sys::Request;

#[wasm_bindgen(module = "/src/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = hostOf)]
    pub(crate) fn host_of(request: &Request, context: &JsValue) -> Host;

    pub(crate) fn asked(request: &Request) -> Asked;

    #[wasm_bindgen(js_name = bodyOf)]
    pub(crate) fn body_of(request: &Request) -> Option<Source>;
}

#[cfg(test)]
mod tests;
