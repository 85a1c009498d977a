//! The origin's side of an exchange: connections kept in a pool, and why no response came.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HOST, TE, UPGRADE};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use streamgate::FetchError;
use streamgate::config::OriginConfig;
use tokio::sync::oneshot;

use crate::connect::{DIALLED, Dialler, causes, chain, dialler, known};

/// The longest head that is taken, bytes: of a request as of a response. hyper, which reads this much at once, may take
/// one up to twice as long.
pub(crate) const HEAD_LIMIT: u32 = 64 * 1024;

/// How long a connection may be idle before it is closed. Shorter than what servers commonly allow, so that it is
/// rarely the origin that closes first.
const IDLE: Duration = Duration::from_secs(30);

/// How much of a body may be on its way on one HTTP/2 stream (RFC 9113 §5.2), bytes.
const STREAM_WINDOW: u32 = 256 * 1024;

/// The same for a connection: room for 128 streams whose clients all hold still, so that they do not stop the others.
const CONNECTION_WINDOW: u32 = 128 * STREAM_WINDOW;

/// How long an HTTP/2 connection may be silent before it is asked whether it is still there, and then for an answer.
const PING: Duration = Duration::from_secs(20);

type Pool = legacy::Client<Dialler, UnsyncBoxBody<Bytes, hyper::Error>>;

/// A client of one origin.
#[derive(Debug)]
pub(crate) struct Client {
    /// What it was made for; it serves every origin that is [fetched alike](OriginConfig::is_fetched_as).
    pub(crate) origin: OriginConfig,
    pooled: Pool,
    /// HTTP/1.1 only, and each connection for one exchange: `Upgrade` is a field of HTTP/1.1 (RFC 9110 §7.8).
    upgrading: Pool,
    /// What the origin is called, in `:authority` (RFC 9113 §8.3.1) as in `Host`.
    authority: Option<Authority>,
}

impl Client {
    /// A client without connections.
    pub(crate) fn new(origin: &OriginConfig, tls: &ClientConfig) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new());
        builder
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(HEAD_LIMIT as usize);
        builder.http2_max_header_list_size(HEAD_LIMIT);
        builder
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING);
        let pooled = builder.build(dialler(origin, tls.clone(), true));
        builder.pool_max_idle_per_host(0);
        Self {
            pooled,
            upgrading: builder.build(dialler(origin, tls.clone(), false)),
            authority: origin.host.as_ref().and_then(|host| host.parse().ok()),
            origin: origin.clone(),
        }
    }

    /// Sends a request and waits for the head of its final response. `trailers`: the client takes trailers.
    ///
    /// # Errors
    /// [`FetchError`], when no head arrives.
    pub(crate) async fn send(
        &self,
        request: Request<Option<Incoming>>,
        trailers: bool,
    ) -> Result<Response<Incoming>, FetchError> {
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11; // Or whatever the connection speaks.
        head.extensions.clear();
        if let Some(authority) = &self.authority {
            let mut parts = std::mem::take(&mut head.uri).into_parts();
            parts.authority = Some(authority.clone());
            head.uri = Uri::from_parts(parts).map_err(|e| FetchError::Other(e.to_string()))?;
        }
        if self.origin.url.scheme() == Some(&Scheme::HTTPS) {
            // HTTP/2 says the authority in `:authority` alone (RFC 9113 §8.3.1): nginx before 1.29 refuses a `Host` beside
            // it. Which version the connection speaks is known only once it stands, and hyper sets the field where it is
            // HTTP/1.1.
            head.headers.remove(HOST);
        }
        if head.headers.contains_key(UPGRADE) {
            return self.attempt(&self.upgrading, head, body).await.0;
        }
        if trailers {
            head.headers
                .insert(TE, HeaderValue::from_static("trailers"));
            if self.origin.url.scheme() == Some(&Scheme::HTTP) {
                // HTTP/1.1 wants it named (RFC 9110 §10.1.4), HTTP/2, which there is with TLS alone, forbids to.
                head.headers
                    .append(CONNECTION, HeaderValue::from_static("te"));
            }
        }
        let again = (body.is_none() && head.method.is_idempotent()).then(|| head.clone());
        match (self.attempt(&self.pooled, head, body).await, again) {
            // The origin closed a kept connection before it knew of the request (RFC 9112 §9.3.1).
            ((Err(FetchError::Closed(_)), false), Some(head)) => {
                self.attempt(&self.pooled, head, None).await.0
            }
            ((result, _), _) => result,
        }
    }

    /// Sends a request once. Also says whether its connection was a new one.
    async fn attempt(
        &self,
        pool: &Pool,
        head: Parts,
        body: Option<Incoming>,
    ) -> (Result<Response<Incoming>, FetchError>, bool) {
        let (sending, sent) = oneshot::channel::<()>();
        let bodiless = body.is_none();
        let body = match body {
            Some(body) => body.boxed_unsync(),
            None => Empty::new().map_err(|never| match never {}).boxed_unsync(),
        };
        // hyper drops the body once it is sent, and `sending` with it: the time for the first byte begins.
        let body = body.inspect_frame(move |_| _ = &sending).boxed_unsync();
        // Without one it begins as soon as a connection must stand, be it that a full one has no stream to spare.
        let overdue = async {
            tokio::select! {
                _ = sent => {}
                () = tokio::time::sleep(self.origin.connect_timeout), if bodiless => {}
            }
            tokio::time::sleep(self.origin.first_byte_timeout).await;
        };
        let exchange = DIALLED.scope(Cell::new(false), async {
            let result = pool.request(Request::from_parts(head, body)).await;
            (
                result.map_err(|error| failure(&error)),
                DIALLED.with(Cell::get),
            )
        });
        tokio::select! {
            biased;
            result = exchange => result,
            () = overdue => {
                let limit = self.origin.first_byte_timeout;
                (Err(FetchError::Timeout(format!("no response head within {limit:?}"))), true)
            }
        }
    }
}

/// What a fetch failed of, from hyper's own error.
fn failure(error: &legacy::Error) -> FetchError {
    if let Some(known) = known(error) {
        return known;
    }
    let Some(http) = chain(error).find_map(|e| e.downcast_ref::<hyper::Error>()) else {
        return FetchError::Other(causes(error));
    };
    let line = causes(http);
    if http.is_user() {
        // The only thing of ours that can fail in there is the request's body.
        FetchError::RequestBody(http.source().map_or(line, causes))
    } else if http.is_parse() {
        FetchError::Protocol(line)
    } else if http.is_incomplete_message()
        || http.is_canceled()
        || http.is_closed()
        || chain(http).any(<dyn Error>::is::<io::Error>)
    {
        FetchError::Closed(line)
    } else {
        FetchError::Protocol(line)
    }
}

#[cfg(test)]
mod tests;
