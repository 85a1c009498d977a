//! Conditional and range requests (RFC 9110 §13 and §14), as far as a static site needs them.

use http::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderName};

/// The part of a representation that a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it.
    Whole,
    /// Nothing: the client has it.
    NotModified,
    /// Bytes from `first` to `last`, both included.
    Part {
        /// The first byte's position.
        first: usize,
        /// The last byte's position.
        last: usize,
    },
    /// A range that the representation does not have.
    Unsatisfiable,
}

/// Evaluates preconditions and range, in the order of RFC 9110 §13.2.2. `length` is in bytes.
pub(crate) fn wanted(fields: &HeaderMap, etag: &str, modified: &str, length: usize) -> Wanted {
    if let Some(tags) = text(fields, IF_NONE_MATCH) {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        if tags
            .split(',')
            .any(|tag| tag.trim() == "*" || opaque(tag) == etag)
        {
            return Wanted::NotModified;
        }
    } else if text(fields, IF_MODIFIED_SINCE) == Some(modified) {
        return Wanted::NotModified;
    }
    let Some(range) = text(fields, RANGE) else {
        return Wanted::Whole;
    };
    if text(fields, IF_RANGE).is_some_and(|validator| validator != etag && validator != modified) {
        return Wanted::Whole;
    }
    part(range, length)
}

/// Parses a single byte range (§14.1.2). Several ranges, and other units, are answered with the
/// whole, as §14.2 allows.
fn part(range: &str, length: usize) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let bounds = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
        (Ok(first), Err(_)) if last.is_empty() => (first, length.saturating_sub(1)),
        (Err(_), Ok(suffix)) if first.is_empty() => {
            if suffix == 0 {
                return Wanted::Unsatisfiable;
            }
            (length.saturating_sub(suffix), length.saturating_sub(1))
        }
        _ => return Wanted::Whole,
    };
    if bounds.0 >= length {
        return Wanted::Unsatisfiable;
    }
    Wanted::Part {
        first: bounds.0,
        last: bounds.1,
    }
}

fn text(fields: &HeaderMap, name: HeaderName) -> Option<&str> {
    fields.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: &str = "Mon, 02 Jun 2025 06:00:00 GMT";

    #[test]
    fn preconditions_come_before_ranges() {
        let part = |first, last| Wanted::Part { first, last };
        let cases: &[(&[(HeaderName, &str)], Wanted)] = &[
            (&[], Wanted::Whole),
            (&[(IF_NONE_MATCH, "\"a\"")], Wanted::NotModified),
            (&[(IF_NONE_MATCH, "\"x\", W/\"a\"")], Wanted::NotModified),
            (&[(IF_NONE_MATCH, "*")], Wanted::NotModified),
            (
                &[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, MODIFIED)],
                Wanted::Whole,
            ),
            (&[(IF_MODIFIED_SINCE, MODIFIED)], Wanted::NotModified),
            (&[(RANGE, "bytes=0-9")], part(0, 9)),
            (&[(RANGE, "bytes=90-")], part(90, 99)),
            (&[(RANGE, "bytes=-5")], part(95, 99)),
            (&[(RANGE, "bytes=-500")], part(0, 99)),
            (&[(RANGE, "bytes=95-1000")], part(95, 99)),
            (&[(RANGE, "bytes=100-")], Wanted::Unsatisfiable),
            (&[(RANGE, "bytes=-0")], Wanted::Unsatisfiable),
            (&[(RANGE, "bytes=9-0")], Wanted::Whole),
            (&[(RANGE, "bytes=0-1,3-4")], Wanted::Whole),
            (&[(RANGE, "lines=0-1")], Wanted::Whole),
            (&[(RANGE, "bytes=0-9"), (IF_RANGE, "\"a\"")], part(0, 9)),
            (&[(RANGE, "bytes=0-9"), (IF_RANGE, "\"b\"")], Wanted::Whole),
            (
                &[(RANGE, "bytes=0-9"), (IF_NONE_MATCH, "\"a\"")],
                Wanted::NotModified,
            ),
        ];
        for (fields, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in *fields {
                map.append(name, value.parse().expect("a field value"));
            }
            assert_eq!(
                wanted(&map, "\"a\"", MODIFIED, 100),
                *expected,
                "{fields:?}"
            );
        }
    }
}
