//! Clients of HTTP/2 before an origin of HTTP/1.1.

use std::io::Write;
use std::sync::mpsc;

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::support::{Gate, PATIENCE, head, origin};

/// Sends a request with or without a body, and returns the status of the response.
async fn ask(gate: &Gate, request: Request<()>, body: Option<&'static [u8]>) -> StatusCode {
    let stream = tokio::net::TcpStream::connect(gate.address()).await;
    let handshake = h2::client::handshake(stream.expect("a connection")).await;
    let (mut client, connection) = handshake.expect("HTTP/2");
    tokio::spawn(connection);
    let sent = client.send_request(request, body.is_none());
    let (response, mut stream) = sent.expect("a request");
    if let Some(body) = body {
        let sent = stream.send_data(Bytes::from_static(body), true);
        sent.expect("a body");
    }
    response.await.expect("a response").status()
}

fn get() -> http::request::Builder {
    Request::get("http://gate.test/")
}

#[tokio::test]
async fn the_crumbs_of_a_cookie_become_one_line() {
    let (sender, requests) = mpsc::channel();
    let url = origin(move |mut stream| {
        let request = head(&mut stream).expect("a request");
        sender.send(request).expect("the test waits");
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).expect("an answer");
    });
    let gate = Gate::start(&["--origin", &url]);
    let request = get().header("cookie", "a=1").header("cookie", "b=2");
    let status = ask(&gate, request.body(()).expect("a request"), None).await;
    assert_eq!(status, 200);
    let request = requests.recv_timeout(PATIENCE).expect("a request");
    assert!(request.contains("\r\ncookie: a=1; b=2\r\n"), "{request}");
}

#[tokio::test]
async fn a_get_has_the_body_that_it_came_with() {
    let (sender, bodies) = mpsc::channel();
    let url = origin(move |mut stream| {
        head(&mut stream).expect("a request");
        let mut body = String::new();
        while !body.ends_with("0\r\n\r\n") {
            body += &head(&mut stream).expect("a body");
        }
        sender.send(body).expect("the test waits");
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).expect("an answer");
    });
    let gate = Gate::start(&["--origin", &url]);
    let request = get().body(()).expect("a request");
    assert_eq!(ask(&gate, request, Some(b"hello")).await, 200);
    let body = bodies.recv_timeout(PATIENCE).expect("a body");
    assert_eq!(body, "5\r\nhello\r\n0\r\n\r\n");
}
