//! A connection to an origin, and a place on it for one exchange.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use streamgate::FetchError;
use streamgate_bodies::{chain, of_fetch};
use tokio::task::AbortHandle;

use crate::client::HEAD_LIMIT;
use crate::client::upload::Lent;
use crate::connect::Stream;
use crate::taken::Taken;

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

/// An HTTP/2 connection, which has places for many exchanges at a time.
#[derive(Clone)]
pub(super) struct Shared {
    sender: http2::SendRequest<Lent>,
    load: Arc<Load>,
}

/// Where an HTTP/2 connection leads, and how busy it is.
#[derive(Debug)]
pub(super) struct Load {
    address: SocketAddr,
    streams: AtomicUsize,
    limit: AtomicUsize,
}

/// A place on a connection, for one exchange.
pub(in crate::client) enum Connection {
    Http1(Http1),
    Http2(http2::SendRequest<Lent>, Lease),
}

/// The way to an HTTP/1.1 connection.
pub(in crate::client) struct Http1 {
    pub(super) requests: http1::SendRequest<Lent>,
    /// Where it leads.
    pub(super) address: SocketAddr,
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
pub(in crate::client) struct Lease(pub(super) Arc<Load>);

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
pub(in crate::client) struct Failed {
    pub(in crate::client) error: FetchError,
    /// Whether the origin cannot have acted upon the request: it was not sent, or the origin said
    /// so.
    pub(in crate::client) unprocessed: bool,
}

impl Shared {
    pub(super) fn has_room(&self) -> bool {
        let Load { streams, limit, .. } = &*self.load;
        streams.load(Ordering::Relaxed) < limit.load(Ordering::Relaxed)
    }

    pub(super) fn place(&self) -> Connection {
        Connection::Http2(self.sender.clone(), Lease::of(&self.load))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Returns where the connection leads.
    pub(super) fn address(&self) -> SocketAddr {
        self.load.address
    }

    /// Returns how busy the connection is.
    pub(super) fn load(&self) -> &Arc<Load> {
        &self.load
    }
}

impl Load {
    /// Returns whether the connection has no exchange at present.
    pub(super) fn is_none(&self) -> bool {
        self.streams.load(Ordering::Relaxed) == 0
    }
}

/// Makes an HTTP/1.1 connection.
///
/// # Errors
/// [`FetchError`], when hyper refuses it.
pub(in crate::client) async fn http1_over(
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
        .map_err(|error| of_fetch(&error))?;
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

/// Makes an HTTP/2 connection.
///
/// # Errors
/// [`FetchError`], when hyper refuses it.
pub(super) async fn http2_over(
    stream: Stream,
    address: SocketAddr,
    send_idle: Option<Duration>,
) -> Result<Shared, FetchError> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_LIMIT)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .handshake(Taken::new(stream, send_idle, ORIGIN))
        .await
        .map_err(|error| of_fetch(&error))?;
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
    Ok(Shared { sender, load })
}

impl Connection {
    /// Returns the HTTP version that the connection speaks.
    pub(in crate::client) fn version(&self) -> Version {
        match self {
            Self::Http1(_) => Version::HTTP_11,
            Self::Http2(..) => Version::HTTP_2,
        }
    }

    /// Returns where the connection leads.
    pub(in crate::client) fn address(&self) -> SocketAddr {
        match self {
            Self::Http1(sender) => sender.address,
            Self::Http2(_, Lease(load)) => load.address,
        }
    }

    /// Sends a request and waits for the head of its final response.
    ///
    /// # Errors
    /// [`Failed`], when no head arrives.
    pub(in crate::client) async fn send(
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
            error: of_fetch(error.error()),
            unprocessed: unsent || is_refused(error.error()),
        }
    }
}

/// Returns whether an HTTP/2 origin says that it has not touched the request (RFC 9113 §8.7): it
/// refused the stream, or its `GOAWAY` does not count the stream among those that it took.
fn is_refused(error: &hyper::Error) -> bool {
    chain(error)
        .filter_map(|error| error.downcast_ref::<h2::Error>())
        .any(|error| {
            error.is_remote()
                && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
        })
}
