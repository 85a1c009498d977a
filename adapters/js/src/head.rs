//! Heads between JavaScript and [`http`]. A head is one text: name, LF, value, LF, and so on; no
//! field can hold a LF. Each character of it is a byte.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Returns the bytes that a text stands for. A character above U+00FF, which stands for none,
/// becomes a question mark.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let byte = |character| u8::try_from(character).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

/// Returns the text that stands for bytes.
pub(crate) fn text(bytes: &[u8]) -> String {
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
pub(crate) fn to_text(fields: &HeaderMap) -> String {
    let mut lines = String::new();
    for (name, value) in fields {
        lines.push_str(name.as_str());
        lines.push('\n');
        lines.push_str(&text(value.as_bytes()));
        lines.push('\n');
    }
    lines
}
