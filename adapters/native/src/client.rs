//! The origin's side of an exchange: connections kept in a pool, and why no response came.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{CONNECTION, HOST, TE, UPGRADE};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{Extensions, HeaderValue, Request, Response, Uri, Version};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use streamgate::FetchError;
use streamgate::config::OriginConfig;
use tokio::sync::oneshot;

use crate::HEAD_LIMIT;
use crate::body::RequestBody;
use crate::connect::{Dialler, causes, chain, known};
use crate::wire::Used;

/// How long a connection may be idle before it is closed. Shorter than what servers commonly allow, so that it is
/// rarely the origin that closes first.
const IDLE: Duration = Duration::from_secs(30);

/// How much of a body may be on its way on one HTTP/2 stream (RFC 9113 §5.2), bytes.
const STREAM_WINDOW: u32 = 1 << 20;

/// A client of the one origin.
#[derive(Debug)]
pub(crate) struct Client {
    pooled: legacy::Client<Dialler, RequestBody>,
    /// HTTP/1.1 only, and each connection for one exchange: `Upgrade` is a field of HTTP/1.1 (RFC 9110 §7.8).
    upgrading: legacy::Client<Dialler, RequestBody>,
    plain: bool,
    first_byte_timeout: Duration,
}

impl Client {
    /// A client without connections.
    pub(crate) fn new(origin: &OriginConfig, tls: &ClientConfig) -> Self {
        let mut builder = legacy::Client::builder(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(HEAD_LIMIT)
            .http2_max_header_list_size(HEAD_LIMIT as u32)
            .http2_initial_stream_window_size(STREAM_WINDOW);
        Self {
            pooled: builder.build(Dialler::new(origin, tls.clone(), true)),
            upgrading: builder.pool_max_idle_per_host(0).build(Dialler::new(
                origin,
                tls.clone(),
                false,
            )),
            plain: origin.url.scheme() == Some(&Scheme::HTTP),
            first_byte_timeout: origin.first_byte_timeout,
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
        told_host(&mut head);
        if head.headers.contains_key(UPGRADE) {
            return self
                .attempt(&self.upgrading, head, body, &AtomicBool::new(false))
                .await;
        }
        if trailers {
            head.headers
                .insert(TE, HeaderValue::from_static("trailers"));
            if self.plain {
                // HTTP/1.1 wants it named (RFC 9110 §10.1.4); in HTTP/2, which only TLS negotiates, it would be removed.
                head.headers
                    .append(CONNECTION, HeaderValue::from_static("te"));
            }
        }
        if body.is_some() || !head.method.is_idempotent() {
            return self
                .attempt(&self.pooled, head, body, &AtomicBool::new(false))
                .await;
        }
        let reused = AtomicBool::new(false);
        match self
            .attempt(&self.pooled, head.clone(), None, &reused)
            .await
        {
            // The origin had closed a kept connection and could not say so in time (RFC 9112 §9.3.1).
            Err(FetchError::Closed(_)) if reused.load(Ordering::Relaxed) => {
                self.attempt(&self.pooled, head, None, &reused).await
            }
            result => result,
        }
    }

    async fn attempt(
        &self,
        client: &legacy::Client<Dialler, RequestBody>,
        head: Parts,
        body: Option<Incoming>,
        reused: &AtomicBool,
    ) -> Result<Response<Incoming>, FetchError> {
        let (sending, sent) = oneshot::channel();
        let request = Request::from_parts(head, RequestBody::new(body, sending));
        let overdue = async {
            // Fails when the body is dropped, which is when it has been sent.
            let _ = sent.await;
            tokio::time::sleep(self.first_byte_timeout).await;
        };
        tokio::select! {
            biased;
            result = client.request(request) => match result {
                Ok(response) => {
                    if let Some(Used(flag)) = response.extensions().get() {
                        flag.raise();
                    }
                    Ok(response)
                }
                Err(error) => {
                    let mut extras = Extensions::new();
                    if let Some(connection) = error.connect_info() {
                        connection.get_extras(&mut extras);
                    }
                    let used = extras.get::<Used>().is_some_and(|used| used.0.is_raised());
                    reused.store(used, Ordering::Relaxed);
                    Err(fetch_error(&error))
                }
            },
            () = overdue => Err(FetchError::Timeout(format!(
                "no response head within {:?}",
                self.first_byte_timeout
            ))),
        }
    }
}

/// Makes `Host` the URI's authority, which is what HTTP/2 sends as `:authority` (RFC 9113 §8.3.1).
fn told_host(head: &mut Parts) {
    let Some(host) = head.headers.get(HOST) else {
        return;
    };
    if head
        .uri
        .authority()
        .is_some_and(|a| a.as_str().as_bytes() == host.as_bytes())
    {
        return;
    }
    let Ok(authority) = Authority::try_from(host.as_bytes()) else {
        return;
    };
    let mut parts = head.uri.clone().into_parts();
    parts.authority = Some(authority);
    if let Ok(uri) = Uri::from_parts(parts) {
        head.uri = uri;
    }
}

/// What a fetch failed of, from hyper's own error.
fn fetch_error(error: &legacy::Error) -> FetchError {
    if let Some(known) = known(error) {
        return known;
    }
    let line = causes(error);
    let Some(http) = chain(error).find_map(|e| e.downcast_ref::<hyper::Error>()) else {
        return FetchError::Other(line);
    };
    if http.is_user() {
        FetchError::RequestBody(line)
    } else if http.is_parse() {
        FetchError::Protocol(line)
    } else if http.is_incomplete_message()
        || http.is_canceled()
        || http.is_closed()
        || chain(http).any(<dyn std::error::Error>::is::<std::io::Error>)
    {
        FetchError::Closed(line)
    } else {
        FetchError::Protocol(line)
    }
}
