//! A log that nobody reads, or that cannot be written.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Gate, answering, becomes, configuration, head};

const EMPTY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 0\r\n\r\n";

/// More requests than a pipe has room for the lines of.
const MANY: usize = 3000;

fn ask(client: &mut TcpStream) -> String {
    client
        .write_all(b"GET /some/path HTTP/1.1\r\nhost: gate.test\r\n\r\n")
        .expect("the request leaves");
    head(client).expect("an answer")
}

fn serves_and_ends(mut gate: Gate, requests: usize) {
    let mut client = gate.send(b"");
    for _ in 0..requests {
        assert!(ask(&mut client).starts_with("HTTP/1.1 200"));
    }
    drop(client);
    let start = Instant::now();
    gate.terminate();
    assert!(gate.end().success());
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_log_without_a_reader_is_dropped() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let gate = Gate::logging(&["--origin", &answering(EMPTY)], writer.into());
    serves_and_ends(gate, 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_on_a_full_disk_is_dropped() {
    let full = std::fs::File::options().write(true).open("/dev/full");
    let full = full.expect("a full disk");
    let gate = Gate::logging(&["--origin", &answering(EMPTY)], full.into());
    serves_and_ends(gate, 3);
}

#[test]
fn a_log_that_is_not_read_stops_nobody() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let gate = Gate::logging(&["--origin", &answering(EMPTY)], writer.into());
    serves_and_ends(gate, MANY);
    drop(reader);
}

#[test]
fn a_log_that_is_read_is_complete() {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let gate = Gate::logging(&["--origin", &answering(EMPTY)], writer.into());
    let read = std::thread::spawn(move || {
        let mut log = String::new();
        reader.read_to_string(&mut log).expect("a log");
        log
    });
    serves_and_ends(gate, MANY);
    let log = read.join().expect("the log");
    assert_eq!(log.matches("GET /some/path 200").count(), MANY);
}

#[test]
fn a_hangup_reloads_the_configuration() {
    let file = configuration(&format!("[origin]\nurl = \"{}\"\n", answering(EMPTY)));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let arguments = ["--config", file.to_str().expect("a path")];
    let gate = Gate::logging(&arguments, writer.into());
    gate.signal("-HUP");
    let mut line = String::new();
    BufReader::new(reader).read_line(&mut line).expect("a line");
    assert!(line.ends_with(" reloaded\n"), "{line}");
    assert!(gate.get("/").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_hangup_does_not_end_a_gate_without_a_file() {
    let gate = Gate::logging(&["--origin", &answering(EMPTY)], Stdio::null());
    gate.signal("-HUP");
    std::thread::sleep(Duration::from_millis(200));
    assert!(becomes(|| gate.get("/").starts_with("HTTP/1.1 200")));
}
