//! Heads between JavaScript and [`http`].
//!
//! A field's value reaches JavaScript as a string that the runtime decoded from UTF-8, with U+FFFD for every byte that is
//! none, and it is encoded again on the way out. Repeated fields, `Set-Cookie` aside, arrive joined. So a head is never
//! built anew where there is one to start from: [`Fields::with`] copies the platform's own and changes only what differs, and
//! every field that core leaves alone keeps its bytes, its letter case and its lines.

use http::{HeaderMap, HeaderName, HeaderValue};
use web_sys::Headers;

use crate::js;

/// The fields of a message as the platform has them, and what core saw of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    native: Option<Headers>,
    seen: HeaderMap,
}

impl Fields {
    /// Reads a head's fields.
    pub(crate) fn of(native: Headers) -> Self {
        let text = js::fields(&native);
        let seen = parse(&text);
        Self {
            native: Some(native),
            seen,
        }
    }

    /// The fields for core.
    pub(crate) fn seen(&self) -> &HeaderMap {
        &self.seen
    }

    /// The platform's fields changed into `wanted`.
    pub(crate) fn with(&self, wanted: &HeaderMap) -> Headers {
        js::edited(self.native.as_ref(), &edits(&self.seen, wanted))
    }
}

/// Reads what `fields` in `shim.js` wrote.
fn parse(text: &str) -> HeaderMap {
    let mut fields = HeaderMap::new();
    let mut lines = text.split('\n');
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let field = (
            HeaderName::try_from(name),
            HeaderValue::from_bytes(value.as_bytes()),
        );
        let (Ok(name), Ok(value)) = field else {
            tracing::warn!(name, "a field that is no valid HTTP was dropped");
            continue;
        };
        fields.append(name, value);
    }
    fields
}

/// What `edited` in `shim.js` must do to turn one head into the other.
fn edits(from: &HeaderMap, to: &HeaderMap) -> String {
    let mut edits = String::new();
    for name in from.keys() {
        if !to.contains_key(name) {
            edit(&mut edits, '-', name, "");
        }
    }
    for name in to.keys() {
        if from.get_all(name) == to.get_all(name) {
            continue;
        }
        if from.contains_key(name) {
            edit(&mut edits, '-', name, "");
        }
        for value in to.get_all(name) {
            edit(
                &mut edits,
                '+',
                name,
                &String::from_utf8_lossy(value.as_bytes()),
            );
        }
    }
    edits
}

fn edit(edits: &mut String, action: char, name: &HeaderName, value: &str) {
    edits.push(action);
    edits.push_str(name.as_str());
    edits.push('\n');
    edits.push_str(value);
    edits.push('\n');
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Name and value of each field, in the platform's order.
    fn native(fields: &[(&str, &str)]) -> Headers {
        let headers = Headers::new().unwrap();
        for (name, value) in fields {
            headers.append(name, value).unwrap();
        }
        headers
    }

    fn wanted(fields: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for &(name, value) in fields {
            let name: HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        map
    }

    #[wasm_bindgen_test]
    fn every_cookie_is_a_field_of_its_own_both_ways() {
        let cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2")];
        let fields = Fields::of(native(&cookies));
        assert_eq!(fields.seen(), &wanted(&cookies));
        let changed = [("set-cookie", "a=1; Secure"), ("set-cookie", "b=2")];
        let sent = Fields::of(fields.with(&wanted(&changed)));
        assert_eq!(sent.seen(), &wanted(&changed));
    }

    #[wasm_bindgen_test]
    fn letters_above_ascii_survive() {
        let fields = Fields::of(native(&[("x-name", "caf\u{e9}")]));
        assert_eq!(fields.seen()["x-name"].as_bytes(), "caf\u{e9}".as_bytes());
        let sent = fields.with(&wanted(&[("x-name", "caf\u{e9}"), ("x-new", "\u{fc}")]));
        assert_eq!(sent.get("x-name").unwrap().unwrap(), "caf\u{e9}");
        assert_eq!(sent.get("x-new").unwrap().unwrap(), "\u{fc}");
    }

    #[wasm_bindgen_test]
    fn only_what_differs_is_edited() {
        const SEEN: &[(&str, &str)] = &[("a", "1"), ("b", "2"), ("b", "3")];
        for (to, expected) in [
            (SEEN, ""),
            (&[("a", "1")], "-b\n\n"),
            (&[("b", "3"), ("b", "2")], "-a\n\n-b\n\n+b\n3\n+b\n2\n"),
            (&[("a", "1"), ("b", "2"), ("b", "3"), ("c", "")], "+c\n\n"),
            (&[("a", "2"), ("b", "2"), ("b", "3")], "-a\n\n+a\n2\n"),
        ] {
            assert_eq!(edits(&wanted(SEEN), &wanted(to)), expected, "{to:?}");
        }
    }

    #[wasm_bindgen_test]
    fn a_head_that_nothing_was_before_is_built_from_nothing() {
        let sent = Fields::default().with(&wanted(&[("content-type", "text/plain")]));
        assert_eq!(
            Fields::of(sent).seen(),
            &wanted(&[("content-type", "text/plain")])
        );
    }
}
