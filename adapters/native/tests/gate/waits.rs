//! Peers that make the gate wait: each wait ends.

use std::io::{BufReader, PipeReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::support::{GET, Gate, PATIENCE, becomes, configured, head, origin, says};

/// Less than any wait that has a default, and more than the limits that the tests set.
const SOON: Duration = Duration::from_secs(12);

/// Starts a gate with these limits, and returns its log, too.
fn gate(url: &str, limits: &str) -> (Gate, PipeReader) {
    configured(&format!(
        "[origin]
url = \"{url}\"
[limits]
{limits}
"
    ))
}

/// Reads what comes until the connection ends, which it does soon.
fn rest(client: &mut TcpStream) -> String {
    let start = Instant::now();
    let mut bytes = Vec::new();
    let _ = client.read_to_end(&mut bytes);
    assert!(start.elapsed() < SOON, "it takes too long");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Starts an origin that begins a response of 1,000 bytes and then says no more.
fn stalling(head_of: &'static str) -> String {
    origin(move |mut stream| {
        head(&mut stream);
        let start = format!("HTTP/1.1 {head_of}\r\ncontent-length: 1000\r\n\r\n<p>part");
        stream.write_all(start.as_bytes()).expect("a start");
        let _ = stream.read(&mut [0]);
    })
}

#[test]
fn a_page_or_an_image_that_pauses_is_broken_off() {
    for head_of in [
        "200 OK\r\ncontent-type: text/html",
        "200 OK\r\ncontent-type: image/png",
    ] {
        let (gate, log) = gate(&stalling(head_of), "body_idle = \"1 s\"");
        let answer = rest(&mut gate.send(GET));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("<p>part"), "{answer}");
        assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
        says(log, "the origin sent nothing within 1s");
    }
}

#[test]
fn an_error_page_that_pauses_is_a_504() {
    let url = stalling("404 Not Found\r\ncontent-type: text/html");
    let (gate, log) = gate(&url, "body_idle = \"1 s\"");
    let head = head(&mut gate.send(GET)).expect("a head");
    assert!(head.starts_with("HTTP/1.1 504"), "{head}");
    assert!(head.contains("error=connection_read_timeout"), "{head}");
    says(log, "the origin sent nothing within 1s");
}

#[test]
fn an_event_stream_may_pause_for_longer() {
    let url = origin(|mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n";
        stream.write_all(start).expect("a start");
        std::thread::sleep(Duration::from_millis(2500));
        stream.write_all(b"data: 2\n\n").expect("an event");
    });
    let (gate, _log) = gate(&url, "body_idle = \"1 s\"");
    let answer = gate.get("/");
    assert!(answer.contains("data: 2"), "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
}

#[test]
fn an_upload_that_pauses_is_a_408() {
    let url = origin(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    for fields in [
        "content-type: application/octet-stream\r\ncontent-length: 10",
        "content-type: application/x-www-form-urlencoded\r\ncontent-length: 10",
        "content-type: text/plain\r\ntransfer-encoding: chunked",
    ] {
        let (gate, log) = gate(&url, "body_idle = \"1 s\"");
        let start = format!("POST / HTTP/1.1\r\nhost: gate.test\r\n{fields}\r\n\r\n5\r\n");
        let mut client = gate.send(start.as_bytes());
        let head = head(&mut client).expect("a head");
        assert!(head.starts_with("HTTP/1.1 408"), "{fields}: {head}");
        says(log, "the client sent nothing within 1s");
    }
}

#[test]
fn a_client_may_pause_while_the_origin_answers() {
    let url = origin(|mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\n\r\n";
        stream.write_all(start).expect("a start");
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(400));
            stream.write_all(b"x").expect("it is open");
        }
        let mut body = String::new();
        while !body.ends_with("0\r\n\r\n") {
            body += &head(&mut stream).expect("a body");
        }
        stream.write_all(body.as_bytes()).expect("it is open");
    });
    let (gate, _log) = gate(&url, "body_idle = \"1 s\"");
    let start = b"POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-type: application/grpc\r\n\
        transfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    let mut client = gate.send(start);
    head(&mut client).expect("a head");
    std::thread::sleep(Duration::from_millis(2500));
    client
        .write_all(b"4\r\nlast\r\n0\r\n\r\n")
        .expect("it is open");
    let mut answer = String::new();
    while !answer.ends_with("\r\n0\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).expect("an answer");
        answer.push(char::from(byte[0]));
    }
    assert!(answer.contains("4\r\nlast\r\n"), "{answer}");
}

#[test]
fn an_exchange_that_an_upload_makes_too_long_is_a_408() {
    let url = origin(|mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    for media_type in ["image/png", "application/x-www-form-urlencoded"] {
        let (gate, log) = gate(&url, "exchange = \"1 s\"");
        let start = format!(
            "POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-type: {media_type}\r\n\
             content-length: 10\r\n\r\nhello"
        );
        let mut client = gate.send(start.as_bytes());
        let head = head(&mut client).expect("a head");
        assert!(head.starts_with("HTTP/1.1 408"), "{media_type}: {head}");
        says(log, "the exchange takes longer than limits.exchange");
    }
}

/// Sends a body for as long as somebody takes it.
fn flood(client: &TcpStream) {
    let mut client = client.try_clone().expect("a socket");
    std::thread::spawn(move || while client.write_all(&[b'z'; 64 * 1024]).is_ok() {});
}

#[test]
fn an_origin_that_does_not_read_an_upload_is_a_504() {
    let url = origin(|_stream| std::thread::sleep(PATIENCE));
    let (gate, log) = gate(&url, "send_idle = \"1 s\"");
    let head_of = b"POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: 1000000000\r\n\r\n";
    let mut client = gate.send(head_of);
    let start = Instant::now();
    flood(&client);
    let head = head(&mut client).expect("a head");
    assert!(head.starts_with("HTTP/1.1 504"), "{head}");
    assert!(start.elapsed() < SOON);
    // Of the body or of the connection, whichever limit comes first.
    says(log, " took nothing ");
}

#[test]
fn an_origin_that_does_not_read_what_a_slow_client_sends_is_a_504_too() {
    let url = origin(|_stream| std::thread::sleep(PATIENCE));
    let (gate, _log) = gate(&url, "send_idle = \"1 s\"");
    let head_of = b"POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: 1000000000\r\n\r\n";
    let mut client = gate.send(head_of);
    let mut slow = client.try_clone().expect("a socket");
    std::thread::spawn(move || {
        while slow.write_all(&[b'z'; 16 * 1024]).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let head = head(&mut client).expect("a head");
    assert!(head.starts_with("HTTP/1.1 504"), "{head}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_resets_its_upload_ends_the_fetch() {
    let (accepted, origins) = mpsc::channel();
    let url = origin(move |stream| {
        accepted.send(stream).expect("the test waits");
    });
    let (gate, _log) = gate(&url, "");
    let head_of = b"POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: 1000000000\r\n\r\n";
    let mut client = gate.send(head_of);
    client
        .set_write_timeout(Some(Duration::from_secs(2)))
        .expect("a limit");
    while client.write_all(&[b'z'; 64 * 1024]).is_ok() {}
    let origin = origins.recv_timeout(PATIENCE).expect("a connection");
    let socket = socket2::SockRef::from(&client);
    let before = gate.sockets();
    socket.set_linger(Some(Duration::ZERO)).expect("a socket");
    drop(client);
    // The client's socket and the origin's, though the origin still reads nothing.
    assert!(becomes(|| gate.sockets() == before - 2));
    drop(origin);
}

/// Returns the URL of an origin that answers no connection, as its queue is full.
#[cfg(target_os = "linux")]
fn unanswering() -> (String, impl Sized) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    let any = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("a port");
    socket.listen(0).expect("a listener");
    let address = socket.local_addr().expect("an address").as_socket();
    let address = address.expect("an address");
    let limit = Duration::from_millis(500);
    let queue: Vec<_> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&address, limit).ok()).collect();
    (format!("http://{address}"), (socket, queue))
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_closes_its_upload_in_order_ends_the_fetch() {
    let (url, _queue) = unanswering();
    let (gate, _log) = configured(&format!(
        "[origin]\nurl = \"{url}\"\nconnect_timeout = \"10 min\"\n"
    ));
    let before = gate.sockets();
    let head_of = b"POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: 1000000000\r\n\r\n";
    let mut client = gate.send(head_of);
    client.write_all(&[b'z'; 32 * 1024]).expect("a start");
    // The client's socket and the one that is to become the origin's.
    assert!(becomes(|| gate.sockets() == before + 2));
    drop(client);
    assert!(becomes(|| gate.sockets() == before));
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_has_sent_all_may_close_its_side() {
    let (url, queue) = unanswering();
    let (gate, _log) = configured(&format!(
        "[origin]\nurl = \"{url}\"\nconnect_timeout = \"1 s\"\n"
    ));
    let length = 32 * 1024;
    let head_of = format!("POST / HTTP/1.1\r\nhost: gate.test\r\ncontent-length: {length}\r\n\r\n");
    let mut client = gate.send(head_of.as_bytes());
    client.write_all(&vec![b'z'; length]).expect("a body");
    client.shutdown(std::net::Shutdown::Write).expect("its end");
    let head = head(&mut client).expect("an answer");
    assert!(head.starts_with("HTTP/1.1 504"), "{head}");
    drop(queue);
}

#[test]
fn a_client_that_does_not_read_ends_the_fetch() {
    let (ended, end) = mpsc::channel();
    let url = origin(move |mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n";
        stream.write_all(start).expect("a start");
        while stream.write_all(&[0; 64 * 1024]).is_ok() {}
        let _ = ended.send(());
    });
    let (gate, log) = gate(&url, "send_idle = \"1 s\"");
    let client = gate.send(GET);
    end.recv_timeout(SOON).expect("the fetch ends");
    says(log, "the client took nothing within 1s");
    drop(client);
}

#[test]
fn a_client_of_http_1_0_that_did_not_read_is_reset() {
    let url = origin(move |mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n";
        stream.write_all(start).expect("a start");
        while stream.write_all(&[0; 64 * 1024]).is_ok() {}
    });
    let (gate, log) = gate(&url, "send_idle = \"1 s\"");
    let mut client = gate.send(b"GET / HTTP/1.0\r\nhost: gate.test\r\n\r\n");
    says(log, "the client took nothing within 1s");
    // The end of the connection would be the end of the body.
    let error = client.read_to_end(&mut Vec::new()).expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_tunnel_in_which_nobody_speaks_is_closed() {
    let url = origin(|mut stream| {
        head(&mut stream);
        let head_of = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
        stream.write_all(head_of).expect("a head");
        // Longer than the limit, in short pauses.
        for _ in 0..4 {
            std::thread::sleep(Duration::from_millis(500));
            stream.write_all(b"x").expect("it is open");
        }
        let _ = stream.read(&mut [0]);
    });
    let (gate, log) = gate(&url, "tunnel_idle = \"1 s\"");
    let mut client = gate.send(
        b"GET / HTTP/1.1\r\nhost: gate.test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    );
    assert!(
        head(&mut client)
            .expect("a head")
            .starts_with("HTTP/1.1 101")
    );
    assert_eq!(rest(&mut client), "xxxx");
    says(log, "limits.tunnel_idle");
}

#[test]
fn an_exchange_that_takes_too_long_is_a_504_or_broken_off() {
    let silent = origin(|mut stream| while head(&mut stream).is_some() {});
    let (silent, log) = gate(&silent, "exchange = \"1 s\"");
    let head_of = head(&mut silent.send(GET)).expect("a head");
    assert!(head_of.starts_with("HTTP/1.1 504"), "{head_of}");
    assert!(head_of.contains("error=http_response_timeout"), "{head_of}");
    says(log, "the exchange takes longer than limits.exchange");

    let held = stalling("404 Not Found\r\ncontent-type: text/html");
    let (held, log) = gate(&held, "exchange = \"1 s\"");
    let head_of = head(&mut held.send(GET)).expect("a head");
    assert!(head_of.starts_with("HTTP/1.1 504"), "{head_of}");
    says(log, "the exchange takes longer than limits.exchange");

    let endless = origin(|mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";
        stream.write_all(start).expect("a start");
        while stream.write_all(b"<p>more").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let (endless, log) = gate(&endless, "exchange = \"1 s\"");
    let answer = rest(&mut endless.send(GET));
    assert!(answer.contains("<p>more"), "{answer}");
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    says(log, "the exchange takes longer than limits.exchange");
}

#[test]
fn a_connection_without_an_exchange_is_closed() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let (gate, _log) = gate("http://127.0.0.1:9", "head = \"1 s\"\nsend_idle = \"1 s\"");
    for start in [PREFACE, b"", b"PRI", b"GET / HT"] {
        let mut client = gate.send(start);
        rest(&mut client);
    }
}

#[tokio::test]
async fn an_http2_client_that_takes_nothing_loses_its_stream_and_no_other() {
    let url = origin(|mut stream| {
        while let Some(request) = head(&mut stream) {
            let length = if request.starts_with("GET /long") {
                1 << 20
            } else {
                1
            };
            let start = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {length}\r\n\r\n"
            );
            let sent = stream.write_all(start.as_bytes());
            if sent
                .and_then(|()| stream.write_all(&vec![0; length]))
                .is_err()
            {
                return;
            }
        }
    });
    let (gate, log) = gate(&url, "send_idle = \"1 s\"");
    let stream = tokio::net::TcpStream::connect(gate.address()).await;
    let handshake = h2::client::handshake(stream.expect("a connection")).await;
    let (mut client, connection) = handshake.expect("HTTP/2");
    tokio::spawn(connection);
    let mut ask = |path: &str| {
        let request = http::Request::get(format!("http://gate.test{path}"));
        let request = request.body(()).expect("a request");
        client.send_request(request, true).expect("a stream").0
    };
    // Its window is never opened again.
    let stuck = ask("/long").await.expect("a head").into_body();
    let (mut stuck, start) = (stuck, Instant::now());
    let end = loop {
        match stuck.data().await {
            Some(Ok(_)) => {}
            Some(Err(end)) => break end.reason(),
            None => panic!("a clean end"),
        }
    };
    assert!(start.elapsed() < SOON);
    assert_eq!(end, Some(h2::Reason::CANCEL));
    says(log, "the client took nothing within 1s");
    assert_eq!(ask("/short").await.expect("a head").status(), 200);
}

#[test]
fn a_connection_that_is_closing_does_not_hold_up_the_end() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let (mut gate, log) = gate("http://127.0.0.1:9", "head = \"1 s\"");
    // A client that answers nothing, neither the announced end nor what it is asked before.
    let client = gate.send(PREFACE);
    std::thread::sleep(Duration::from_millis(1500));
    let start = Instant::now();
    gate.terminate();
    assert!(gate.end().success());
    assert!(start.elapsed() < Duration::from_secs(8), "it waits in vain");
    drop(client);
    let mut said = String::new();
    BufReader::new(log)
        .read_to_string(&mut said)
        .expect("a log");
    assert!(!said.contains("exchanges left unfinished"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_client_that_reads_slowly_is_not_taken_for_one_that_does_not() {
    let url = origin(move |mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n";
        stream.write_all(start).expect("a start");
        while stream.write_all(&[0; 64 * 1024]).is_ok() {}
    });
    let (gate, log) = gate(&url, "send_idle = \"4 s\"");
    let mut client = gate.send(GET);
    // The kernel's buffers grow.
    client.read_exact(&mut vec![0; 64 << 20]).expect("a start");
    // The client's own is small again, so that the steps seen are those of the gate.
    let socket = socket2::SockRef::from(&client);
    socket.set_recv_buffer_size(128 * 1024).expect("a buffer");
    client.read_exact(&mut vec![0; 8 << 20]).expect("the rest");
    // Some 800 KB within the limit: less than a third of a grown buffer.
    let mut piece = vec![0; 40 * 1024];
    for _ in 0..50 {
        client.read_exact(&mut piece).expect("more of it");
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(gate);
    let mut said = String::new();
    BufReader::new(log)
        .read_to_string(&mut said)
        .expect("a log");
    assert!(!said.contains("took nothing"), "{said}");
}
