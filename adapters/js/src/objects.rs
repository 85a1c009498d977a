//! The objects of JavaScript that an exchange meets: a host, what it takes, and what it gives.

use js_sys::{Function, Promise, Uint8Array};
use streamgate::{BodyError, FetchError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The head of a request.
    pub type Asked;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn method(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn target(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn fields(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn version(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn address(this: &Asked) -> Option<String>;

    /// A body that is read.
    pub type Source;

    /// Resolves to a chunk, or to undefined at the end.
    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &Source) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &Source);

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

    /// What stores bodies under keys.
    #[derive(Clone)]
    pub(crate) type Cache;

    /// Resolves to a [`Source`], or to undefined if nothing is stored under a key.
    #[wasm_bindgen(method)]
    pub(crate) fn find(this: &Cache, key: &str) -> Promise;

    /// Begins to store a body for so many seconds, with tags between commas.
    #[wasm_bindgen(method)]
    pub(crate) fn insert(this: &Cache, key: &str, seconds: f64, tags: &str) -> Inserting;

    #[wasm_bindgen(method)]
    pub(crate) fn remove(this: &Cache, key: &str);

    /// Lets something go on when the client has been answered.
    #[wasm_bindgen(method)]
    pub(crate) fn keep(this: &Cache, going_on: &Promise);

    /// A body that is being stored.
    pub(crate) type Inserting;

    #[wasm_bindgen(method)]
    pub(crate) fn write(this: &Inserting, chunk: &Uint8Array);

    /// Stores the body, which is whole.
    #[wasm_bindgen(method)]
    pub(crate) fn finish(this: &Inserting);

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
        body: crate::Rewritten,
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
        to_client: crate::Texts,
        to_origin: crate::Texts,
    ) -> Result<JsValue, JsValue>;

    /// Fills a buffer with random numbers (Web Cryptography API §10.1.1).
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn get_random_values(into: &mut [u8]) -> Result<Uint8Array, JsValue>;

    /// Returns the milliseconds since some point in the past (High Resolution Time §7.1).
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn elapsed() -> f64;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub(crate) fn print(line: &str);

    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    pub(crate) fn print_warning(line: &str);

    /// What cancels (DOM standard §3.1).
    pub(crate) type AbortController;

    pub(crate) type AbortSignal;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn signal(this: &AbortController) -> AbortSignal;

    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &AbortController);

    /// Calls a function after so many milliseconds, and returns the timer (HTML standard §8.7).
    #[wasm_bindgen(js_name = setTimeout)]
    pub(crate) fn set_timeout(call: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(crate) fn clear_timeout(timer: &JsValue);

    /// A thrown value.
    type Thrown;

    #[wasm_bindgen(method, getter)]
    fn kind(this: &Thrown) -> Option<String>;
}

/// Defines both conversions between errors and the names of their kinds.
macro_rules! kinds {
    ($($name:literal = $variant:ident),*) => {
        /// Returns why a fetch, or the reading of a body, has failed, if the host has said it.
        fn known(thrown: &JsValue) -> Option<FetchError> {
            let kind = thrown.dyn_ref::<js_sys::Error>()?.unchecked_ref::<Thrown>().kind()?;
            match kind.as_str() {
                $($name => Some(FetchError::$variant(message(thrown))),)*
                _ => None,
            }
        }

        /// Returns the name of a kind of failure, if there is one.
        pub(crate) fn kind(error: &FetchError) -> Option<&'static str> {
            match error {
                $(FetchError::$variant(_) => Some($name),)*
                _ => None,
            }
        }
    };
}

kinds! {
    "dns" = Dns, "connect" = Connect, "tls" = Tls, "timeout" = Timeout, "protocol" = Protocol,
    "closed" = Closed, "read-timeout" = ReadTimeout, "client-gone" = ClientGone,
    "request-body" = RequestBody, "request-timeout" = RequestTimeout,
    "request-too-large" = RequestTooLarge, "unsupported" = Unsupported
}

/// Returns why a fetch has failed.
pub(crate) fn failure(thrown: &JsValue) -> FetchError {
    known(thrown).unwrap_or_else(|| FetchError::Other(message(thrown)))
}

/// Returns why a body has broken off.
pub(crate) fn incomplete(thrown: &JsValue) -> BodyError {
    known(thrown).map_or_else(
        || BodyError::incomplete(message(thrown)),
        BodyError::incomplete,
    )
}

/// Returns an error of JavaScript's with a `kind`, by which the host knows it.
pub(crate) fn thrown(kind: Option<&str>, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    if let Some(kind) = kind {
        // It fails on no ordinary object.
        let _ = js_sys::Reflect::set(&error, &"kind".into(), &kind.into());
    }
    error.into()
}

/// Returns the message of a thrown value.
pub(crate) fn message(thrown: &JsValue) -> String {
    thrown.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{thrown:?}"),
        |error| String::from(error.message()),
    )
}
