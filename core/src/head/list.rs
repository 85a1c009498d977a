//! Fields that are one list, in however many lines they come.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Appends an element to a list, and joins the lines of the list into one, because many origins
/// read only the first.
pub(super) fn append(head: &mut HeaderMap, name: &HeaderName, element: &str) {
    if let Ok(element) = HeaderValue::from_str(element) {
        head.append(name, element);
        join(head, name, b", ");
    }
}

/// Joins the lines of a field into one.
pub(super) fn join(head: &mut HeaderMap, name: &HeaderName, separator: &[u8]) {
    let lines = head.get_all(name).into_iter().map(HeaderValue::as_bytes);
    let lines: Vec<_> = lines.collect();
    if lines.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&lines.join(separator))
    {
        head.insert(name, joined);
    }
}
