//! Spans on their way to a collector.

use std::io::{BufRead, Read, Write};
use std::process::Stdio;
use std::sync::mpsc;

use crate::support::{Gate, PATIENCE, answering, becomes, configuration, get, head, origin};

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 26\r\n\r\n\
    <p>https://o.example/a</p>";

/// A request that is part of a trace, and holds a secret wherever one may be.
const ASKED: &[u8] = b"GET /news?token=SECRET HTTP/1.1\r\nhost: www.test\r\ncookie: s=SECRET\r\n\
    traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\
    connection: close\r\n\r\n";

/// The trace and its parent, as OTLP has them.
const TRACE: [u8; 16] = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
const PARENT: [u8; 8] = 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes();

/// Starts a collector, and returns its URL and what it gets: heads and bodies of requests.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let (sender, got) = mpsc::channel();
    let url = origin(move |mut stream| {
        while let Some(head) = head(&mut stream) {
            let length = head.to_ascii_lowercase();
            let length = length.split_once("content-length: ").expect(&head).1;
            let length = length.lines().next().expect(&head).trim().parse();
            let mut body = vec![0; length.expect(&head)];
            stream.read_exact(&mut body).expect("a body");
            sender.send((head, body)).expect("a test");
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).expect("an answer");
        }
    });
    (url, got)
}

fn gate(collector: &str, url: &str, more: &str) -> (Gate, String) {
    let file = configuration(&format!(
        "[origin]\nurl = '{url}'\naliases = ['https://o.example']\n\
         [admin]\nlisten = '127.0.0.1:0'\n[gate]\n{more}"
    ));
    let arguments = ["--config", file.to_str().expect("a path")];
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector)];
    let (gate, mut stdout) = Gate::in_environment(&arguments, Stdio::null(), &variables);
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let admin = line.trim_end().strip_prefix("admin.listen is http://");
    (gate, admin.expect(&line).to_owned())
}

#[test]
fn a_client_that_leaves_before_the_head_has_a_span() {
    let (url, got) = collector();
    let (asked, is_asked) = mpsc::channel();
    let silent = origin(move |mut stream| {
        head(&mut stream).expect("a request");
        asked.send(()).expect("a test");
        // Until the gate gives the page up.
        let _ = stream.read(&mut [0; 64]);
    });
    let (gate, _) = gate(&url, &silent, "trace_context = 'span'");
    let client = gate.send(ASKED);
    is_asked.recv_timeout(PATIENCE).expect("a request");
    drop(client);
    let (_, body) = got.recv_timeout(PATIENCE).expect("a span");
    assert!(contains(&body, &TRACE) && contains(&body, &PARENT));
    assert!(contains(&body, b"client_gone"));
}

#[test]
fn a_collector_that_refuses_spans_is_told_by_its_status_alone() {
    let url = answering(
        b"HTTP/1.1 403 Forbidden\r\ncontent-length: 9\r\nconnection: close\r\n\r\nTHEIR KEY",
    );
    let file = configuration(&format!(
        "[origin]\nurl = '{}'\n[gate]\ntrace_context = 'span'\n[drain]\ndelay = 'off'",
        answering(PAGE)
    ));
    let arguments = ["--config", file.to_str().expect("a path")];
    let (mut log, writer) = std::io::pipe().expect("a pipe");
    let collector = format!("{url}/a?key=SECRET");
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*collector)];
    let (mut gate, _stdout) = Gate::in_environment(&arguments, writer.into(), &variables);
    gate.ask(ASKED);
    gate.terminate();
    assert!(gate.end().success());
    let mut said = String::new();
    log.read_to_string(&mut said).expect("the log");
    assert!(said.contains("the collector does not take spans"), "{said}");
    assert!(said.contains("it answers with 403"), "{said}");
    for secret in ["SECRET", "THEIR KEY"] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

#[test]
fn an_endpoint_that_is_none_is_told_at_the_start() {
    let file = configuration(&format!("[origin]\nurl = '{}'\n", answering(PAGE)));
    let arguments = ["--config", file.to_str().expect("a path")];
    let (log, writer) = std::io::pipe().expect("a pipe");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")];
    let (gate, _stdout) = Gate::in_environment(&arguments, writer.into(), &variables);
    let mut line = String::new();
    let mut log = std::io::BufReader::new(log);
    log.read_line(&mut line).expect("a line");
    assert!(line.contains("no spans are exported"), "{line}");
    assert!(
        line.contains("OTEL_EXPORTER_OTLP_ENDPOINT is no URL"),
        "{line}"
    );
    // The gate serves all the same.
    assert!(gate.get("/").starts_with("HTTP/1.1 200"));
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn an_exchange_is_a_span_of_its_trace() {
    let (url, got) = collector();
    let (gate, _) = gate(&url, &answering(PAGE), "trace_context = 'span'");
    assert!(gate.ask(ASKED).contains("http://www.test/a"));
    let (head, body) = got.recv_timeout(PATIENCE).expect("a span");
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(contains(&body, &TRACE) && contains(&body, &PARENT));
    for word in [
        "service.name",
        "streamgate",
        "GET",
        "http.request.method",
        "http.response.status_code",
        "url.path",
        "/news",
        "url.scheme",
        "client.address",
        "127.0.0.1",
        "network.protocol.version",
        "http.response.body.size",
        "streamgate.decision",
        "streamgate.urls",
    ] {
        assert!(contains(&body, word.as_bytes()), "{word}");
    }
    for secret in ["SECRET", "token", "www.test"] {
        assert!(!contains(&body, secret.as_bytes()), "{secret}");
    }
}

#[test]
fn spans_that_wait_at_the_end_are_sent() {
    let (url, got) = collector();
    let (mut gate, _) = gate(
        &url,
        &answering(PAGE),
        "trace_context = 'span'\n[drain]\ndelay = 'off'",
    );
    for _ in 0..3 {
        gate.ask(ASKED);
    }
    gate.terminate();
    assert!(gate.end().success());
    let bodies: Vec<u8> = got.try_iter().flat_map(|(_, body)| body).collect();
    let spans = bodies.windows(TRACE.len()).filter(|it| *it == TRACE);
    assert_eq!(spans.count(), 3);
}

#[test]
fn without_a_collector_exchanges_go_on_and_spans_are_counted_as_lost() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let (gate, admin) = gate(&url, &answering(PAGE), "trace_context = 'span'");
    for _ in 0..3 {
        assert!(gate.ask(ASKED).starts_with("HTTP/1.1 200"));
    }
    let lost = "\nstreamgate_spans_lost_total 3\n";
    assert!(becomes(|| get(&admin, "/metrics").contains(lost)));
    assert!(gate.ask(ASKED).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_trace_that_is_not_sampled_or_has_no_span_of_the_gates_is_not_exported() {
    let (url, got) = collector();
    let unsampled = String::from_utf8_lossy(ASKED).replace("b7-01", "b7-00");
    let drain = "[drain]\ndelay = 'off'";
    let (mut spanning, _) = gate(
        &url,
        &answering(PAGE),
        &format!("trace_context = 'span'\n{drain}"),
    );
    let (mut passing, _) = gate(&url, &answering(PAGE), drain);
    spanning.ask(unsampled.as_bytes());
    passing.ask(ASKED);
    spanning.ask(ASKED);
    for gate in [&mut spanning, &mut passing] {
        gate.terminate();
        assert!(gate.end().success());
    }
    let bodies: Vec<u8> = got.try_iter().flat_map(|(_, body)| body).collect();
    let spans = bodies.windows(TRACE.len()).filter(|it| *it == TRACE);
    assert_eq!(spans.count(), 1);
}
