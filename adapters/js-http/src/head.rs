//! Heads, as JavaScript has them and as [`http`] has them. The fields of a head are one text: name,
//! LF, value, LF, and so on; no field can hold a LF. Each character of it is a byte.

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use streamgate::ClientAddress;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Source;

#[wasm_bindgen]
extern "C" {
    /// The head of a request.
    pub type Asked;

    #[wasm_bindgen(method, getter)]
    fn method(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    fn target(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    fn fields(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    fn version(this: &Asked) -> String;

    #[wasm_bindgen(method, getter)]
    fn address(this: &Asked) -> Option<String>;
}

/// Returns the bytes that a text stands for. A character above U+00FF, which stands for none,
/// becomes a question mark.
fn bytes(text: &str) -> Vec<u8> {
    let byte = |character| u8::try_from(character).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

/// Returns the text that stands for bytes.
pub fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Returns the fields for core.
pub fn from_text(text: &str) -> HeaderMap {
    let mut fields = HeaderMap::new();
    let mut lines = text.split('\n');
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        match (
            HeaderName::try_from(name),
            HeaderValue::try_from(bytes(value)),
        ) {
            (Ok(name), Ok(value)) => {
                fields.append(name, value);
            }
            _ => tracing::warn!(name, "a field that is no valid HTTP was dropped"),
        }
    }
    fields
}

/// Returns the text of fields.
pub fn to_text(fields: &HeaderMap) -> String {
    let mut lines = String::new();
    for (name, value) in fields {
        lines.push_str(name.as_str());
        lines.push('\n');
        lines.push_str(&text(value.as_bytes()));
        lines.push('\n');
    }
    lines
}

/// Returns a request for core. Its body stays the host's.
///
/// # Errors
/// Returns an error if the method or the target is not valid.
pub fn request(
    asked: &Asked,
    body: Option<Source>,
) -> Result<Request<Option<Source>>, http::Error> {
    let mut request = Request::builder()
        .method(asked.method().as_str())
        .uri(bytes(&asked.target()).as_slice())
        .body(body)?;
    *request.headers_mut() = from_text(&asked.fields());
    if asked.version() == "1.0" {
        *request.version_mut() = http::Version::HTTP_10;
    }
    if let Some(Ok(address)) = asked.address().map(|address| address.parse()) {
        request.extensions_mut().insert(ClientAddress(address));
    }
    Ok(request)
}
