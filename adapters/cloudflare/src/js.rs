//! The JavaScript that is called beyond web-sys: the functions of `shim.js`, which documents each.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers, ReadableStream, Response, WritableStreamDefaultWriter};

use crate::message::Texts;

#[wasm_bindgen(module = "/src/shim.js")]
extern "C" {
    pub(crate) fn fields(headers: &Headers) -> String;

    #[wasm_bindgen(catch, js_name = withFields)]
    pub(crate) fn with_fields(base: Option<&Headers>, wanted: &str) -> Result<Headers, JsValue>;

    #[wasm_bindgen(js_name = fetchWithin)]
    pub(crate) fn fetch_within(
        url: &str,
        method: &str,
        headers: &Headers,
        body: &JsValue,
        milliseconds: Option<f64>,
        broken: Option<&AbortSignal>,
        gone: &AbortSignal,
    ) -> Promise;

    #[wasm_bindgen(catch)]
    pub(crate) fn carry(body: &ReadableStream) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch)]
    pub(crate) fn open(body: &ReadableStream, gone: &AbortSignal) -> Result<Reader, JsValue>;

    pub(crate) fn cancel(source: &JsValue);

    #[wasm_bindgen(catch)]
    pub(crate) fn pipe(length: Option<f64>) -> Result<Array, JsValue>;

    pub(crate) fn abort(writer: &WritableStreamDefaultWriter, reason: &str);

    #[wasm_bindgen(catch)]
    pub(crate) fn respond(
        body: &JsValue,
        status: u16,
        headers: &Headers,
        coded: bool,
        origin: Option<&Response>,
        socket: &JsValue,
    ) -> Result<Response, JsValue>;

    #[wasm_bindgen(catch)]
    pub(crate) fn join(
        origin: &Response,
        to_client: Option<Texts>,
        to_origin: Option<Texts>,
    ) -> Result<JsValue, JsValue>;

    pub(crate) fn print(line: &str);

    pub(crate) fn sleep(milliseconds: f64) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    /// Fills a buffer with random numbers (Web Cryptography API §10.1.1).
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn get_random_values(into: &mut [u8]) -> Result<Uint8Array, JsValue>;

    /// A BYOB reader.
    pub(crate) type Reader;

    /// Resolves to a [`ReadResult`].
    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &Reader, into: &Uint8Array) -> Promise;

    pub(crate) type ReadResult;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &ReadResult) -> bool;

    /// Returns the filled part of the lent buffer, if the reader was not cancelled.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &ReadResult) -> Option<Uint8Array>;
}

/// The runtime's message for a broken connection, to the origin or to the client.
pub(crate) const LOST: &str = "Network connection lost.";

/// The message with which a fetch ends whose body, from [`carry`], breaks off.
pub(crate) const BROKEN: &str = "the client's body broke off";

/// The message with which [`fetch_within`] ends if the client leaves.
pub(crate) const GONE: &str = "the client went away";

/// Returns the message of a thrown value.
pub(crate) fn message(thrown: &JsValue) -> String {
    thrown.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{thrown:?}"),
        |error| String::from(error.message()),
    )
}
