//! Heads between JavaScript and [`http`].
//!
//! A field's value reaches JavaScript as a string that the runtime decoded from UTF-8, with U+FFFD
//! for each invalid sequence, and the string is encoded again on the way out. Repeated fields,
//! `Set-Cookie` aside, arrive joined. So a head is not built anew where there is a head to start
//! from: [`to_native`] copies that head and changes only what differs.

use http::{HeaderMap, HeaderName, HeaderValue};
use wasm_bindgen::JsValue;
use web_sys::Headers;

use crate::js;

/// Returns the fields for core.
pub(crate) fn from_native(headers: &Headers) -> HeaderMap {
    let text = js::fields(headers);
    let mut fields = HeaderMap::new();
    let mut lines = text.split('\n');
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        match (
            HeaderName::try_from(name),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            (Ok(name), Ok(value)) => {
                fields.append(name, value);
            }
            _ => tracing::warn!(name, "a field that is no valid HTTP was dropped"),
        }
    }
    fields
}

/// Returns `base`, or an empty head, changed into these fields.
///
/// # Errors
/// Returns the exception if the runtime refuses a field.
pub(crate) fn to_native(base: Option<&Headers>, fields: &HeaderMap) -> Result<Headers, JsValue> {
    let mut text = String::new();
    for (name, value) in fields {
        text.push_str(name.as_str());
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
        text.push('\n');
    }
    js::with_fields(base, &text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A panic is how a test fails.
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn native(fields: &[(&str, &str)]) -> Headers {
        let headers = Headers::new().unwrap();
        for (name, value) in fields {
            headers.append(name, value).unwrap();
        }
        headers
    }

    fn map(fields: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for &(name, value) in fields {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        map
    }

    #[wasm_bindgen_test]
    fn a_head_becomes_what_core_wants_of_it() {
        const BASE: &[(&str, &str)] = &[
            ("a", "1"),
            ("b", "2"),
            ("set-cookie", "x=1"),
            ("set-cookie", "y=2"),
        ];
        for wanted in [
            BASE,
            &[],
            &[("a", "1"), ("c", "")],
            &[("a", "1, 2"), ("set-cookie", "y=2")],
            &[
                ("b", "2"),
                ("set-cookie", "x=1; Secure"),
                ("set-cookie", "y=2"),
            ],
        ] {
            let sent = to_native(Some(&native(BASE)), &map(wanted)).unwrap();
            assert_eq!(from_native(&sent), map(wanted));
        }
    }

    #[wasm_bindgen_test]
    fn a_head_is_built_where_there_is_none_to_start_from() {
        let wanted = map(&[
            ("content-type", "text/plain"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ]);
        assert_eq!(from_native(&to_native(None, &wanted).unwrap()), wanted);
    }

    #[wasm_bindgen_test]
    fn letters_above_ascii_survive() {
        let base = native(&[("x-name", "caf\u{e9}")]);
        let wanted = map(&[("x-name", "caf\u{e9}"), ("x-new", "\u{fc}")]);
        assert_eq!(
            from_native(&base)["x-name"].as_bytes(),
            "caf\u{e9}".as_bytes()
        );
        assert_eq!(
            from_native(&to_native(Some(&base), &wanted).unwrap()),
            wanted
        );
    }
}
