//! What one exchange looks like from both sides.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;

use crate::support::{Gate, PATIENCE, answering, head, origin};

#[test]
fn an_upgraded_connection_carries_bytes_both_ways() {
    let url = origin(|mut stream| {
        let request = head(&mut stream).expect("a request");
        assert!(request.contains("upgrade: shout"), "{request}");
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: shout\r\n\r\nhello ";
        stream.write_all(answer).expect("the upgrade");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("what is said");
        heard.make_ascii_uppercase();
        stream.write_all(&heard).expect("the answer");
    });
    let gate = Gate::start(&["--origin", &url]);
    let mut client = gate.send(
        b"GET /chat HTTP/1.1\r\nhost: gate.test\r\nconnection: upgrade\r\nupgrade: shout\r\n\r\nis there ",
    );
    let answer = head(&mut client).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.contains("upgrade: shout"), "{answer}");
    client.write_all(b"anybody").expect("a word");
    client.shutdown(Shutdown::Write).expect("silence");
    let mut heard = String::new();
    client.read_to_string(&mut heard).expect("what is said");
    assert_eq!(heard, "hello IS THERE ANYBODY");
}

#[test]
fn a_client_that_goes_away_ends_the_fetch() {
    for media_type in ["text/html", "image/png"] {
        let (sender, ended) = mpsc::channel();
        let url = origin(move |mut stream| {
            head(&mut stream);
            let start = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n"
            );
            stream.write_all(start.as_bytes()).expect("the start");
            // Ends when the gate does, whether in order or not.
            let _ = stream.read(&mut [0]);
            sender.send(()).expect("the test waits");
        });
        let gate = Gate::start(&["--origin", &url]);
        let mut client = gate.send(b"GET / HTTP/1.1\r\nhost: gate.test\r\n\r\n");
        head(&mut client).expect("a head");
        drop(client);
        ended.recv_timeout(PATIENCE).expect(media_type);
    }
}

#[test]
fn a_client_that_goes_away_before_the_head_ends_the_fetch() {
    let (sender, events) = mpsc::channel();
    let url = origin(move |mut stream| {
        head(&mut stream);
        sender.send("asked").expect("the test waits");
        let _ = stream.read(&mut [0]);
        sender.send("ended").expect("the test waits");
    });
    let gate = Gate::start(&["--origin", &url]);
    let client = gate.send(b"GET / HTTP/1.1\r\nhost: gate.test\r\n\r\n");
    assert_eq!(events.recv_timeout(PATIENCE), Ok("asked"));
    drop(client);
    assert_eq!(events.recv_timeout(PATIENCE), Ok("ended"));
}

#[test]
fn what_came_before_an_origin_broke_off_reaches_the_client_and_its_end_does_not() {
    let cases: [&'static [u8]; 2] = [
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n",
    ];
    for case in cases {
        let url = origin(move |mut stream| {
            head(&mut stream);
            stream.write_all(case).expect("the start");
        });
        let gate = Gate::start(&["--origin", &url]);
        let answer = gate.get("/");
        assert!(answer.ends_with("first\r\n"), "{answer}");
    }
}

#[test]
fn a_body_that_only_the_connections_end_would_end_is_reset_when_it_breaks_off() {
    let url = origin(|mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        stream.write_all(start).expect("the start");
    });
    let gate = Gate::start(&["--origin", &url]);
    let mut client = gate.send(b"GET / HTTP/1.0\r\nhost: gate.test\r\n\r\n");
    let error = client.read_to_end(&mut Vec::new()).expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_request_without_a_host_is_answered() {
    let url =
        answering(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\nhello");
    let gate = Gate::start(&["--origin", &url]);
    let answer = gate.ask(b"GET / HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(answer.contains("content-length: 5\r\n"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let gate = Gate::start(&["--origin", "http://127.0.0.1:9"]);
    let request = format!(
        "GET / HTTP/1.1\r\nhost: gate.test\r\ncookie: {}",
        "x".repeat(300_000)
    );
    let mut client = gate.send(request.as_bytes());
    let mut answer = [0; 12];
    client.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 431");
}

#[test]
fn trailers_reach_a_client_that_takes_them() {
    let url = answering(
        b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n3\r\npng\r\n0\r\nx-sum: 7\r\n\r\n",
    );
    let gate = Gate::start(&["--origin", &url]);
    let answer = gate
        .ask(b"GET / HTTP/1.1\r\nhost: gate.test\r\nte: trailers\r\nconnection: te, close\r\n\r\n");
    assert!(answer.contains("trailer: x-sum\r\n"), "{answer}");
    assert!(
        answer.ends_with("3\r\npng\r\n0\r\nx-sum: 7\r\n\r\n"),
        "{answer}"
    );
}

#[test]
fn fields_keep_their_order_their_number_and_their_bytes() {
    let url = answering(
        b"HTTP/1.1 200 Fine\r\nx-b: 1\r\nset-cookie: b=1\r\nset-cookie: a=caf\xe9; Path=/\r\nx-a: 2\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\npng",
    );
    let gate = Gate::start(&["--origin", &url]);
    let mut answer = Vec::new();
    gate.send(b"GET / HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\r\n")
        .read_to_end(&mut answer)
        .expect("an answer");
    let expected = b"HTTP/1.1 200 Fine\r\nx-b: 1\r\nset-cookie: b=1\r\nset-cookie: a=caf\xe9; Path=/\r\nx-a: 2\r\ncontent-type: image/png\r\ncontent-length: 3\r\n";
    assert!(
        answer.starts_with(expected),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    assert!(answer.ends_with(b"\r\n\r\npng"));
}

#[test]
fn a_request_body_flows_while_it_is_sent() {
    let url = origin(|mut stream| {
        let request = head(&mut stream).expect("a request");
        assert!(!request.contains("expect:"), "{request}");
        let mut first = [0; 10];
        stream.read_exact(&mut first).expect("the first chunk");
        assert_eq!(&first, b"5\r\nfirst\r\n");
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\npng";
        stream.write_all(answer).expect("an answer");
        let _ = stream.read(&mut [0]);
    });
    let gate = Gate::start(&["--origin", &url]);
    let mut client = gate.send(
        b"POST / HTTP/1.1\r\nhost: gate.test\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    assert_eq!(
        head(&mut client).as_deref(),
        Some("HTTP/1.1 100 Continue\r\n\r\n")
    );
    client.write_all(b"5\r\nfirst\r\n").expect("a chunk");
    let answer = head(&mut client).expect("an answer before the request's end");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
