//! Many clients at a time, idle and active, while the gate reloads and then leaves service: no
//! request fails.

use std::convert::Infallible;
use std::error::Error as _;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::support::{Gate, PATIENCE, configuration};

/// What the clients have seen.
#[derive(Default)]
struct Seen {
    served: AtomicUsize,
    failed: AtomicUsize,
    /// How often a kept connection had ended before the gate took a request on it.
    unsent: AtomicUsize,
}

impl Seen {
    /// Waits until `more` requests have been served.
    async fn wait(&self, more: usize) {
        let enough = self.served.load(Ordering::Relaxed) + more;
        let served = async {
            while self.served.load(Ordering::Relaxed) < enough {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(6 * PATIENCE, served)
            .await
            .expect("requests are served");
    }
}

/// Starts an origin on a thread of its own, which answers with a page of links to itself.
fn origin() -> String {
    let (sender, url) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let url = format!("http://{}", listener.local_addr().expect("an address"));
            sender.send(url.clone()).expect("the test waits");
            let page = Bytes::from(format!("<a href={url}/x>x</a>").repeat(50));
            while let Ok((stream, _)) = listener.accept().await {
                let page = page.clone();
                let service = service_fn(move |_: Request<Incoming>| {
                    let response = Response::builder().header("content-type", "text/html");
                    let response = response.body(Full::new(page.clone()));
                    async move { Ok::<_, Infallible>(response.expect("a response")) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                let connection = connection.serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
    });
    url.recv().expect("the origin starts")
}

/// Connects. Returns `None` once nobody listens any more.
async fn connect(address: &str) -> Option<TokioIo<TcpStream>> {
    match TcpStream::connect(address).await {
        Ok(stream) => Some(TokioIo::new(stream)),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => None,
        Err(error) => panic!("{error}"),
    }
}

/// Returns whether the gate's `GOAWAY` says that it has not taken the request, which a client then
/// sends again on another connection (RFC 9113 §6.8 and §8.7).
fn is_refused(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    cause.is_some_and(|cause: &h2::Error| cause.is_go_away() && cause.is_remote())
}

type Asked = Result<Response<Incoming>, TrySendError<Request<Empty<Bytes>>>>;

impl Seen {
    /// Reads the whole answer to a request, and counts it.
    async fn count(&self, asked: Asked, address: &str) {
        let response = match asked {
            Ok(response) => response,
            Err(error) => {
                let count = match error.message().is_some() || is_refused(error.error()) {
                    true => &self.unsent,
                    false => {
                        println!("a request failed: {:?}", error.error());
                        &self.failed
                    }
                };
                count.fetch_add(1, Ordering::Relaxed);
                return;
            }
        };
        let status = response.status();
        let body = response.into_body().collect().await;
        let page = format!("<a href=http://{address}/x>x</a>").repeat(50);
        let is_whole = body.is_ok_and(|body| body.to_bytes() == page.as_bytes());
        let count = match status == 200 && is_whole {
            true => &self.served,
            false => &self.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// A request over HTTP/1.1.
fn get(address: &str) -> Request<Empty<Bytes>> {
    let request = Request::get("/").header("host", address);
    request.body(Empty::new()).expect("a request")
}

/// Asks again and again, with a pause of `pause` after each request, on one connection as long as
/// the gate lets it.
async fn active(address: Arc<str>, pause: Duration, seen: Arc<Seen>) {
    while let Some(stream) = connect(&address).await {
        let (mut client, connection) = http1::handshake(stream).await.expect("a client");
        tokio::spawn(connection);
        while client.ready().await.is_ok() {
            let asked = client.try_send_request(get(&address)).await;
            seen.count(asked, &address).await;
            sleep(pause).await;
        }
    }
}

/// Does the same over HTTP/2.
async fn active_over_http2(address: Arc<str>, pause: Duration, seen: Arc<Seen>) {
    while let Some(stream) = connect(&address).await {
        let handshake = http2::handshake(TokioExecutor::new(), stream).await;
        let (mut client, connection) = handshake.expect("a client");
        tokio::spawn(connection);
        while client.ready().await.is_ok() {
            let request = Request::get(format!("http://{address}/")).body(Empty::new());
            let asked = client.try_send_request(request.expect("a request")).await;
            seen.count(asked, &address).await;
            sleep(pause).await;
        }
    }
}

/// Asks once, and keeps the connection.
async fn idle(address: Arc<str>, seen: Arc<Seen>) {
    if let Some(stream) = connect(&address).await {
        let (mut client, connection) = http1::handshake(stream).await.expect("a client");
        tokio::spawn(connection);
        let asked = client.try_send_request(get(&address)).await;
        seen.count(asked, &address).await;
        std::future::pending::<()>().await;
    }
}

/// Runs so many clients through reloads and a drain.
async fn load(idle_clients: usize, active_clients: usize) {
    let url = origin();
    let text = |number: usize| format!("[origin]\nurl = \"{url}\"\n# {number}\n");
    let file = configuration(&text(0));
    let mut gate = Gate::start(&["--config", file.to_str().expect("a path")]);
    let address: Arc<str> = gate.address().into();
    let seen = Arc::<Seen>::default();
    let mut idles = JoinSet::new();
    for _ in 0..idle_clients {
        idles.spawn(idle(address.clone(), seen.clone()));
    }
    seen.wait(idle_clients).await;
    let mut actives = JoinSet::new();
    for number in 0..active_clients {
        // Clients of all paces, so that some are between two requests whatever happens.
        let pause = Duration::from_millis(number as u64 % 100 * 3);
        match number % 3 {
            0 => actives.spawn(active_over_http2(address.clone(), pause, seen.clone())),
            _ => actives.spawn(active(address.clone(), pause, seen.clone())),
        };
    }
    seen.wait(5 * active_clients).await;
    for number in 1..4 {
        std::fs::write(&file, text(number)).expect("the file is written");
        gate.signal("-HUP");
        seen.wait(2 * active_clients).await;
    }
    gate.terminate();
    actives.join_all().await;
    assert!(
        tokio::task::spawn_blocking(move || gate.end().success())
            .await
            .expect("an end")
    );
    let [served, failed, unsent] =
        [&seen.served, &seen.failed, &seen.unsent].map(|count| count.load(Ordering::Relaxed));
    let clients = format!("{idle_clients} idle and {active_clients} active clients");
    println!("{clients}: {served} served, {failed} failed, {unsent} connections ended before");
    assert_eq!(failed, 0, "requests failed, of {served}");
}

#[tokio::test]
async fn no_request_fails_in_a_reload_or_a_drain() {
    load(50, 25).await;
}

#[tokio::test]
#[ignore = "takes 3,000 descriptors, and most of a processor for some seconds"]
async fn no_request_of_many_clients_fails_in_a_reload_or_a_drain() {
    rlimit::increase_nofile_limit(u64::MAX).expect("descriptors");
    load(2000, 500).await;
}
