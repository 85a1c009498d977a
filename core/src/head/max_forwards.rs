//! `Max-Forwards` (RFC 9110 §7.6.2), which limits how far a request travels.

use http::{HeaderMap, HeaderValue, Method, header};

/// Counts `Max-Forwards` down, for the methods that it is defined for. Returns `false` if the
/// request must not be sent on. A value that is no number is left as it is.
pub(crate) fn count_down(method: &Method, head: &mut HeaderMap) -> bool {
    if !matches!(*method, Method::OPTIONS | Method::TRACE) {
        return true;
    }
    let digits = head.get(header::MAX_FORWARDS).map(HeaderValue::as_bytes);
    let Some(digits) = digits.and_then(|digits| std::str::from_utf8(digits).ok()) else {
        return true;
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    // A number beyond the type's range becomes the largest in it, as the section has it.
    match digits.parse::<u64>().unwrap_or(u64::MAX).checked_sub(1) {
        None => false,
        Some(left) => {
            head.insert(header::MAX_FORWARDS, HeaderValue::from(left));
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_travels_as_far_as_it_says() {
        for (method, value, goes_on, left) in [
            (Method::OPTIONS, "2", true, "1"),
            (Method::TRACE, "1", true, "0"),
            (Method::TRACE, "0", false, "0"),
            (Method::OPTIONS, "00", false, "00"),
            (Method::GET, "0", true, "0"),
            (Method::OPTIONS, "-1", true, "-1"),
            (Method::OPTIONS, "", true, ""),
            (
                Method::OPTIONS,
                "99999999999999999999",
                true,
                "18446744073709551614",
            ),
        ] {
            let mut head = HeaderMap::new();
            head.insert(header::MAX_FORWARDS, HeaderValue::from_static(value));
            assert_eq!(count_down(&method, &mut head), goes_on, "{method} {value}");
            assert_eq!(head[header::MAX_FORWARDS], left, "{method} {value}");
        }
        assert!(count_down(&Method::OPTIONS, &mut HeaderMap::new()));
    }
}
