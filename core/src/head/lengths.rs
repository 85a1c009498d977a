//! A `Content-Length` that is said several times, in lines of its own or as a list.

use http::{HeaderMap, HeaderValue, header};

/// Several lengths of one body that are not the same number, so that nobody can tell where the body
/// ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ambiguous;

/// Makes one field of several `Content-Length`s with the same number (RFC 9110 §8.6). What is said
/// once stays as it is, and so do lengths that chunks override (RFC 9112 §6.3).
///
/// # Errors
/// Returns [`Ambiguous`] if the lengths differ, or one of several is no length.
pub(crate) fn unite(head: &mut HeaderMap) -> Result<(), Ambiguous> {
    if head.contains_key(header::TRANSFER_ENCODING) {
        return Ok(());
    }
    let mut said = head
        .get_all(header::CONTENT_LENGTH)
        .into_iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    let (Some(first), Some(second)) = (said.next(), said.next()) else {
        return Ok(());
    };
    let length = number(first).ok_or(Ambiguous)?;
    if number(second) != Some(length) || said.any(|other| number(other) != Some(length)) {
        return Err(Ambiguous);
    }
    head.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(())
}

/// Returns the length that a head gives its body, if it gives one.
pub(crate) fn said(head: &HeaderMap) -> Option<u64> {
    head.get(header::CONTENT_LENGTH)
        .and_then(|length| number(length.as_bytes().trim_ascii()))
}

fn number(digits: &[u8]) -> Option<u64> {
    let plain = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits)
        .ok()?
        .parse()
        .ok()
        .filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn united(lines: &[&'static str], chunked: bool) -> Result<Vec<String>, Ambiguous> {
        let mut head = HeaderMap::new();
        for line in lines {
            head.append(header::CONTENT_LENGTH, HeaderValue::from_static(line));
        }
        if chunked {
            let chunked = HeaderValue::from_static("chunked");
            head.insert(header::TRANSFER_ENCODING, chunked);
        }
        unite(&mut head)?;
        let lines = head.get_all(header::CONTENT_LENGTH).into_iter();
        Ok(lines
            .map(|line| line.to_str().unwrap().to_owned())
            .collect())
    }

    #[test]
    fn equal_lengths_become_one() {
        for lines in [&["2", "2"][..], &["2, 2"], &["2,2", "2"], &["2", "02"]] {
            assert_eq!(united(lines, false).unwrap(), ["2"], "{lines:?}");
        }
    }

    #[test]
    fn what_is_said_once_stays_as_it_is() {
        for line in ["2", " 2 ", "+2", "many", ""] {
            assert_eq!(united(&[line], false).unwrap(), [line]);
        }
        assert_eq!(united(&[], false).unwrap(), [""; 0]);
    }

    #[test]
    fn lengths_that_differ_are_ambiguous_unless_chunks_override_them() {
        for lines in [
            &["2", "3"][..],
            &["2, 3"],
            &["2", "2", "x"],
            &["2,"],
            &["x", "x"],
        ] {
            assert_eq!(united(lines, false), Err(Ambiguous), "{lines:?}");
            assert_eq!(united(lines, true).unwrap(), *lines);
        }
    }
}
