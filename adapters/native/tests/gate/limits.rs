//! What there may only be so much of: beyond it a clear refusal, and the others are served on.

use std::io::{Read, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use crate::support::{
    GET, Gate, OK, PATIENCE, answering, ask, becomes, configured, head, origin, says,
};

fn limited(url: &str, limits: &str) -> (Gate, std::io::PipeReader) {
    configured(&format!("[origin]\nurl = \"{url}\"\n[limits]\n{limits}\n"))
}

/// Starts an origin that tells everything that it gets on a connection, until its end.
fn listening() -> (String, Receiver<Vec<u8>>) {
    let (sender, got) = mpsc::channel();
    let url = origin(move |mut stream| {
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let _ = sender.send(all);
    });
    (url, got)
}

#[test]
fn a_body_that_is_announced_too_long_is_a_413_and_goes_nowhere() {
    let (url, got) = listening();
    let (gate, log) = limited(&url, "request_body = '1 KiB'");
    let body = vec![b'x'; 4 * 1024 * 1024];
    let mut client = gate.send(b"");
    let start = format!(
        "POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(start.as_bytes()).expect("the head leaves");
    // A client that reads its answer only after its body gets the answer, and no reset.
    client.write_all(&body).expect("the body leaves");
    let head = head(&mut client).expect("an answer");
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    assert!(got.try_recv().is_err(), "the origin got something");
    says(log, "4194304 bytes, of 1024 allowed");
}

#[test]
fn a_body_that_becomes_too_long_is_a_413_and_has_no_end_for_the_origin() {
    for kind in ["application/octet-stream", "text/plain"] {
        let (url, got) = listening();
        let (gate, log) = limited(&url, "request_body = '1 KiB'");
        let start = format!(
            "POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-type: {kind}\r\n\
             transfer-encoding: chunked\r\n\r\n"
        );
        let mut client = gate.send(start.as_bytes());
        for _ in 0..3 {
            let chunk = [&b"200\r\n"[..], &[b'x'; 512], b"\r\n"].concat();
            client.write_all(&chunk).expect("a chunk leaves");
        }
        client.write_all(b"0\r\n\r\n").expect("the end leaves");
        let head = head(&mut client).expect("an answer");
        assert!(head.starts_with("HTTP/1.1 413"), "{kind}: {head}");
        says(log, "more than the 1024 bytes allowed");
        let got = got.recv_timeout(PATIENCE).expect("a connection");
        assert!(!got.ends_with(b"0\r\n\r\n"), "{kind}: a clean end");
    }
}

#[test]
fn a_body_as_long_as_allowed_arrives() {
    let url = origin(|mut stream| {
        // To the end: an origin that closes with something unread resets the connection, and its
        // answer is lost.
        let is_whole = |got: &str| match got.contains("chunked") {
            true => got.ends_with("body\r\n0\r\n\r\n"),
            false => got.ends_with("body"),
        };
        let mut got = Vec::new();
        while !is_whole(&String::from_utf8_lossy(&got)) {
            let mut piece = [0; 1024];
            let length = stream.read(&mut piece).expect("a request");
            got.extend(&piece[..length]);
        }
        stream.write_all(OK).expect("an answer");
    });
    let (gate, _log) = limited(&url, "request_body = 4");
    for framed in [
        "content-length: 4\r\n\r\nbody",
        "transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    ] {
        let start = "POST / HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n";
        let answer = gate.ask(format!("{start}{framed}").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200"), "{framed}: {answer}");
    }
}

#[test]
fn a_client_too_many_is_told_and_the_others_are_served_on() {
    for (limits, key) in [
        (
            "connections = 2\nconnections_per_client = 'off'",
            "limits.connections",
        ),
        (
            "connections_per_client = 2",
            "limits.connections_per_client",
        ),
    ] {
        let (gate, log) = limited(&answering(OK), limits);
        let mut first = gate.send(b"");
        let mut second = gate.send(b"");
        assert!(ask(&mut first).starts_with("HTTP/1.1 200"));
        assert!(ask(&mut second).starts_with("HTTP/1.1 200"));
        let mut third =
            gate.send(b"POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: 9\r\n\r\n");
        let mut refused = String::new();
        third
            .read_to_string(&mut refused)
            .expect("an answer and an end");
        assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
        assert!(refused.contains("\r\nretry-after: 1\r\n"), "{refused}");
        assert!(refused.contains("\r\nconnection: close\r\n"), "{refused}");
        says(log, key);
        assert!(ask(&mut first).starts_with("HTTP/1.1 200"));
        assert!(ask(&mut second).starts_with("HTTP/1.1 200"));
        drop(first);
        assert!(becomes(|| gate.get("/").starts_with("HTTP/1.1 200")));
    }
}

#[test]
fn an_upgraded_connection_keeps_its_place() {
    let url = origin(|mut stream| {
        if head(&mut stream).is_some_and(|head| head.contains("upgrade: websocket")) {
            let switch = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\n\
                upgrade: websocket\r\n\r\n";
            stream.write_all(switch).expect("a head");
            let _ = stream.read(&mut [0]);
        } else {
            stream.write_all(OK).expect("an answer");
        }
    });
    let (gate, log) = limited(&url, "connections = 1\nconnections_per_client = 'off'");
    let mut tunnel = gate.send(
        b"GET / HTTP/1.1\r\nhost: gate.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    let switched = head(&mut tunnel).expect("an answer");
    assert!(switched.starts_with("HTTP/1.1 101"), "{switched}");
    let refused = gate.get("/");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    says(log, "limits.connections");
    drop(tunnel);
    assert!(becomes(|| gate.get("/").starts_with("HTTP/1.1 200")));
}

#[test]
fn a_trusted_proxy_has_connections_for_many_clients() {
    let url = answering(OK);
    let text = format!(
        "[origin]\nurl = \"{url}\"\n[limits]\nconnections_per_client = 1\n\
         [gate]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    );
    let (gate, _log) = configured(&text);
    let mut clients = [gate.send(b""), gate.send(b"")];
    for client in &mut clients {
        assert!(ask(client).starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_client_of_http2_too_many_is_told_in_http2() {
    let (gate, _log) = limited(
        &answering(OK),
        "connections = 1\nconnections_per_client = 'off'",
    );
    let mut first = gate.send(b"");
    assert!(ask(&mut first).starts_with("HTTP/1.1 200"));
    let stream = tokio::net::TcpStream::connect(gate.address()).await;
    let handshake = h2::client::handshake(stream.expect("a connection")).await;
    let (mut client, connection) = handshake.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let request = http::Request::get("http://gate.test/").body(());
    let sent = client.send_request(request.expect("a request"), true);
    let response = sent.expect("a request").0.await.expect("an answer");
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    drop((client, response));
    connection.await.expect("a task").expect("an orderly end");
}

#[test]
fn a_request_too_many_for_the_origin_is_a_503() {
    let (hold, held) = mpsc::channel::<Sender<()>>();
    let hold = Arc::new(Mutex::new(hold));
    let url = origin(move |mut stream| {
        while head(&mut stream).is_some() {
            let (go_on, told) = mpsc::channel();
            let hold = hold.lock().expect("a lock").clone();
            hold.send(go_on).expect("the test waits");
            let _ = told.recv();
            if stream.write_all(OK).is_err() {
                return;
            }
        }
    });
    let (gate, log) = limited(&url, "origin_requests = 1");
    let mut first = gate.send(GET);
    let go_on = held.recv_timeout(PATIENCE).expect("the first request");
    let refused = gate.get("/");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(refused.contains("\r\nretry-after: 1\r\n"), "{refused}");
    says(log, "1 requests are on their way to it already");
    go_on.send(()).expect("the origin waits");
    let answer = head(&mut first).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(first);
    std::thread::spawn(move || held.iter().for_each(drop));
    assert!(becomes(|| gate.get("/").starts_with("HTTP/1.1 200")));
}
