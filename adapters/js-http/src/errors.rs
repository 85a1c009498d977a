//! Errors, as JavaScript throws them and as core has them.

use streamgate::{BodyError, FetchError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
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
pub fn failure(thrown: &JsValue) -> FetchError {
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
pub fn message(thrown: &JsValue) -> String {
    thrown.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{thrown:?}"),
        |error| String::from(error.message()),
    )
}
