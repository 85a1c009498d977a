//! What is called in JavaScript beyond web-sys: the functions of `shim.js`, and types as narrow as their use.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Headers, ReadableStream, Response, WritableStreamDefaultWriter};

#[wasm_bindgen(module = "/src/shim.js")]
extern "C" {
    pub(crate) fn fields(headers: &Headers) -> String;

    pub(crate) fn edited(base: Option<&Headers>, edits: &str) -> Headers;

    #[wasm_bindgen(js_name = fetchWithin)]
    pub(crate) fn fetch_within(
        url: &str,
        method: &str,
        headers: &Headers,
        body: Option<&ReadableStream>,
        milliseconds: Option<f64>,
    ) -> Promise;

    #[wasm_bindgen(catch)]
    pub(crate) fn respond(
        body: &JsValue,
        status: u16,
        status_text: Option<String>,
        headers: &Headers,
        web_socket: &JsValue,
        coded: bool,
    ) -> Result<Response, JsValue>;

    #[wasm_bindgen(catch)]
    pub(crate) fn pipe(length: Option<f64>) -> Result<Array, JsValue>;

    pub(crate) fn cancel(source: &JsValue);

    pub(crate) fn abort(writer: &WritableStreamDefaultWriter, reason: &str);
}

#[wasm_bindgen]
extern "C" {
    /// What a BYOB reader's promise resolves to.
    pub(crate) type ReadResult;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &ReadResult) -> bool;

    /// Undefined after the reader was cancelled.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &ReadResult) -> Option<Uint8Array>;
}

#[wasm_bindgen]
extern "C" {
    /// A response of workerd.
    pub(crate) type WorkerResponse;

    #[wasm_bindgen(method, getter, js_name = webSocket)]
    pub(crate) fn web_socket(this: &WorkerResponse) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    pub(crate) fn log(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    pub(crate) fn warn(line: &str);
}

/// What a thrown value says, for logs and errors.
pub(crate) fn message(thrown: &JsValue) -> String {
    thrown.dyn_ref::<js_sys::Error>().map_or_else(
        || thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
        |error| String::from(error.message()),
    )
}
