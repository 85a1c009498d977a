//! streamgate in a browser: what the page of the playground calls. `docs/playground/` has the page.
//!
//! Lists cross the boundary to JavaScript as JSON.

mod changes;
mod check;
mod feed;
mod rewriting;

use wasm_bindgen::prelude::wasm_bindgen;

pub use rewriting::Rewriting;

/// The name of the pasted configuration in messages.
const NAME: &str = "streamgate.toml";

/// Checks a configuration, and returns a list of what is wrong with it, then of what is valid in it
/// and surely not meant, as JSON: `severity` (`error` or `warning`), `line` and `column` (from 1),
/// `key`, `message`, `help`.
#[wasm_bindgen]
#[must_use]
pub fn check(configuration: &str) -> String {
    json(&check::findings(configuration))
}

/// Compares two texts, and returns the pieces of both in order, as JSON: `change` (`same`, `gone`
/// or `new`) and `text`.
#[wasm_bindgen]
#[must_use]
pub fn changes(before: &str, after: &str) -> String {
    json(&changes::between(before, after))
}

/// Writes a list of texts and numbers, which can always be written.
fn json(list: &impl serde::Serialize) -> String {
    serde_json::to_string(list).unwrap_or_default()
}
