//! The client's side: connections, and an end that lets their exchanges finish.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ClientConfig;
use streamgate::Gate;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use super::fair::Fair;
use super::repeated::Repeated;
use crate::client::{Client, HEAD_LIMIT};
use crate::edge::{Site, exchange};
use crate::wire::{Reset, Wire};

/// How long a client may take to send a head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to
/// answer.
const PING: Duration = Duration::from_secs(20);

/// How long exchanges that are under way may take to finish once the gate stops.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait after a connection could not be accepted, which happens when no file
/// descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

type Builder = auto::Builder<LocalExecutor>;
/// The newest gate with its client, shared with each connection of the thread.
type Current = Rc<RefCell<Rc<Site>>>;

/// Serves clients with the newest gate, until `stop` is true and their exchanges have finished, or
/// [`GRACE`] is over.
pub(crate) async fn serve(
    listener: TcpListener,
    mut gates: watch::Receiver<Gate>,
    mut stop: watch::Receiver<bool>,
    tls: &ClientConfig,
) {
    let site = |gate: Gate| {
        let origins = gate.config().distinct_origins().into_iter();
        let clients = origins.map(|origin| Client::new(origin, tls)).collect();
        Rc::new(Site { gate, clients })
    };
    let current = Rc::new(RefCell::new(site(gates.borrow_and_update().clone())));
    let builder = Rc::new(builder());
    let connections = GracefulShutdown::new();
    let mut refused = Repeated::default();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let watcher = connections.watcher();
                    let (current, builder) = (current.clone(), builder.clone());
                    let connection = connection(stream, peer, current, builder, watcher);
                    spawn_local(Fair::new(connection));
                }
                Err(error) => {
                    if let Some(times) = refused.count() {
                        tracing::warn!(%error, times, "connection not accepted");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Ok(()) = gates.changed() => {
                let new = site(gates.borrow_and_update().clone());
                current.replace(new);
            }
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    drop(listener);
    if timeout(GRACE, connections.shutdown()).await.is_err() {
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
fn builder() -> Builder {
    let mut builder = Builder::new(LocalExecutor);
    let mut http1 = builder.http1();
    http1
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
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

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    current: Current,
    builder: Rc<Builder>,
    watcher: Watcher,
) {
    let _ = stream.set_nodelay(true); // Where it cannot be had, small chunks leave later.
    let reset = Reset::default();
    let wire = Wire::new(stream, reset.clone());
    let asked = Cell::new(false);
    let service = service_fn(|request| {
        asked.set(true);
        let exchange = exchange(current.borrow().clone(), request, peer.ip(), reset.clone());
        async move { Ok::<_, Infallible>(exchange.await) }
    });
    let mut connection = pin!(watcher.watch(builder.serve_connection_with_upgrades(wire, service)));
    // hyper limits the time for a head, but not for the bytes from which it tells the version.
    let result = match timeout(HEAD_TIMEOUT, connection.as_mut()).await {
        Err(_) if !asked.get() => return,
        Err(_) => connection.await,
        Ok(result) => result,
    };
    if let Err(error) = result {
        tracing::debug!(%error, %peer, "connection broken off");
    }
}

/// Runs the tasks of a connection on the connection's thread.
#[derive(Debug, Clone, Copy)]
struct LocalExecutor;

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        spawn_local(Fair::new(future));
    }
}

#[cfg(test)]
mod tests;
