//! Whole exchanges over an edge in memory: what the origin gets of a body that comes back.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(
    unreachable_pub,
    missing_docs,
    dead_code,
    reason = "seen by this test alone"
)]
mod support;

use bytes::Bytes;
use support::{Seen, Uploaded, exchange, gate, request, scripted};

const JSON: (&str, &str) = ("content-type", "application/json");
const PAGE: (&str, &str) = ("origin", "https://www.example.com");
const BODY: &str = "{\"u\":\"https://www.example.com/a\"}";
const MAPPED: &str = "{\"u\":\"https://origin.example.com/a\"}";

fn sent(more: &str, fields: &[(&str, &str)], body: &'static str) -> Seen {
    let request = request("POST", fields).map(|_| Some(Bytes::from_static(body.as_bytes())));
    exchange(&gate(more), request, &|_| Ok(scripted(204, &[], &[])))
}

fn length(seen: &Seen) -> Option<&str> {
    let head = seen.requests.last()?.headers();
    head.get("content-length")
        .map(|length| length.to_str().unwrap())
}

#[test]
fn a_body_of_known_length_is_read_and_gets_its_new_length() {
    let seen = sent("", &[JSON, PAGE, ("content-length", "33")], BODY);
    assert_eq!(BODY.len(), 33);
    assert_eq!(seen.uploaded, Some(Uploaded::Whole(MAPPED.into())));
    assert_eq!(length(&seen), Some("36"));
}

#[test]
fn a_body_of_unknown_length_is_mapped_while_it_streams() {
    let seen = sent("", &[JSON, PAGE], BODY);
    assert_eq!(seen.uploaded, Some(Uploaded::Streamed(MAPPED.into())));
    assert_eq!(length(&seen), None);
}

#[test]
fn a_body_that_is_not_mapped_is_left_to_the_platform() {
    let length = ("content-length", "33");
    let limit = "[map]\nback_limit = 32";
    let off = "[map]\nback = false";
    for (more, fields) in [
        ("", &[JSON, length][..]),
        ("", &[JSON, PAGE, length, ("content-encoding", "gzip")]),
        (limit, &[JSON, PAGE, length]),
        (off, &[JSON, PAGE, length]),
        (off, &[JSON, PAGE]),
    ] {
        let seen = sent(more, fields, BODY);
        let unmodified = Some(Uploaded::Unmodified(BODY.into()));
        assert_eq!(seen.uploaded, unmodified, "{more} {fields:?}");
    }
}

#[test]
fn a_client_that_breaks_off_is_answered_with_400_and_the_origin_gets_nothing() {
    let broken = "{\"u\":\"https://www.example.com/\0";
    for fields in [&[JSON, PAGE, ("content-length", "33")][..], &[JSON, PAGE]] {
        let seen = sent("", fields, broken);
        assert_eq!(seen.head.status(), 400, "{fields:?}");
        assert_eq!(seen.requests.len(), 0, "{fields:?}");
    }
    // A platform that takes the end of the connection for that of the body.
    let seen = sent("", &[JSON, PAGE, ("content-length", "34")], BODY);
    assert_eq!((seen.head.status().as_u16(), seen.requests.len()), (400, 0));
    let seen = sent("", &[JSON, PAGE, ("content-length", "32")], BODY);
    assert_eq!((seen.head.status().as_u16(), seen.requests.len()), (400, 0));
}
