//! `CDN-Loop` (RFC 8586), by which a gate knows a request that it has sent on before: its origin
//! leads back to it, by the configuration or by a record of the DNS.

use http::{HeaderMap, HeaderName};

use super::{digits, list};

const CDN_LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// Returns whether a gate of the configuration with this fingerprint has sent the request on.
pub(crate) fn has_passed(head: &HeaderMap, fingerprint: u64) -> bool {
    if !head.contains_key(CDN_LOOP) {
        return false;
    }
    let own = id(fingerprint);
    let mut ids = head
        .get_all(CDN_LOOP)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .filter_map(|info| info.split(|&byte| byte == b';').next());
    ids.any(|id| id.trim_ascii() == own)
}

/// Says that a gate of the configuration with this fingerprint sends the request on.
pub(super) fn pass(head: &mut HeaderMap, fingerprint: u64) {
    list::append(head, &CDN_LOOP, &id(fingerprint));
}

/// Returns the *cdn-id* of the gates of one configuration, a pseudonym. Gates of different
/// configurations may stand one behind the other: each has an identifier of its own.
fn id(fingerprint: u64) -> Vec<u8> {
    [b"streamgate-", &digits(fingerprint)[..]].concat()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_gate_knows_its_own_requests_and_no_others() {
        let mut head = HeaderMap::new();
        assert!(!has_passed(&head, 1));
        pass(&mut head, 1);
        assert_eq!(head["cdn-loop"], "streamgate-0000000000000001");
        assert!(has_passed(&head, 1));
        assert!(!has_passed(&head, 2));
        pass(&mut head, 2);
        assert_eq!(
            head["cdn-loop"],
            "streamgate-0000000000000001, streamgate-0000000000000002"
        );
        assert!(has_passed(&head, 1) && has_passed(&head, 2));
    }

    #[test]
    fn identifiers_are_read_among_parameters_and_in_every_line() {
        for (lines, passed) in [
            (
                &["cloudflare; loops=1, streamgate-000000000000000a ; v=1"][..],
                true,
            ),
            (&["Fastly", "streamgate-000000000000000a"], true),
            (&["x; a=streamgate-000000000000000a"], false),
            (&["streamgate-000000000000000ab"], false),
            (&[""], false),
        ] {
            let mut head = HeaderMap::new();
            for line in lines {
                head.append(CDN_LOOP, HeaderValue::from_static(line));
            }
            assert_eq!(has_passed(&head, 10), passed, "{lines:?}");
        }
    }
}
