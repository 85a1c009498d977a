//! The client's side: connections, and an end that lets their exchanges finish.

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use http::header::CONNECTION;
use http::{HeaderMap, HeaderValue, Request, Uri, Version};
use http_body::Body;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;
use rustls::ClientConfig;
use streamgate::{Gate, LimitsConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use super::admission::{Admission, Admitted};
use super::fair::Fair;
use super::repeated::Repeated;
use crate::activity::{Activity, Stream};
use crate::body::Answer;
use crate::client::{Client, HEAD_LIMIT};
use crate::edge::{Site, exchange, refusal};
use crate::places::PlacesOf;
use crate::socket::take_little_ahead;
use crate::wire::{Ending, Wire};

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to
/// answer.
const PING: Duration = Duration::from_secs(20);

/// How long exchanges that are under way may take to finish once the gate stops.
const GRACE: Duration = Duration::from_secs(10);

/// How long a client has at least for its part in the orderly end of an idle connection: over HTTP/2
/// it is told, and may have sent a request meanwhile.
const CLOSING: Duration = Duration::from_secs(5);

/// The same once the gate stops.
const LAST: Duration = Duration::from_secs(1);

/// How long to wait after a connection could not be accepted, which happens when no file
/// descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a client may take to hear that there is no place for it.
const TELLING: Duration = Duration::from_secs(3);

type Builder = auto::Builder<LocalExecutor>;

/// What the threads share.
pub(crate) struct Shared {
    /// Connections are dialled with this configuration of TLS.
    pub(super) tls: ClientConfig,
    pub(super) admission: Admission,
    /// The requests to each origin, by its URL.
    pub(super) requests: PlacesOf<Uri>,
}

/// What serves connections, as the newest gate has it.
struct Serving {
    site: Rc<Site>,
    builder: Builder,
}

/// What serves now, shared with each connection of the thread.
type Current = Rc<RefCell<Rc<Serving>>>;

/// Serves clients with the newest gate, until `stop` is true and their exchanges have finished, or
/// [`GRACE`] is over.
pub(crate) async fn serve(
    listener: TcpListener,
    mut gates: watch::Receiver<Gate>,
    mut stop: watch::Receiver<bool>,
    shared: &Shared,
) {
    let serving = |gate: Gate| {
        let limits = &gate.config().limits;
        let origins = gate.config().distinct_origins().into_iter();
        let clients = origins
            .map(|origin| {
                let requests = shared.requests.of(origin.url.clone());
                Client::new(origin, limits, &shared.tls, requests)
            })
            .collect();
        Rc::new(Serving {
            builder: builder(limits),
            site: Rc::new(Site { gate, clients }),
        })
    };
    let current = Rc::new(RefCell::new(serving(gates.borrow_and_update().clone())));
    let (ending, _) = watch::channel(false);
    let mut failed = Repeated::default();
    let mut refused = Repeated::default();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let serving = current.borrow().clone();
                    let limits = &serving.site.gate.config().limits;
                    let full = match shared.admission.admit(limits, peer.ip()) {
                        Admitted::Served(places) => {
                            let ending = ending.subscribe();
                            let connection = connection(stream, peer, current.clone(), ending);
                            spawn_local(Fair::new(holding(places, connection)));
                            continue;
                        }
                        Admitted::Told(place, full) => {
                            spawn_local(Fair::new(holding(place, turn_away(stream, serving))));
                            full
                        }
                        Admitted::Closed(full) => full,
                    };
                    if let Some(times) = refused.count() {
                        let reason = full.key();
                        tracing::warn!(reason, %peer, times, "connection refused");
                    }
                }
                Err(error) => {
                    if let Some(times) = failed.count() {
                        tracing::warn!(%error, times, "connection not accepted");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Ok(()) = gates.changed() => {
                let new = serving(gates.borrow_and_update().clone());
                current.replace(new);
            }
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    drop(listener);
    ending.send_replace(true);
    if timeout(GRACE, ending.closed()).await.is_err() {
        tracing::warn!("exchanges left unfinished");
    }
}

/// How many exchanges an HTTP/2 client may have at a time on one connection.
const STREAMS: u32 = 100;

/// How many bytes of a request's body may be on their way on one stream (RFC 9113 §5.2). The
/// connection has room for all streams, so that a stream that is held back does not stop the
/// others.
const STREAM_WINDOW: u32 = 128 * 1024;

/// Configures a server of HTTP/1.1, and of HTTP/2 with prior knowledge (RFC 9113 §3.3).
fn builder(limits: &LimitsConfig) -> Builder {
    let mut builder = Builder::new(LocalExecutor {
        send_idle: limits.send_idle,
    });
    let mut http1 = builder.http1();
    http1
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head);
    http1.max_buf_size(HEAD_LIMIT as usize);
    let mut http2 = builder.http2();
    http2
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_LIMIT);
    http2
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(STREAMS * STREAM_WINDOW);
    builder
}

/// Serves one connection until either side ends it, the thread does, or it has had no exchange for
/// too long, whatever `PING`s it answers.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    current: Current,
    mut ending: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true); // Where it cannot be had, small chunks leave later.
    take_little_ahead(&stream);
    let serving = current.borrow().clone();
    let limits = serving.site.gate.config().limits.clone();
    let wire_ending = Ending::default();
    let activity = Activity::new();
    let wire = Wire::new(
        stream,
        wire_ending.clone(),
        activity.clone(),
        limits.send_idle,
    );
    let service = service_fn(|request| {
        let busy = activity.begin();
        let site = current.borrow().site.clone();
        let exchange = exchange(site, request, peer.ip(), wire_ending.clone());
        async move {
            let response = exchange.await;
            Ok::<_, Infallible>(response.map(|body| Answer::new(body, busy)))
        }
    });
    let connection = serving
        .builder
        .serve_connection_with_upgrades(wire, service);
    let mut connection = pin!(connection);
    let mut stopping = ending.clone();
    let result = tokio::select! {
        result = connection.as_mut() => result,
        _ = ending.wait_for(|ending| *ending) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = activity.idle(limits.head) => {
            connection.as_mut().graceful_shutdown();
            // What is on its way to the client yet may arrive.
            let given_up = async {
                sleep(CLOSING).await;
                activity.idle(limits.send_idle.unwrap_or(limits.head)).await;
            };
            let stopped = async {
                let _ = stopping.wait_for(|ending| *ending).await;
                activity.idle(LAST).await;
            };
            tokio::select! {
                result = connection.as_mut() => result,
                () = given_up => Ok(()),
                () = stopped => Ok(()),
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, %peer, "connection broken off");
    }
}

/// Tells a client that there is no place for it, and closes the connection.
async fn turn_away(stream: TcpStream, serving: Rc<Serving>) {
    let ending = Ending::default();
    let limit = serving.site.gate.config().limits.send_idle;
    let wire = Wire::new(stream, ending.clone(), Activity::new(), limit);
    let told = Notify::new();
    let service = service_fn(|request: Request<Incoming>| {
        ending.note_unread(!request.body().is_end_stream());
        told.notify_one();
        let version = request.version();
        refusal(serving.site.clone()).map(move |mut response| {
            closing(version, response.headers_mut());
            Ok::<_, Infallible>(response)
        })
    });
    let connection = serving
        .builder
        .serve_connection_with_upgrades(wire, service);
    let mut connection = pin!(connection);
    let telling = async {
        tokio::select! {
            result = connection.as_mut() => result,
            () = told.notified() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    let _ = timeout(TELLING, telling).await; // If it does not listen, it is closed all the same.
}

/// Says in the head of a response that its connection closes, where that is for the head to say.
fn closing(version: Version, head: &mut HeaderMap) {
    if version < Version::HTTP_2 {
        head.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Runs a task that holds something until its end.
async fn holding<T>(held: T, task: impl Future<Output = ()>) {
    task.await;
    drop(held);
}

/// Runs the tasks of a connection on the connection's thread. There is one for each HTTP/2 stream.
#[derive(Debug, Clone, Copy)]
struct LocalExecutor {
    send_idle: Option<Duration>,
}

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        spawn_local(Fair::new(Stream::run(future, self.send_idle)));
    }
}

#[cfg(test)]
mod tests;
