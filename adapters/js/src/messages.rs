//! WebSockets whose messages are mapped: one direction, for the host to carry.

use js_sys::JsString;
use streamgate::{Messages, Transform};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// The messages of one direction, of which a runtime gives texts whole, as strings.
#[wasm_bindgen]
pub struct Texts(Messages);

impl Texts {
    pub(crate) fn new(messages: Messages) -> Self {
        Self(messages)
    }
}

#[wasm_bindgen]
impl Texts {
    /// Maps a text. Returns `undefined` if it is sent on as it came.
    pub fn map(&mut self, text: &JsString) -> Option<String> {
        // A character of JavaScript is a byte of UTF-8 at least, and what is copied into the
        // memory of WebAssembly makes it larger for good.
        let length = usize::try_from(text.length()).ok()?;
        if !self.0.is_mapped() || !self.0.takes(length) {
            return None;
        }
        self.0.map(&String::from(text))
    }

    /// Returns the same for a runtime that gives bytes.
    #[must_use]
    pub fn frames(self) -> Frames {
        Frames(streamgate::Frames::new(self.0))
    }
}

/// The bytes of one direction, which hold frames.
#[wasm_bindgen]
pub struct Frames(streamgate::Frames);

#[wasm_bindgen]
impl Frames {
    /// Maps the next bytes.
    ///
    /// # Errors
    /// Throws an error if a message cannot be mapped.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<u8>, JsError> {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            self.0.push(&mut bytes, &mut out)?;
        }
        Ok(out)
    }

    /// Ends the direction, and returns what is left of it.
    ///
    /// # Errors
    /// Throws an error if a message cannot be mapped.
    pub fn finish(&mut self) -> Result<Vec<u8>, JsError> {
        let mut out = Vec::new();
        self.0.finish(&mut out)?;
        Ok(out)
    }
}
