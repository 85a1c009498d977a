//! How the gate speaks HTTP with its clients.

use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderMap, HeaderValue, Version};
use hyper::rt::Executor;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto;
use streamgate::LimitsConfig;
use tokio::task::spawn_local;

use super::fair::Fair;
use crate::activity::Stream;
use crate::client::HEAD_LIMIT;

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to
/// answer.
const PING: Duration = Duration::from_secs(20);

/// A server of one connection.
pub(super) type Builder = auto::Builder<LocalExecutor>;

/// How many exchanges an HTTP/2 client may have at a time on one connection.
const STREAMS: u32 = 100;

/// How many bytes of a request's body may be on their way on one stream (RFC 9113 §5.2). The
/// connection has room for all streams, so that a stream that is held back does not stop the
/// others.
const STREAM_WINDOW: u32 = 128 * 1024;

/// Configures a server of HTTP/1.1, and of HTTP/2 with prior knowledge (RFC 9113 §3.3).
pub(super) fn builder(limits: &LimitsConfig) -> Builder {
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

/// Says in the head of a response that its connection closes, where that is for the head to say.
pub(super) fn closing(version: Version, head: &mut HeaderMap) {
    if version < Version::HTTP_2 {
        head.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Runs the tasks of a connection on the connection's thread. There is one for each HTTP/2 stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalExecutor {
    send_idle: Option<Duration>,
}

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        spawn_local(Fair::new(Stream::run(future, self.send_idle)));
    }
}
