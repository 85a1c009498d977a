//! The host, an object of JavaScript: what it takes, and what it gives.

use js_sys::{Promise, Uint8Array};
use streamgate_js_http::{Rewritten, Source};
use streamgate_store_web::Cache;
use wasm_bindgen::prelude::*;

use crate::messages::Texts;
use crate::platform::AbortSignal;

#[wasm_bindgen]
extern "C" {
    /// An origin's answer.
    pub type Answered;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Answered) -> u16;

    #[wasm_bindgen(method, getter, js_name = fields)]
    pub(crate) fn lines(this: &Answered) -> String;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn body(this: &Answered) -> Option<Source>;

    /// The platform of one exchange.
    #[derive(Clone)]
    pub type Host;

    #[wasm_bindgen(method)]
    pub(crate) fn decodes(this: &Host, coding: &str) -> bool;

    /// Returns whether a connection can change its protocol to this one.
    #[wasm_bindgen(method)]
    pub(crate) fn upgrades(this: &Host, protocol: &str) -> bool;

    #[wasm_bindgen(method, getter, js_name = streamsUploads)]
    pub(crate) fn streams_uploads(this: &Host) -> bool;

    /// The country of the client, if the runtime tells it.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn country(this: &Host) -> Option<String>;

    #[wasm_bindgen(method)]
    #[allow(clippy::too_many_arguments)] // An object would take a call for each of its members.
    pub(crate) fn fetch(
        this: &Host,
        method: &str,
        origin: &str,
        target: &str,
        fields: &str,
        body: &JsValue,
        certified_name: &str,
        connect_timeout: f64,
        first_byte_timeout: f64,
    ) -> Promise;

    /// Returns a host that only fetches, until a signal cancels that.
    #[wasm_bindgen(method)]
    pub(crate) fn beside(this: &Host, signal: &AbortSignal) -> Host;

    /// How many fetches there may be at a time beside that of the page, if the runtime says so.
    #[wasm_bindgen(method, getter, js_name = atOnce)]
    pub(crate) fn at_once(this: &Host) -> Option<usize>;

    /// How many fetches there may be for one page, if the runtime says so.
    #[wasm_bindgen(method, getter, js_name = inAll)]
    pub(crate) fn in_all(this: &Host) -> Option<usize>;

    /// What stores responses, if the runtime has it.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn cache(this: &Host) -> Option<Cache>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn unmodified(
        this: &Host,
        status: u16,
        fields: &str,
        answered: &Answered,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn streamed(
        this: &Host,
        status: u16,
        fields: &str,
        body: Rewritten,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn whole(
        this: &Host,
        status: u16,
        fields: &str,
        body: Uint8Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn websocket(
        this: &Host,
        status: u16,
        fields: &str,
        answered: &Answered,
        to_client: Texts,
        to_origin: Texts,
    ) -> Result<JsValue, JsValue>;
}
