//! Text messages of a WebSocket, as the runtime gives them: whole, as strings.

use js_sys::JsString;
use streamgate::Messages;
use wasm_bindgen::prelude::wasm_bindgen;

/// One direction of a WebSocket that is mapped, for `join` in `shim.js`, which frees it.
#[wasm_bindgen]
pub struct Texts(Messages);

impl Texts {
    /// Returns `None` if the direction stays as it is.
    pub(crate) fn new(messages: Messages) -> Option<Self> {
        messages.is_mapped().then_some(Self(messages))
    }
}

#[wasm_bindgen]
impl Texts {
    /// Maps a text. Returns `undefined` if it is sent on as it came.
    pub fn map(&mut self, text: &JsString) -> Option<String> {
        // A character of JavaScript is a byte of UTF-8 at least, and what is copied into the
        // memory of WebAssembly makes it larger for good.
        let length = usize::try_from(text.length()).ok()?;
        if !self.0.takes(length) {
            return None;
        }
        self.0.map(&String::from(text))
    }
}
