//! Fields that are one list, in however many lines they come.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Appends an element to a list, and joins the lines of the list into one, because many origins
/// read only the first.
pub(super) fn append(head: &mut HeaderMap, name: &HeaderName, element: &[u8]) {
    if let Ok(element) = HeaderValue::from_bytes(element)
        && head.append(name, element)
    {
        join(head, name, b", ");
    }
}

/// Joins the lines of a field into one.
pub(super) fn join(head: &mut HeaderMap, name: &HeaderName, separator: &[u8]) {
    let lines = head.get_all(name);
    if lines.iter().nth(1).is_none() {
        return;
    }
    let lines: Vec<_> = lines.iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(separator)) {
        head.insert(name, joined);
    }
}
