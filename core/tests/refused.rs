//! Requests that no origin gets, and answers of origins that no client gets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(
    unreachable_pub,
    missing_docs,
    dead_code,
    reason = "seen by this test alone"
)]
mod support;

use bytes::Bytes;
use http::Request;
use support::{Seen, exchange, gate, request, scripted};

/// Runs an exchange with an origin that must not be asked.
fn answered(request: Request<Option<Bytes>>) -> Seen {
    exchange(&gate(""), request, &|_| panic!("the origin was asked"))
}

/// Returns a request for another target.
fn asking(target: &str, mut request: Request<Option<Bytes>>) -> Request<Option<Bytes>> {
    *request.uri_mut() = target.parse().unwrap();
    request
}

#[test]
fn what_cannot_be_sent_on_is_refused() {
    let coded = [("transfer-encoding", "gzip, chunked")];
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    for (request, status, error) in [
        (asking("/", request("GET", &[])), 400, "http_request_error"),
        (request("POST", &coded), 501, "http_request_denied"),
        (request("GET", &upgrade), 501, "http_request_denied"),
        (
            request("TRACE", &[("max-forwards", "0")]),
            501,
            "http_request_denied",
        ),
        (
            asking("*", request("GET", &[("host", "a")])),
            400,
            "http_request_error",
        ),
    ] {
        let told = format!("{request:?}");
        let seen = answered(request);
        assert_eq!(seen.head.status(), status, "{told}");
        let expected = format!("streamgate; error={error}");
        assert_eq!(seen.field("proxy-status"), Some(&*expected), "{told}");
    }
}

#[test]
fn a_request_that_comes_back_is_a_loop() {
    let origin = |_: &_| Ok(scripted(200, &[], &[]));
    let sent = exchange(&gate(""), request("GET", &[]), &origin).requests;
    let passed = sent[0].headers()["cdn-loop"].to_str().unwrap();
    let seen = answered(request("GET", &[("cdn-loop", passed)]));
    assert_eq!(seen.head.status(), 508);
    let expected = "streamgate; error=proxy_loop_detected";
    assert_eq!(seen.field("proxy-status"), Some(expected));

    let other = gate("buffer_limit = 1");
    let behind = exchange(&other, request("GET", &[("cdn-loop", passed)]), &origin);
    assert_eq!(behind.head.status(), 200);
}

#[test]
fn options_end_at_the_gate_where_they_say_so() {
    for request in [
        request("OPTIONS", &[("max-forwards", "0")]),
        asking("*", request("OPTIONS", &[("host", "www.example.com")])),
    ] {
        let seen = answered(request);
        assert_eq!(seen.head.status(), 200);
        assert_eq!(seen.field("content-length"), Some("0"));
        assert_eq!(seen.field("streamgate"), Some("buffered; reason=options"));
    }
}

#[test]
fn a_protocol_that_was_not_offered_is_not_switched_to() {
    let seen = exchange(&gate(""), request("GET", &[]), &|_| {
        Ok(scripted(101, &[("upgrade", "websocket")], &[]))
    });
    assert_eq!(seen.head.status(), 502);
}

#[test]
fn a_body_that_is_coded_for_its_transfer_reaches_nobody() {
    for coding in ["gzip, chunked", "gzip", "chunked, chunked", "identity"] {
        for media_type in ["text/html", "image/png"] {
            let fields = [("content-type", media_type), ("transfer-encoding", coding)];
            let seen = exchange(&gate(""), request("GET", &[]), &|_| {
                Ok(scripted(200, &fields, &["coded"]))
            });
            assert_eq!(seen.head.status(), 502, "{coding} {media_type}");
        }
    }
}
