//! Requests that other runtimes refuse or change before the gate sees them.

use std::io::{Write, copy};
use std::net::TcpStream;
use std::sync::OnceLock;
use std::sync::mpsc;

use crate::support::{Gate, PATIENCE, answering, configuration, head, origin};

const PNG: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\npng";

/// Sends a request through a gate, and returns the head that the origin got and the answer.
fn through(request: &[u8], answer: &'static [u8]) -> (String, String) {
    let (sender, requests) = mpsc::channel();
    let url = origin(move |mut stream| {
        while let Some(request) = head(&mut stream) {
            sender.send(request).expect("the test waits");
            stream.write_all(answer).expect("an answer");
        }
    });
    let gate = Gate::start(&["--origin", &url]);
    let mut client = gate.send(request);
    let answer = head(&mut client).expect("an answer");
    let received = requests.recv_timeout(PATIENCE).expect("a request");
    (received, answer)
}

#[test]
fn a_request_that_does_not_say_what_it_wants_is_refused() {
    let gate = Gate::start(&["--origin", &answering(PNG)]);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n", "400"),
        ("GET http://gate.test/ HTTP/1.1\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost: a.test\r\nhost: a.test\r\n", "400"),
        (
            "GET / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 2, 2\r\n",
            "400",
        ),
        (
            "POST / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: gzip, chunked\r\n",
            "501",
        ),
        (
            "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: h2c\r\n",
            "200",
        ),
        (
            "TRACE / HTTP/1.1\r\nhost: a.test\r\nmax-forwards: 0\r\n",
            "501",
        ),
        ("GET / HTTP/1.0\r\n", "200"),
    ] {
        let mut client = gate.send(format!("{request}\r\n").as_bytes());
        let answer = head(&mut client).expect("an answer");
        assert_eq!(answer.get(9..12), Some(status), "{request} {answer}");
    }
}

#[test]
fn an_upgrade_in_http_1_0_is_ignored() {
    let request = b"GET / HTTP/1.0\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let (received, answer) = through(request, PNG);
    assert!(!received.contains("upgrade"), "{received}");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
}

#[test]
fn an_origin_cannot_switch_to_what_it_was_not_offered() {
    let request =
        b"GET / HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: h2c, x\r\n\r\n";
    let switch = b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n";
    let (received, answer) = through(request, switch);
    assert!(received.contains("upgrade: x\r\n"), "{received}");
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
}

#[test]
fn te_ends_at_the_gate() {
    let request = b"GET / HTTP/1.1\r\nhost: a.test\r\nte: trailers\r\nconnection: te\r\n\r\n";
    let (received, _) = through(request, PNG);
    assert!(!received.contains("\r\nte:"), "{received}");
    assert!(!received.contains("connection:"), "{received}");
}

#[test]
fn a_get_has_the_body_that_it_came_with() {
    let (sender, bodies) = mpsc::channel();
    let url = origin(move |mut stream| {
        let request = head(&mut stream).expect("a request");
        assert!(request.contains("transfer-encoding: chunked"), "{request}");
        let mut body = String::new();
        while !body.ends_with("0\r\n\r\n") {
            body += &head(&mut stream).expect("a body");
        }
        sender.send(body).expect("the test waits");
    });
    let gate = Gate::start(&["--origin", &url]);
    let request = b"GET / HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let _client = gate.send(request);
    let body = bodies.recv_timeout(PATIENCE).expect("a body");
    assert_eq!(body, "5\r\nhello\r\n0\r\n\r\n");
}

/// Forwards requests to the gate at `address`, as a name that leads back to it would.
fn back_to(address: &'static OnceLock<String>) -> String {
    origin(move |mut stream: TcpStream| {
        let request = head(&mut stream).expect("a request");
        let last = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        let address = address.get().expect("the gate listens");
        let mut gate = TcpStream::connect(address).expect("the gate accepts");
        gate.write_all(last.as_bytes())
            .expect("it takes the request");
        copy(&mut gate, &mut stream).expect("an answer");
    })
}

#[test]
fn a_gate_whose_origin_leads_back_to_it_answers_508() {
    static GATE: OnceLock<String> = OnceLock::new();
    let gate = Gate::start(&["--origin", &back_to(&GATE)]);
    GATE.set(gate.address().to_owned()).expect("set once");
    let mut client = gate.send(b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n");
    let answer = head(&mut client).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 508"), "{answer}");
    assert!(answer.contains("error=proxy_loop_detected"), "{answer}");
}

#[test]
fn gates_may_stand_one_behind_the_other() {
    let behind = Gate::start(&["--origin", &answering(PNG)]);
    let text = format!("origin.url = 'http://{}'\n", behind.address());
    let file = configuration(&text);
    let front = Gate::start(&["--config", file.to_str().expect("a path")]);
    let answer = front.get("/");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn odd_lines_of_an_origins_head_do_not_cost_its_page() {
    let odd = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nx-spaced : 1\r\nno colon\r\nbad name: 2\r\nx[: 3\r\n: 4\r\nx-bell: a\x07b\r\nx-folded: a\r\n b\r\ncontent-length: 3\r\nx-last: 5\r\n\r\npng";
    let gate = Gate::start(&["--origin", &answering(odd)]);
    let answer = gate.get("/");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for line in ["x-spaced: 1\r\n", "x-last: 5\r\n", "content-length: 3\r\n"] {
        assert!(answer.contains(line), "{answer}");
    }
    for word in ["no colon", "bad name", "x[", "\x07"] {
        assert!(!answer.contains(word), "{answer}");
    }
    assert!(answer.ends_with("\r\n\r\npng"), "{answer}");
}
