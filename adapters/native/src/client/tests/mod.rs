//! The client against origins that misbehave in one way each: what was fetched, or why nothing was.

mod addresses;
mod over_http2;
mod over_tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected};
use streamgate::{Config, LimitsConfig};
use streamgate_bodies::Cause;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::connect::tls;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn client(origin: &str, more: &str) -> Client {
    let text = format!("[origin]\nurl = \"{origin}\"\n{more}");
    let config = Config::from_toml(&text, "test").expect("a configuration");
    client_of(&config.origin, &tls().expect("TLS"))
}

fn client_of(origin: &OriginConfig, tls: &ClientConfig) -> Client {
    let common = Common {
        requests: Arc::default(),
        health: Arc::default(),
        metrics: Arc::new(Metrics::new()),
    };
    Client::new(origin, &LimitsConfig::default(), tls, common)
}

/// Starts an origin that answers the requests of each connection with one script of answers,
/// closing after the last. Returns its URL and the number of connections that it got.
async fn origin(script: &'static [&'static str]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                for answer in script {
                    if head(&mut stream).await.is_none() {
                        return;
                    }
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (url, connections)
}

/// Starts an origin that speaks before it is asked.
async fn talker(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(words.as_bytes()).await;
        }
    });
    url
}

/// Reads a request's head. Returns `None` if there is none.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(read).ok()
}

/// Says whether the client takes trailers.
fn with_trailers(trailers: bool) -> Terms {
    Terms {
        deadline: None,
        trailers,
    }
}

async fn get(client: &Client, url: &str) -> Result<Response<OriginBody>, FetchError> {
    let request = Request::get(url).body(None).expect("a request");
    client.send(request, Terms::default()).await
}

async fn text(response: Response<OriginBody>) -> Result<Bytes, Cause> {
    response
        .into_body()
        .collect()
        .await
        .map(Collected::to_bytes)
}

#[tokio::test]
async fn a_failed_fetch_says_what_failed() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let refused = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let long: &'static str = Box::leak(
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(300_000)).into_boxed_str(),
    );
    let (silent, _) = origin(&["", ""]).await;
    let cases = [
        ("http://no-such-name.invalid".to_owned(), "Dns"),
        (refused, "Connect"),
        (talker("HTTP/1.1 400 Bad Request\r\n\r\n").await, "Tls"),
        (silent, "Timeout"),
        (origin(&[""]).await.0, "Closed"),
        (origin(&["HTTP/1.1 200 "]).await.0, "Closed"),
        (origin(&["SSH-2.0-OpenSSH\r\n\r\n"]).await.0, "Protocol"),
        (
            origin(&["HTTP/1.1 200 OK\r\ncontent-length: a\r\n\r\n"])
                .await
                .0,
            "Protocol",
        ),
        (origin(Box::leak(Box::new([long]))).await.0, "Protocol"),
    ];
    for (url, expected) in cases {
        let client = client(&url, "first_byte_timeout = \"300 ms\"");
        let error = get(&client, &url).await.map(drop).expect_err(expected);
        let variant = format!("{error:?}");
        assert!(
            variant.starts_with(expected),
            "{url}: {variant} is not {expected}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_takes_too_long_is_a_timeout() {
    // A listener whose backlog is full drops further connections.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let client = client(&url, "connect_timeout = \"200 ms\"");
    // TCP connects by itself, but nobody answers the TLS handshake.
    let error = get(&client, &url).await.expect_err("no response");
    assert!(matches!(error, FetchError::Timeout(_)), "{error:?}");
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let (url, _) = origin(&["HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"]).await;
    let response = get(&client(&url, ""), &url).await.expect("a response");
    assert_eq!(response.status(), 200);
    assert_eq!(text(response).await.expect("a body"), "ok");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_exchange() {
    let (url, connections) = origin(&[OK, OK]).await;
    let client = client(&url, "");
    for _ in 0..2 {
        let response = get(&client, &url).await.expect("a response");
        assert_eq!(text(response).await.expect("a body"), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_request_that_dies_on_a_kept_connection_is_sent_once_more() {
    let (url, connections) = origin(&[OK, ""]).await;
    let client = client(&url, "");
    for _ in 0..2 {
        let response = get(&client, &url).await.expect("a response");
        assert_eq!(text(response).await.expect("a body"), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_request_that_dies_on_a_new_connection_is_not_sent_again() {
    let (url, connections) = origin(&[""]).await;
    get(&client(&url, ""), &url).await.expect_err("no response");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_request_that_may_change_something_is_not_sent_again() {
    let (url, connections) = origin(&[OK, ""]).await;
    let client = client(&url, "");
    text(get(&client, &url).await.expect("a response"))
        .await
        .expect("a body");
    let request = Request::post(&url).body(None).expect("a request");
    let error = client
        .send(request, Terms::default())
        .await
        .expect_err("no response");
    assert!(matches!(error, FetchError::Closed(_)), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_is_not_kept_for_longer_than_the_origin_says() {
    const LAST: &str = "HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok";
    let (url, connections) = origin(&[LAST, LAST]).await;
    let client = client(&url, "");
    for _ in 0..2 {
        let response = get(&client, &url).await.expect("a response");
        assert_eq!(text(response).await.expect("a body"), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn as_many_connections_are_kept_and_as_long_as_configured() {
    for (more, kept) in [
        ("", 1),
        ("idle_connections = 0", 2),
        ("idle_timeout = \"1 ms\"", 2),
    ] {
        let (url, connections) = origin(&[OK, OK]).await;
        let client = client(&url, more);
        for _ in 0..2 {
            let response = get(&client, &url).await.expect("a response");
            assert_eq!(text(response).await.expect("a body"), "ok");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(connections.load(Ordering::SeqCst), kept, "{more}");
    }
}

#[tokio::test]
async fn a_body_that_ends_early_ends_with_an_error() {
    for answer in [
        &["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n"],
    ] {
        let (url, _) = origin(answer).await;
        let response = get(&client(&url, ""), &url).await.expect("a head");
        text(response).await.expect_err("an unfinished body");
    }
}

#[tokio::test]
async fn the_origin_is_dialled_where_it_is_and_told_who_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let client = client(&url, "host = \"www.example.com\"");
    let request = Request::get(&url)
        .header("host", "www.example.com")
        .header("x-repeated", "1")
        .header("x-repeated", "2")
        .header(
            "x-bytes",
            HeaderValue::from_bytes(b"caf\xe9").expect("obs-text"),
        )
        .body(None)
        .expect("a request");
    let answer = client.send(request, with_trailers(true));
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = vec![0; 4096];
        let n = stream.read(&mut head).await.expect("a head");
        stream.write_all(OK.as_bytes()).await.expect("an answer");
        head.truncate(n);
        head
    };
    let (answer, head) = tokio::join!(answer, serve);
    assert_eq!(answer.expect("a response").status(), 200);
    assert_eq!(
        head,
        b"GET / HTTP/1.1\r\nhost: www.example.com\r\nx-repeated: 1\r\nx-repeated: 2\r\nx-bytes: caf\xe9\r\n\r\n",
        "{}",
        String::from_utf8_lossy(&head)
    );
}
