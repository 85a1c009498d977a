//! The gate leaves service, and no request is lost.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::support::{
    GET, Gate, OK, PATIENCE, answering, ask, becomes, configured, head, origin, says,
};

fn draining(url: &str, drain: &str) -> (Gate, std::io::PipeReader) {
    configured(&format!("[origin]\nurl = \"{url}\"\n[drain]\n{drain}\n"))
}

/// Waits until a new client hears that its connection closes.
fn becomes_draining(gate: &Gate) -> bool {
    becomes(|| ask(&mut gate.send(b"")).contains("\r\nconnection: close\r\n"))
}

#[test]
fn a_gate_that_drains_serves_old_and_new_clients_and_tells_them() {
    let (mut gate, _log) = draining(&answering(OK), "delay = '4 s'");
    let mut kept = gate.send(b"");
    assert!(!ask(&mut kept).contains("connection: close"));
    gate.terminate();
    assert!(becomes_draining(&gate));
    // It was idle when the end began.
    assert!(ask(&mut kept).contains("\r\nconnection: close\r\n"));
    assert_eq!(kept.read(&mut [0]).expect("an end"), 0);
    assert!(gate.end().success());
}

#[test]
fn without_a_delay_the_gate_answers_who_asks_and_closes_who_does_not() {
    let (mut gate, _log) = draining(&answering(OK), "delay = 'off'");
    let mut kept = gate.send(b"");
    ask(&mut kept);
    let mut silent = gate.send(b"");
    gate.terminate();
    // The signal may arrive after some more requests.
    assert!(becomes(
        || ask(&mut kept).contains("\r\nconnection: close\r\n")
    ));
    // A client that never asks ends without an answer.
    assert_eq!(silent.read(&mut [0]).expect("an end"), 0);
    assert!(gate.end().success());
}

#[test]
fn no_client_loses_a_request_that_it_has_sent() {
    let (mut gate, _log) = draining(&answering(OK), "delay = '1 s'");
    let (lost, served) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..20)
        .map(|number| {
            let address = gate.address().to_owned();
            let (lost, served, over) = (lost.clone(), served.clone(), over.clone());
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let mut client = match TcpStream::connect(&address) {
                        Ok(client) => client,
                        // The listener is gone, and no request was sent.
                        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
                        Err(error) => panic!("{error}"),
                    };
                    client.set_read_timeout(Some(PATIENCE)).expect("a limit");
                    loop {
                        let sent = client.write_all(GET);
                        let Some(answer) = sent.ok().and_then(|()| head(&mut client)) else {
                            lost.fetch_add(1, Ordering::Relaxed);
                            break;
                        };
                        client.read_exact(&mut [0; 2]).expect("a body");
                        served.fetch_add(1, Ordering::Relaxed);
                        if answer.contains("\r\nconnection: close\r\n") {
                            break;
                        }
                        // Some are always between two requests.
                        std::thread::sleep(std::time::Duration::from_millis(number * 5));
                    }
                }
            })
        })
        .collect();
    assert!(becomes(|| served.load(Ordering::Relaxed) > 200));
    gate.terminate();
    assert!(gate.end().success());
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().expect("a client");
    }
    assert_eq!(lost.load(Ordering::Relaxed), 0, "requests are lost");
}

#[tokio::test]
async fn a_client_of_http2_is_told_and_what_it_has_asked_for_arrives() {
    let (go_on, told) = mpsc::channel();
    let told = Arc::new(std::sync::Mutex::new(told));
    let url = origin(move |mut stream| {
        head(&mut stream).expect("a request");
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 4\r\n\r\nfi";
        stream.write_all(start).expect("a start");
        told.lock()
            .expect("a lock")
            .recv()
            .expect("the test goes on");
        stream.write_all(b"n.").expect("an end");
    });
    let (mut gate, _log) = draining(&url, "delay = '1 s'");
    let stream = tokio::net::TcpStream::connect(gate.address()).await;
    let handshake = h2::client::handshake(stream.expect("a connection")).await;
    let (client, connection) = handshake.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let get = || {
        http::Request::get("http://gate.test/")
            .body(())
            .expect("a request")
    };
    let mut client = client.ready().await.expect("a connection");
    let (response, _) = client.send_request(get(), true).expect("a request");
    let mut body = response.await.expect("a head").into_body();
    gate.terminate();
    // Once it is told, it can ask for nothing more on this connection.
    let refused = loop {
        match client.clone().ready().await {
            Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            Err(error) => break error,
        }
    };
    assert!(
        refused.is_go_away() || refused.is_remote() || refused.reason().is_some(),
        "{refused}"
    );
    go_on.send(()).expect("the origin waits");
    let mut got = Vec::new();
    while let Some(data) = body.data().await {
        got.extend(data.expect("a part of the body"));
    }
    assert_eq!(got, b"fin.");
    drop((client, body));
    connection.await.expect("a task").expect("an orderly end");
    assert!(gate.end().success());
}

#[test]
fn exchanges_that_do_not_end_are_left_at_last() {
    let url = origin(|mut stream| {
        head(&mut stream);
        let start = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 4\r\n\r\nfi";
        stream.write_all(start).expect("a start");
        let _ = stream.read(&mut [0]);
    });
    let (mut gate, log) = draining(&url, "delay = 'off'\ntimeout = '1 s'");
    let mut client = gate.send(GET);
    head(&mut client).expect("a head");
    gate.terminate();
    assert!(gate.end().success());
    says(log, "exchanges left unfinished");
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest);
    assert_eq!(rest, b"fi");
}

#[test]
fn a_body_without_another_end_is_reset_where_it_is_left() {
    for (drain, signals) in [
        ("delay = 'off'\ntimeout = '1 s'", 1),
        ("delay = '10 min'", 2),
    ] {
        let url = origin(|mut stream| {
            head(&mut stream);
            let start = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\nfi";
            stream.write_all(start).expect("a start");
            let _ = stream.read(&mut [0]);
        });
        let (mut gate, log) = draining(&url, drain);
        let mut client = gate.send(b"GET / HTTP/1.0\r\nhost: gate.test\r\n\r\n");
        head(&mut client).expect("a head");
        let mut start = [0; 2];
        client.read_exact(&mut start).expect("a start");
        gate.terminate();
        says(log, "stopping");
        if signals == 2 {
            gate.terminate();
        }
        // An orderly end would say that this is all.
        let end = client.read(&mut [0]).expect_err("a reset");
        assert_eq!(end.kind(), ErrorKind::ConnectionReset);
        gate.end();
    }
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let (mut gate, log) = draining(&answering(OK), "delay = '10 min'");
    let mut kept = gate.send(b"");
    ask(&mut kept);
    gate.terminate();
    says(log, "stopping");
    assert!(becomes_draining(&gate));
    gate.terminate();
    assert_eq!(gate.end().code(), Some(1));
}

#[test]
fn a_reload_loses_nothing() {
    let text = |more: &str, url: &str| format!("[origin]\nurl = \"{url}\"\n{more}\n");
    let url = answering(OK);
    let file = crate::support::configuration(&text("", &url));
    let gate = Gate::start(&["--config", file.to_str().expect("a path")]);
    let mut kept = gate.send(b"");
    for number in 0..50 {
        std::fs::write(
            &file,
            text(&format!("[limits]\nconnections = {}", 100 + number), &url),
        )
        .expect("the file is written");
        gate.signal("-HUP");
        for _ in 0..10 {
            assert!(ask(&mut kept).starts_with("HTTP/1.1 200"));
        }
    }
}
