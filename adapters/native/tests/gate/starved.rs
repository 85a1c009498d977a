//! A body that makes much work, and everybody else.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Gate, configuration, head, origin};

/// Starts a gate on one thread, before an origin that answers `/bomb` with a small body that
/// decodes to `length` bytes, and anything else with an empty image.
fn gate(length: usize, limits: &str, log: std::process::Stdio) -> Gate {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(b"<!doctype html><p>").expect("a start");
    let zeros = [0; 64 * 1024];
    for _ in 0..length / zeros.len() {
        encoder.write_all(&zeros).expect("zeros");
    }
    let body = encoder.finish().expect("a body");
    let url = origin(move |mut stream| {
        while let Some(head) = head(&mut stream) {
            let (fields, body) = match head.starts_with("GET /bomb ") {
                true => (
                    "content-type: text/html\r\ncontent-encoding: gzip",
                    &body[..],
                ),
                false => ("content-type: image/png", &b""[..]),
            };
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\ncontent-length: {length}\r\n\r\n");
            let sent = stream.write_all(head.as_bytes());
            if sent.and_then(|()| stream.write_all(body)).is_err() {
                return;
            }
        }
    });
    let file = configuration(&format!("[origin]\nurl = \"{url}\"\n[limits]\n{limits}\n"));
    Gate::logging(&["--config", file.to_str().expect("a path")], log)
}

const BOMB: &[u8] = b"GET /bomb HTTP/1.1\r\nhost: gate.test\r\naccept-encoding: gzip\r\n\r\n";

#[test]
fn other_clients_are_served_while_a_body_makes_work() {
    let gate = gate(
        192 << 20,
        "max_decoded = \"off\"",
        std::process::Stdio::null(),
    );
    let mut other = gate.send(b"");
    let mut ask = || {
        let start = Instant::now();
        other
            .write_all(b"GET /x HTTP/1.1\r\nhost: gate.test\r\n\r\n")
            .expect("the request leaves");
        assert!(head(&mut other).expect("an answer").contains("image/png"));
        start.elapsed()
    };
    ask();
    let mut bomb = gate.send(BOMB);
    head(&mut bomb).expect("a head");
    let mut waits: Vec<Duration> = (0..50).map(|_| ask()).collect();
    bomb.set_nonblocking(true).expect("a socket");
    let mut piece = [0; 64 * 1024];
    let going_on = loop {
        match bomb.read(&mut piece) {
            Ok(0) => break false,
            Ok(read) if piece[..read].ends_with(b"0\r\n\r\n") => break false,
            Ok(_) => {}
            Err(_) => break true,
        }
    };
    assert!(going_on, "the body is too short for this test");
    waits.sort();
    assert!(waits[25] < Duration::from_millis(100), "{waits:?}");
}

#[test]
fn a_body_over_the_limit_is_broken_off_with_a_reason_in_the_log() {
    let (mut log, writer) = std::io::pipe().expect("a pipe");
    let mut gate = gate(4 << 20, "max_decoded = \"1 MiB\"", writer.into());
    let mut client = gate.send(BOMB);
    head(&mut client).expect("a head");
    let mut body = Vec::new();
    let _ = client.read_to_end(&mut body);
    assert!(!body.ends_with(b"0\r\n\r\n"), "a clean end");
    gate.terminate();
    gate.end();
    drop(gate);
    let mut lines = String::new();
    log.read_to_string(&mut lines).expect("the log");
    assert!(lines.contains("more than limits.max_decoded"), "{lines}");
}
