//! The admin address: health, readiness and metrics.

use std::io::Write;
use std::net::TcpStream;

use crate::support::{Gate, answering, becomes, configuration, get, head, origin};

const IMAGE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 5\r\n\r\nimage";

/// An origin that answers by the path.
fn by_path(mut stream: TcpStream) {
    while let Some(request) = head(&mut stream) {
        let answer: &[u8] = match request.split(' ').nth(1).unwrap_or_default() {
            "/page" => {
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\n<p>x"
            }
            "/none" => {
                b"HTTP/1.1 404 Not Found\r\ncontent-type: image/png\r\ncontent-length: 0\r\n\r\n"
            }
            "/cut" => b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 9\r\n\r\nima",
            "/end" => return,
            _ => IMAGE,
        };
        if stream.write_all(answer).is_err() || request.contains(" /cut ") {
            return;
        }
    }
}

fn configured(url: &str, more: &str) -> String {
    format!("[origin]\nurl = \"{url}\"\n[admin]\nlisten = \"127.0.0.1:0\"\n{more}")
}

fn is_measured(admin: &str, line: &str) -> bool {
    get(admin, "/metrics").lines().any(|found| found == line)
}

#[test]
fn readiness_goes_down_before_the_service_does() {
    let file = configuration(&configured(&answering(IMAGE), "[drain]\ndelay = '4 s'"));
    let (mut gate, admin) = Gate::with_admin(&file);
    assert!(get(&admin, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(get(&admin, "/healthz").starts_with("HTTP/1.1 200"));
    gate.terminate();
    assert!(becomes(
        || get(&admin, "/readyz").starts_with("HTTP/1.1 503")
    ));
    assert!(get(&admin, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(gate.get("/").starts_with("HTTP/1.1 200"));
    assert!(gate.end().success());
}

#[test]
fn exchanges_are_counted_once_they_have_ended() {
    let file = configuration(&configured(&origin(by_path), ""));
    let (gate, admin) = Gate::with_admin(&file);
    let upload = b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc";
    assert!(gate.ask(upload).ends_with("image"));
    let head = b"HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    for request in [
        &b"GET /page HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"[..],
        head,
    ] {
        assert!(gate.ask(request).starts_with("HTTP/1.1 200"));
    }
    assert!(gate.get("/none").starts_with("HTTP/1.1 404"));
    assert!(gate.get("/end").starts_with("HTTP/1.1 502"));
    assert!(gate.get("/cut").ends_with("ima"));
    for line in [
        "streamgate_exchanges_total{decision=\"pass-through\",status=\"2xx\"} 2",
        "streamgate_exchanges_total{decision=\"stream\",status=\"2xx\"} 1",
        "streamgate_exchanges_total{decision=\"buffered\",status=\"2xx\"} 1",
        "streamgate_exchanges_total{decision=\"buffered\",status=\"4xx\"} 1",
        "streamgate_exchanges_total{decision=\"gate\",status=\"5xx\"} 1",
        "streamgate_errors_total{reason=\"connection_terminated\"} 1",
        "streamgate_errors_total{reason=\"response_unfinished\"} 1",
        "streamgate_request_body_bytes_total 3",
        "streamgate_exchange_seconds_count 6",
        "streamgate_first_byte_seconds_count 6",
        "streamgate_exchanges_under_way 0",
        "streamgate_connections 0",
        "streamgate_connections_accepted_total 6",
    ] {
        let seen = becomes(|| is_measured(&admin, line));
        assert!(seen, "{line} is not in {}", get(&admin, "/metrics"));
    }
    let metrics = get(&admin, "/metrics");
    assert!(!metrics.contains("client_gone"), "{metrics}");
}

#[test]
fn a_client_that_leaves_is_counted() {
    let url = origin(|mut stream| {
        head(&mut stream);
        std::thread::sleep(crate::support::PATIENCE);
    });
    let (gate, admin) = Gate::with_admin(&configuration(&configured(&url, "")));
    let client = gate.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let under_way = "streamgate_exchanges_under_way 1";
    assert!(becomes(|| is_measured(&admin, under_way)));
    drop(client);
    let gone = "streamgate_errors_total{reason=\"client_gone\"} 1";
    assert!(becomes(|| is_measured(&admin, gone)));
}

#[test]
fn reloads_and_refusals_are_counted() {
    let text = configured(&answering(IMAGE), "[limits]\nconnections = 1\n");
    let file = configuration(&text);
    let (gate, admin) = Gate::with_admin(&file);
    gate.signal("-HUP");
    let ok = "streamgate_reloads_total{result=\"ok\"} 1";
    assert!(becomes(|| is_measured(&admin, ok)));
    std::fs::write(&file, "origin = 5").expect("the file is written");
    let failed = "streamgate_reloads_total{result=\"failed\"} 1";
    assert!(becomes(|| is_measured(&admin, failed)));
    let _kept = gate.send(b"");
    assert!(becomes(|| is_measured(&admin, "streamgate_connections 1")));
    assert!(gate.get("/").starts_with("HTTP/1.1 503"));
    let refused = "streamgate_connections_refused_total{limit=\"limits.connections\"} 1";
    assert!(is_measured(&admin, refused));
}
