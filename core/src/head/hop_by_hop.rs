//! Fields that belong to one connection and never cross the gate (RFC 9110 §7.6.1).

use http::{HeaderMap, HeaderName, header};

use super::remove;

/// Returns whether a field is hop-by-hop by definition, whether or not `Connection` names it.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "http2-settings"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-authentication-info"
            | "te"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The fields that stay even if `Connection` names them, because a body or a routing decision
/// depends on them.
static KEPT: [HeaderName; 5] = [
    HeaderName::from_static("cdn-loop"),
    header::CONTENT_LENGTH,
    header::HOST,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
];

/// Removes the hop-by-hop fields. A `Content-Length` beside a `Transfer-Encoding` was overridden by
/// it and is removed too, lest the next hop frame by it (RFC 9112 §6.3). Removes at the same time
/// what is `unwanted` for another reason: to remove makes the head anew.
pub(crate) fn strip(head: &mut HeaderMap, unwanted: impl Fn(&HeaderName) -> bool) {
    let named: Vec<HeaderName> = head
        .get_all(header::CONNECTION)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        // Mostly `keep-alive`, which goes anyway.
        .filter(|name| !is_hop_by_hop(name))
        .filter_map(|name| HeaderName::try_from(name).ok())
        .filter(|name| !KEPT.contains(name))
        .collect();
    let overridden = head.contains_key(header::TRANSFER_ENCODING);
    remove(head, |name| {
        is_hop_by_hop(name.as_str())
            || named.contains(name)
            || (overridden && name == header::CONTENT_LENGTH)
            || unwanted(name)
    });
}

/// Returns whether a message has a transfer coding other than a single `chunked`. HTTP
/// implementations remove `chunked` by themselves, and leave other codings on the body (RFC 9112
/// §6.1).
#[must_use]
pub(crate) fn is_coded_for_transfer(head: &HeaderMap) -> bool {
    let mut codings = head
        .get_all(header::TRANSFER_ENCODING)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty());
    codings
        .next()
        .is_some_and(|coding| !coding.eq_ignore_ascii_case(b"chunked") || codings.next().is_some())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn fields_of_the_connection_and_those_it_names_are_removed() {
        let mut head = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Private"),
            ("connection", "content-length"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("content-length", "3"),
            ("x-public", "1"),
        ] {
            head.append(name, HeaderValue::from_static(value));
        }
        strip(&mut head, |_| false);
        let left: Vec<_> = head.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["content-length", "x-public"]);
    }

    #[test]
    fn a_content_length_that_chunks_override_is_removed() {
        let mut head = HeaderMap::new();
        head.insert(header::CONTENT_LENGTH, HeaderValue::from_static("5"));
        head.insert(
            header::TRANSFER_ENCODING,
            HeaderValue::from_static("chunked"),
        );
        strip(&mut head, |_| false);
        assert!(head.is_empty());
    }

    #[test]
    fn a_single_chunked_is_no_coding_that_is_left() {
        for (lines, coded) in [
            (&[][..], false),
            (&["chunked"], false),
            (&["Chunked ,"], false),
            (&["gzip, chunked"], true),
            (&["gzip", "chunked"], true),
            (&["chunked, chunked"], true),
            (&["identity"], true),
        ] {
            let mut head = HeaderMap::new();
            for line in lines {
                head.append(header::TRANSFER_ENCODING, HeaderValue::from_static(line));
            }
            assert_eq!(is_coded_for_transfer(&head), coded, "{lines:?}");
        }
    }
}
