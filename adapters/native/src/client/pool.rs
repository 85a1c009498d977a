//! Connections to one origin: HTTP/1.1 ones are kept for the next exchange, HTTP/2 ones are shared.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use http::{HeaderMap, HeaderName, Request, Response, Version};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use streamgate::{FetchError, OriginConfig};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, yield_now};
use tokio::time::{Instant, sleep_until};

use super::upload::Lent;
use super::{HEAD_LIMIT, failure};
use crate::connect::{Dialler, Stream, Way};
use crate::taken::Taken;

/// How long before the end of the time that an origin grants an idle connection (`Keep-Alive:
/// timeout`) the connection is closed here: the request needs some time to get there.
const MARGIN: Duration = Duration::from_secs(1);

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// How many turns of the thread's other tasks to wait for a connection that becomes free.
const TURNS: usize = 3;

/// How long an HTTP/2 connection may have no exchange before it is closed. Its end is announced
/// (`GOAWAY`), so nothing is lost if the origin closes it first.
const IDLE_HTTP2: Duration = Duration::from_secs(60);

/// How many bytes of a body may be on their way on one HTTP/2 stream (RFC 9113 §5.2).
const STREAM_WINDOW: u32 = 256 * 1024;

/// How many exchanges one HTTP/2 connection carries at a time, if the origin allows as many.
const STREAMS: usize = 100;

/// The same window for a connection: room for all streams, so that clients that stop reading do not
/// stop the others.
const CONNECTION_WINDOW: u32 = 100 * STREAM_WINDOW;

/// How long an HTTP/2 connection may be silent before it is asked whether it is still there, and
/// then for an answer.
const PING: Duration = Duration::from_secs(20);

/// What an origin is called in messages.
const ORIGIN: &str = "the origin";

/// The connections of one client.
pub(super) struct Pool {
    dialler: Arc<Dialler>,
    /// How long the origin may take nothing of what is sent to it.
    send_idle: Option<Duration>,
    /// How long an HTTP/1.1 connection may be idle before it is closed.
    idle_timeout: Duration,
    connections: Arc<Mutex<Connections>>,
    /// Held while a connection is dialled that may turn out to be HTTP/2, which others can share.
    dialling: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Connections {
    /// How many idle HTTP/1.1 connections are kept.
    most_idle: usize,
    idle: VecDeque<Idle>,
    /// When a task looks for idle connections whose time is over, if one does.
    swept_at: Option<Instant>,
    /// Exchanges that take the next HTTP/1.1 connection that becomes free.
    waiting: VecDeque<Waiting>,
    shared: Vec<Shared>,
    /// Whether the origin speaks HTTP/1.1, as far as is known.
    only_http1: bool,
    /// When and why the last attempt to get a connection failed.
    failed: Option<(Instant, FetchError)>,
}

/// An exchange that waits for a connection.
struct Waiting {
    /// The address that the connection must lead to. `None`: any.
    address: Option<SocketAddr>,
    free: oneshot::Sender<Http1>,
}

impl Waiting {
    fn takes(&self, sender: &Http1) -> bool {
        self.address.is_none_or(|address| address == sender.address)
    }
}

struct Idle {
    sender: Http1,
    until: Instant,
}

#[derive(Clone)]
struct Shared {
    sender: http2::SendRequest<Lent>,
    load: Arc<Load>,
}

/// Where an HTTP/2 connection leads, and how busy it is.
#[derive(Debug)]
struct Load {
    address: SocketAddr,
    streams: AtomicUsize,
    limit: AtomicUsize,
}

/// A place on a connection, for one exchange.
pub(super) enum Connection {
    Http1(Http1),
    Http2(http2::SendRequest<Lent>, Lease),
}

/// The way to an HTTP/1.1 connection.
pub(super) struct Http1 {
    requests: http1::SendRequest<Lent>,
    /// Where it leads.
    address: SocketAddr,
    /// The task that runs the connection.
    task: AbortHandle,
}

/// Ends the connection of a request that is given up before its answer. hyper alone would first
/// send what it has buffered, to an origin that perhaps takes nothing.
struct Unanswered<'a>(Option<&'a AbortHandle>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(task) = self.0 {
            task.abort();
        }
    }
}

/// A stream's share of an HTTP/2 connection; its end makes room for the next one.
#[derive(Debug)]
pub(super) struct Lease(Arc<Load>);

impl Lease {
    fn of(load: &Arc<Load>) -> Self {
        load.streams.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(load))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why an attempt failed.
pub(super) struct Failed {
    pub(super) error: FetchError,
    /// Whether the origin cannot have acted upon the request: it was not sent, or the origin said
    /// so.
    pub(super) unprocessed: bool,
}

impl Pool {
    /// Makes a pool without connections, for an origin that the dialler dials. `only_http1` is true
    /// if the dialler offers nothing else.
    pub(super) fn new(
        dialler: Arc<Dialler>,
        only_http1: bool,
        origin: &OriginConfig,
        send_idle: Option<Duration>,
    ) -> Self {
        let connections = Connections {
            only_http1,
            most_idle: origin.idle_connections,
            ..Connections::default()
        };
        Self {
            dialler,
            send_idle,
            idle_timeout: origin.idle_timeout,
            connections: Arc::new(Mutex::new(connections)),
            dialling: tokio::sync::Mutex::default(),
        }
    }

    /// Returns a place on a kept or shared connection that leads that way, or on a new one; and
    /// whether it is a new one. Behind an attempt that has failed, it is no connection that may be
    /// about to end, as one that was kept may be.
    ///
    /// # Errors
    /// [`FetchError`], when no connection can be had.
    pub(super) async fn connect(&self, way: &Way) -> Result<(Connection, bool), FetchError> {
        let began = Instant::now();
        if let Some(connection) = self.kept(way) {
            return Ok((connection, false));
        }
        if self.with(|connections| connections.only_http1) {
            return self.dial_or_wait(way).await;
        }
        // A connection that others can share is dialled once, and for all who wait for it.
        let _turn = self.dialling.lock().await;
        if let Some(connection) = self.kept(way) {
            return Ok((connection, false));
        }
        let failed = self.with(|connections| connections.failed.clone());
        if let Some((_, error)) = failed.filter(|(when, _)| *when > began) {
            return Err(error);
        }
        let dialled = self.dial(way).await;
        if let Err(error) = &dialled {
            let failed = (Instant::now(), error.clone());
            self.with(|connections| connections.failed = Some(failed));
        }
        Ok((dialled?, true))
    }

    /// Returns a place on an existing connection. HTTP/1.1 connections may be about to end, so they
    /// do not count behind an attempt that has failed.
    fn kept(&self, way: &Way) -> Option<Connection> {
        self.with(|connections| {
            connections
                .shared
                .retain(|shared| !shared.sender.is_closed());
            let leads = |address| self.dialler.leads(address, way);
            let mut shared = connections.shared.iter();
            let free = shared.find(|shared| shared.has_room() && leads(shared.load.address));
            if let Some(shared) = free {
                return Some(shared.place());
            }
            if way.failed.is_some() {
                return None;
            }
            let now = Instant::now();
            let idle = &mut connections.idle;
            while let Some(last) = idle.iter().rposition(|idle| leads(idle.sender.address)) {
                let Idle { sender, until, .. } = idle.remove(last)?;
                if sender.requests.is_ready() && now < until {
                    return Some(Connection::Http1(sender));
                }
            }
            None
        })
    }

    /// Dials, but takes an HTTP/1.1 connection that becomes free before the new one stands.
    async fn dial_or_wait(&self, way: &Way) -> Result<(Connection, bool), FetchError> {
        let (free, freed) = oneshot::channel();
        if way.failed.is_none() {
            let address = way.order.first().copied();
            self.with(|connections| {
                let waiting = &mut connections.waiting;
                waiting.retain(|waiting| !waiting.free.is_closed());
                waiting.push_back(Waiting { address, free });
            });
        }
        let dialled = async {
            // A connection whose exchange has just ended is free after the next turn of its task.
            for _ in 0..TURNS {
                yield_now().await;
            }
            self.dial(way).await
        };
        tokio::select! {
            biased;
            Ok(sender) = freed => Ok((Connection::Http1(sender), false)),
            dialled = dialled => Ok((dialled?, true)),
        }
    }

    /// Dials, on the heap: few exchanges do, and within each of them it would be 8 KB.
    fn dial<'a>(&'a self, way: &'a Way) -> LocalBoxFuture<'a, Result<Connection, FetchError>> {
        Box::pin(async {
            let (stream, address) = self.dialler.dial(way, true).await?;
            let http2 = stream.connected().is_negotiated_h2();
            self.with(|connections| connections.only_http1 = !http2);
            match http2 {
                true => self.share(stream, address).await,
                false => http1_over(stream, address, self.send_idle)
                    .await
                    .map(Connection::Http1),
            }
        })
    }

    /// Makes an HTTP/2 connection that other exchanges can share.
    async fn share(&self, stream: Stream, address: SocketAddr) -> Result<Connection, FetchError> {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(HEAD_LIMIT)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .handshake(Taken::new(stream, self.send_idle, ORIGIN))
            .await
            .map_err(|error| failure(&error))?;
        let load = Arc::new(Load {
            address,
            streams: AtomicUsize::new(0),
            limit: AtomicUsize::new(STREAMS),
        });
        let told = Arc::downgrade(&load);
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = std::future::poll_fn(|cx| {
                let polled = connection.as_mut().poll(cx);
                if let (Poll::Pending, Some(load)) = (&polled, told.upgrade()) {
                    let allowed = connection.current_max_send_streams();
                    load.limit.store(allowed.min(STREAMS), Ordering::Relaxed);
                }
                polled
            });
            if let Err(error) = ended.await {
                tracing::debug!(%error, "connection to the origin broken off");
            }
        });
        let shared = Shared { sender, load };
        let place = shared.place();
        self.with(|connections| connections.shared.push(shared.clone()));
        tokio::spawn(forget_when_idle(
            Arc::downgrade(&self.connections),
            shared.load,
        ));
        Ok(place)
    }

    /// Gives no more places on a connection whose origin refuses requests.
    pub(super) fn forget(&self, connection: &Connection) {
        if let Connection::Http2(_, Lease(load)) = connection {
            self.with(|connections| {
                let others = |shared: &Shared| !Arc::ptr_eq(&shared.load, load);
                connections.shared.retain(others);
            });
        }
    }

    /// Returns what keeps an HTTP/1.1 connection for the next exchange, once this exchange is over;
    /// `head` is the response's head. Returns `None` if the connection must not be kept.
    pub(super) fn keep(&self, sender: Http1, head: &HeaderMap) -> Option<Kept> {
        let idle = idle_time(head, self.idle_timeout)?;
        Some(Kept {
            sender: Some(sender),
            idle,
            connections: Arc::downgrade(&self.connections),
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Connections) -> T) -> T {
        change(
            &mut self
                .connections
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

/// An HTTP/1.1 connection that is kept for the next exchange when this is dropped, with the end of
/// its exchange.
pub(super) struct Kept {
    sender: Option<Http1>,
    /// How long the connection may be idle.
    idle: Duration,
    connections: Weak<Mutex<Connections>>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(mut sender) = self.sender.take() else {
            return;
        };
        let (connections, idle) = (self.connections.clone(), self.idle);
        if sender.requests.is_ready() {
            return keep_until(&connections, sender, Instant::now() + idle);
        }
        // The exchange was given up, or the origin has not read all of the request.
        spawn(async move {
            if sender.requests.ready().await.is_ok() {
                keep_until(&connections, sender, Instant::now() + idle);
            }
        });
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// Changes the connections of a client, if the client still exists.
fn with<T>(
    connections: &Weak<Mutex<Connections>>,
    change: impl FnOnce(&mut Connections) -> T,
) -> Option<T> {
    let connections = connections.upgrade()?;
    let mut connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
    Some(change(&mut connections))
}

/// Runs a task for the connections, unless the runtime has ended and drops what it held.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(task);
    }
}

/// Gives a connection to the first exchange that waits, else keeps the connection.
fn keep_until(connections: &Weak<Mutex<Connections>>, sender: Http1, until: Instant) {
    let to_sweep = with(connections, |connections| {
        let mut sender = sender;
        let waiting = &mut connections.waiting;
        while let Some(first) = waiting.iter().position(|waiting| waiting.takes(&sender)) {
            match waiting.remove(first)?.free.send(sender) {
                Ok(()) => return None,
                Err(unwanted) => sender = unwanted,
            }
        }
        connections.idle.push_back(Idle { sender, until });
        if connections.idle.len() > connections.most_idle {
            connections.idle.pop_front();
        }
        let is_first = connections.swept_at.is_none_or(|at| until < at);
        is_first.then(|| connections.swept_at = Some(until))
    });
    if to_sweep.flatten().is_some() {
        spawn(sweep(Weak::clone(connections), until));
    }
}

/// Closes idle connections whose time is over, the first at `at`, as long as there are any.
///
/// One task does so for all of them: a timer for each exchange would outlive the exchange.
async fn sweep(connections: Weak<Mutex<Connections>>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let next = with(&connections, |connections| {
            let now = Instant::now();
            connections.idle.retain(|idle| now < idle.until);
            if connections.swept_at != Some(at) {
                return None; // Another task was to look sooner, and goes on.
            }
            connections.swept_at = connections.idle.iter().map(|idle| idle.until).min();
            connections.swept_at
        });
        match next.flatten() {
            Some(next) => at = next,
            None => return,
        }
    }
}

/// Removes an HTTP/2 connection from the shared ones once it has had no exchange for
/// [`IDLE_HTTP2`]; the connection ends then.
async fn forget_when_idle(connections: Weak<Mutex<Connections>>, load: Arc<Load>) {
    let mut idle = false;
    loop {
        tokio::time::sleep(IDLE_HTTP2 / 2).await;
        let busy = load.streams.load(Ordering::Relaxed) > 0;
        if busy {
            idle = false;
        } else if idle {
            break;
        } else {
            idle = true;
        }
        if connections.strong_count() == 0 {
            return;
        }
    }
    with(&connections, |connections| {
        connections
            .shared
            .retain(|shared| !Arc::ptr_eq(&shared.load, &load));
    });
}

/// Returns how long a connection may be idle after a response with this head, at most `longest`.
/// Returns `None` if it must not be kept at all (`Keep-Alive`, as RFC 2068 §19.7.1.1 has it).
fn idle_time(head: &HeaderMap, longest: Duration) -> Option<Duration> {
    if !head.contains_key(KEEP_ALIVE) {
        return (!longest.is_zero()).then_some(longest);
    }
    let parameter = |name: &str| {
        head.get_all(KEEP_ALIVE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.trim().parse::<u64>().ok())
    };
    if parameter("max") == Some(0) {
        return None;
    }
    let granted = parameter("timeout").map(Duration::from_secs);
    let idle = granted.map_or(longest, |time| time.saturating_sub(MARGIN).min(longest));
    (!idle.is_zero()).then_some(idle)
}

impl Shared {
    fn has_room(&self) -> bool {
        let Load { streams, limit, .. } = &*self.load;
        streams.load(Ordering::Relaxed) < limit.load(Ordering::Relaxed)
    }

    fn place(&self) -> Connection {
        Connection::Http2(self.sender.clone(), Lease::of(&self.load))
    }
}

/// Makes an HTTP/1.1 connection.
///
/// # Errors
/// [`FetchError`], when hyper refuses it.
pub(super) async fn http1_over(
    stream: Stream,
    address: SocketAddr,
    send_idle: Option<Duration>,
) -> Result<Http1, FetchError> {
    let (requests, connection) = http1::Builder::new()
        .max_buf_size(HEAD_LIMIT as usize)
        // Browsers show pages whose heads have such lines.
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake(Taken::new(stream, send_idle, ORIGIN))
        .await
        .map_err(|error| failure(&error))?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "connection to the origin broken off");
        }
    });
    Ok(Http1 {
        requests,
        address,
        task: task.abort_handle(),
    })
}

impl Connection {
    /// Returns the HTTP version that the connection speaks.
    pub(super) fn version(&self) -> Version {
        match self {
            Self::Http1(_) => Version::HTTP_11,
            Self::Http2(..) => Version::HTTP_2,
        }
    }

    /// Returns where the connection leads.
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Http1(sender) => sender.address,
            Self::Http2(_, Lease(load)) => load.address,
        }
    }

    /// Sends a request and waits for the head of its final response.
    ///
    /// # Errors
    /// [`Failed`], when no head arrives.
    pub(super) async fn send(
        &mut self,
        request: Request<Lent>,
    ) -> Result<Response<Incoming>, Failed> {
        let result = match self {
            Self::Http1(sender) => {
                let mut unanswered = Unanswered(Some(&sender.task));
                let result = sender.requests.try_send_request(request).await;
                unanswered.0 = None;
                result
            }
            Self::Http2(sender, _) => sender.try_send_request(request).await,
        };
        result.map_err(|error| Failed::of(&error))
    }
}

impl Failed {
    fn of(error: &TrySendError<Request<Lent>>) -> Self {
        let unsent = error.message().is_some();
        Self {
            error: failure(error.error()),
            unprocessed: unsent || is_refused(error.error()),
        }
    }
}

/// Returns whether an HTTP/2 origin says that it has not touched the request (RFC 9113 §8.7): it
/// refused the stream, or its `GOAWAY` does not count the stream among those that it took.
fn is_refused(error: &hyper::Error) -> bool {
    streamgate_hyper::chain(error)
        .filter_map(|error| error.downcast_ref::<h2::Error>())
        .any(|error| {
            error.is_remote()
                && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_ends_before_the_origin_ends_it() {
        const LONGEST: Duration = Duration::from_secs(20);
        for (field, expected) in [
            (None, Some(LONGEST)),
            (Some("timeout=5"), Some(Duration::from_secs(4))),
            (Some("timeout=5, max=100"), Some(Duration::from_secs(4))),
            (Some("timeout=60"), Some(LONGEST)),
            (Some("Timeout = 2"), Some(Duration::from_secs(1))),
            (Some("timeout=1"), None),
            (Some("timeout=0"), None),
            (Some("timeout=5, max=0"), None),
            (Some("nonsense"), Some(LONGEST)),
        ] {
            let mut head = HeaderMap::new();
            if let Some(field) = field {
                head.insert("keep-alive", field.parse().expect("a value"));
            }
            assert_eq!(idle_time(&head, LONGEST), expected, "{field:?}");
        }
    }
}
