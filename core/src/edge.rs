//! The boundary between core and a platform: a single trait, which an adapter implements.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{future, stream};
use http::{HeaderValue, Request, Response};

use crate::body::{BodyError, ByteStream};
use crate::cache::Store;
use crate::config::OriginConfig;
use crate::pipeline::Rewritten;
use crate::websocket::WebSocket;

/// The clocks of a platform: core has none.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Returns the time since some point in the past. A clock that is set back gives too short
    /// times, never negative ones.
    pub elapsed: fn() -> Duration,
    /// Returns the time since the Unix epoch.
    pub since_epoch: fn() -> Duration,
}

/// The platform of one exchange: it fetches from origins and answers the client.
///
/// The three methods that answer take the edge by value, because a client is answered once. Heads
/// carry every field of the message, in order, as bytes; an adapter must neither convert a field
/// into a `String` nor join repeated fields.
#[allow(async_fn_in_trait)] // Edge instances have one thread: no future of ours needs `Send`.
pub trait Edge: Sized {
    /// The body of the client's request, as the platform holds it. Opaque, so that the body can be
    /// sent on untouched.
    type RequestBody;
    /// The stream that reads a [`Edge::RequestBody`].
    type RequestStream: ByteStream + 'static;
    /// The body of the origin's response, as the platform holds it. Opaque, so that the body can be
    /// sent on untouched.
    type Body;
    /// The stream that reads a [`Edge::Body`]. It yields chunks of some 64 KiB if that much is
    /// available, and otherwise whatever is available.
    type Stream: ByteStream + 'static;
    /// The value that the platform's handler must return once the client has been answered.
    type Sent;
    /// Why the client could not be answered at all. (The adapter aborts and logs a body that fails
    /// midway.)
    type SendError;
    /// What fetches beside the exchange, for fragments: [`NoSubrequests`] where nothing can.
    type Subrequests: Subrequests;

    /// Returns whether [`Edge::read`] yields the body already decoded if `coding` is the response's
    /// only `Content-Encoding`. Bodies to be streamed or sent buffered are always coded as their
    /// head says: core does the encoding, since a platform's encoder might hold back data while the
    /// origin pauses.
    fn decodes(&self, coding: &HeaderValue) -> bool {
        let _ = coding;
        false
    }

    /// Returns whether the platform can carry a connection that is upgraded to this protocol, one
    /// of those that an `Upgrade` field names (truth table, row 1).
    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        let _ = protocol;
        false
    }

    /// Returns whether [`Edge::send_websocket`] maps messages. If not, it is never called, and
    /// WebSockets keep their messages and extensions whatever the configuration says.
    fn maps_messages(&self) -> bool {
        false
    }

    /// Returns whether an origin can tell that a body which the gate streams to it, and which ends
    /// with an error, is unfinished. If not, [`Edge::fetch`] never gets a [`Outbound::Streamed`]:
    /// a body without an announced length then stays as it is.
    fn streams_uploads(&self) -> bool {
        true
    }

    /// Returns the platform's clocks, by which the log and `Server-Timing` tell times.
    fn clock(&self) -> Option<Clock> {
        None
    }

    /// Fills `bytes` with random numbers, by which the gate's spans are named. Returns whether it
    /// has; if not, traces pass on as they come.
    fn random(&self, bytes: &mut [u8]) -> bool {
        let _ = bytes;
        false
    }

    /// Returns the country where the client is, by two letters (ISO 3166-1), if the platform tells
    /// it.
    fn country(&self) -> Option<String> {
        None
    }

    /// Returns what takes the lines of the access log. `None`: the adapter writes them itself, as
    /// it knows more of an exchange than core does, or there are none.
    fn access_log(&self) -> Option<fn(&str)> {
        None
    }

    /// Returns what fetches beside the exchange, for fragments. `None`: the platform cannot, and
    /// each fragment gives its fallback.
    fn subrequests(&self) -> Option<Self::Subrequests> {
        None
    }

    /// Returns what stores responses, if the configuration asks for a cache. `None`: the platform
    /// has nothing that does, or the gate no clock there.
    fn cache(&self) -> Option<Arc<dyn Store>> {
        None
    }

    /// Serves a request of the cache's own in the background, as [`crate::serve()`] serves it, and
    /// reads the response to its end, which nobody else gets. Returns whether that is being done.
    fn renew(&self, request: Request<()>) -> bool {
        let _ = request;
        false
    }

    /// Sends a request to an origin and waits for the head of its final response.
    ///
    /// The URI of the request is absolute, with the authority of the origin's `url`, and its `Host`
    /// is set. The body is `None` if the request has none. If the head has a `Content-Length`, the
    /// body is as long; otherwise the platform frames it by chunks, or as the protocol does. The
    /// adapter must not follow redirects or decode anything. It may send a request without a body
    /// again if a kept connection turns out to be dead. It skips interim (1xx) responses other than
    /// 101.
    ///
    /// # Errors
    /// Returns a [`FetchError`] if no response head arrives: [`FetchError::RequestBody`] if that is
    /// because the request's body ends with an error, of which the origin must be able to tell that
    /// it is unfinished; [`FetchError::ClientGone`] if it is because the client has left, where the
    /// platform goes on after that.
    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Self::Body>, FetchError>;

    /// Reads the body of the client's request. The stream ends with
    /// [`crate::BodyError::Incomplete`] if the client stops before the end that its framing
    /// announced.
    fn receive(&self, body: Self::RequestBody) -> Self::RequestStream;

    /// Reads the body of an origin. The stream ends with [`crate::BodyError::Incomplete`] if the
    /// origin stops before the end that its framing announced; it holds a
    /// [`FetchError::ClientGone`] if it ends because the client has left. Dropping the stream
    /// cancels the fetch.
    fn read(&self, body: Self::Body) -> Self::Stream;

    /// Answers with the origin's body by the platform's own means: no byte passes through the
    /// gate's memory, and `Content-Length` and trailers survive. Also carries a `101` response if
    /// [`Edge::upgrades`] returned `true` for it.
    ///
    /// # Errors
    /// Returns an error if the platform refuses the head.
    async fn send_unmodified(
        self,
        response: Response<Self::Body>,
    ) -> Result<Self::Sent, Self::SendError>;

    /// Answers with a `101` that opens a WebSocket without extensions, as
    /// [`Edge::send_unmodified`] does, but hands each direction to [`crate::Messages`]. Where the
    /// platform has messages, binary ones and the code and reason of a close go on as they are.
    ///
    /// # Errors
    /// Returns an error if the platform refuses the head.
    async fn send_websocket(
        self,
        response: Response<Self::Body>,
        websocket: WebSocket,
    ) -> Result<Self::Sent, Self::SendError> {
        let _ = websocket;
        self.send_unmodified(response).await
    }

    /// Answers with a body chunk by chunk: each chunk leaves before the next one is pulled. If the
    /// head has a `Content-Length`, the platform frames the body by that; otherwise by chunks, or
    /// as the protocol does. If the stream ends with an error, the response is left unfinished, so
    /// that the client can tell.
    ///
    /// # Errors
    /// Returns an error if the platform refuses the head.
    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Self::Sent, Self::SendError>;

    /// Answers with a complete body. The head has an exact `Content-Length` where it should; for
    /// `HEAD`, that is the length that the response to a `GET` would have had, although the body is
    /// empty.
    ///
    /// # Errors
    /// Returns an error if the platform refuses the head.
    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Self::SendError>;
}

/// What fetches beside an exchange, and outlives the call that answers the client. Both methods
/// begin at once what they return the end of: it goes on whether or not the future is polled.
pub trait Subrequests: 'static {
    /// The response, once its head is there.
    type Response: Future<Output = Result<Response<Self::Body>, FetchError>> + 'static;
    /// The body of a response. The stream ends as that of [`Edge::read`] does.
    type Body: ByteStream + 'static;
    /// The end of a wait.
    type Sleep: Future<Output = ()> + 'static;

    /// Sends a request without a body to an origin, as [`Edge::fetch`] does. Where the platform
    /// decodes the body by itself, the head of the response has no `Content-Encoding`. Dropping the
    /// future, or the body, cancels the fetch; so does the client that leaves. The body may pause
    /// for `pause` at most, where the platform must be told so beforehand.
    fn fetch(&self, origin: &OriginConfig, request: Request<()>, pause: Duration)
    -> Self::Response;

    /// Waits.
    fn sleep(&self, time: Duration) -> Self::Sleep;

    /// Returns how many fetches may be under way at a time beside that of the page.
    fn at_once(&self) -> usize {
        usize::MAX
    }

    /// Returns how many fetches there may be for one page.
    fn in_all(&self) -> usize {
        usize::MAX
    }
}

/// The [`Subrequests`] of a platform that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSubrequests {}

impl Subrequests for NoSubrequests {
    type Response = future::Pending<Result<Response<Self::Body>, FetchError>>;
    type Body = stream::Empty<Result<Bytes, BodyError>>;
    type Sleep = future::Pending<()>;

    fn fetch(&self, _: &OriginConfig, _: Request<()>, _: Duration) -> Self::Response {
        match *self {}
    }

    fn sleep(&self, _: Duration) -> Self::Sleep {
        match *self {}
    }
}

/// The body of a request on its way to the origin.
pub enum Outbound<E: Edge> {
    /// The client's own body, which the platform sends on by its own means.
    Unmodified(E::RequestBody),
    /// All bytes of a body that the gate has read.
    Whole(Bytes),
    /// The client's body, changed while it is read.
    Streamed(Rewritten<E::RequestStream>),
}

/// Why no response came from the origin. [`FetchError::status`] is the status for the client, and
/// [`FetchError::proxy_status`] is the error type for `Proxy-Status` (RFC 9209 §2.3).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The origin's name did not resolve.
    #[error("the origin's name does not resolve: {0}")]
    Dns(String),
    /// No connection was accepted.
    #[error("no connection to the origin: {0}")]
    Connect(String),
    /// The TLS handshake or the certificate failed.
    #[error("no TLS session with the origin: {0}")]
    Tls(String),
    /// No connection or no head within the time that the configuration allows.
    #[error("the origin did not answer in time: {0}")]
    Timeout(String),
    /// The origin paused within its body for longer than the configuration allows. The text says
    /// what it sent instead: nothing.
    #[error("the origin sent {0}")]
    ReadTimeout(String),
    /// The exchange took longer than the configuration allows, and the client is not the reason.
    #[error("no time is left: {0}")]
    ExchangeTimeout(String),
    /// The origin's answer is not HTTP, or its head exceeds the platform's limit.
    #[error("the origin's answer is no valid HTTP: {0}")]
    Protocol(String),
    /// The connection ended before a response head.
    #[error("the origin closed the connection before its response: {0}")]
    Closed(String),
    /// The client has left: nobody waits for the response any more.
    #[error("the client has left: {0}")]
    ClientGone(String),
    /// The client's request body ended early or was malformed.
    #[error("the request's body is incomplete: {0}")]
    RequestBody(String),
    /// The client's request body paused for longer than the configuration allows.
    #[error("the request's body did not arrive in time: {0}")]
    RequestTimeout(String),
    /// The client's request body is longer than the configuration allows.
    #[error("the request's body is too long: {0}")]
    RequestTooLarge(String),
    /// As many requests as the configuration allows are on their way to the origin.
    #[error("the origin has enough to do: {0}")]
    Overloaded(String),
    /// The response's body had to be complete before it could be answered, but was not.
    #[error("the origin's body is not usable: {0}")]
    Body(String),
    /// The platform has no way to send this request.
    #[error("the platform cannot send this request: {0}")]
    Unsupported(String),
    /// Any other failure that the platform reports.
    #[error("the fetch failed: {0}")]
    Other(String),
}

impl FetchError {
    /// Returns what the platform says of a body that broke off, if it has put that into the error.
    pub(crate) fn of(error: &BodyError) -> Option<Self> {
        match error {
            BodyError::Incomplete(source) => source.downcast_ref::<Self>().cloned(),
            BodyError::Transform(_) => None,
        }
    }

    /// Returns the status for the client: 504 for a timeout, 400 for a broken body of the client or
    /// one that has left, 408 for one that pauses, 413 for one that is too long, 501 for a request
    /// that the platform cannot send, 503 for one that would be one too many, and otherwise 502
    /// (RFC 9110 §15.6).
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        match self {
            Self::Timeout(_) | Self::ReadTimeout(_) | Self::ExchangeTimeout(_) => {
                http::StatusCode::GATEWAY_TIMEOUT
            }
            Self::ClientGone(_) | Self::RequestBody(_) => http::StatusCode::BAD_REQUEST,
            Self::RequestTimeout(_) => http::StatusCode::REQUEST_TIMEOUT,
            Self::RequestTooLarge(_) => http::StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unsupported(_) => http::StatusCode::NOT_IMPLEMENTED,
            Self::Overloaded(_) => http::StatusCode::SERVICE_UNAVAILABLE,
            _ => http::StatusCode::BAD_GATEWAY,
        }
    }

    /// Returns a sentence for the client. The cause, which may name the origin, goes to the log
    /// only.
    #[must_use]
    pub fn told(&self) -> &'static str {
        match self {
            Self::Timeout(_) | Self::ReadTimeout(_) | Self::ExchangeTimeout(_) => {
                "The origin did not answer in time."
            }
            Self::ClientGone(_) => "The client has left.",
            Self::RequestBody(_) => "The request's body is incomplete.",
            Self::RequestTimeout(_) => "The request's body did not arrive in time.",
            Self::RequestTooLarge(_) => "The request's body is too long.",
            Self::Overloaded(_) => "This gate has enough to do; please try again.",
            Self::Body(_) => "The origin's answer is not usable.",
            Self::Unsupported(_) => "This gate cannot send the request on.",
            _ => "The origin could not be reached.",
        }
    }

    /// Returns the name of the error type in `Proxy-Status` (RFC 9209 §2.3).
    #[must_use]
    pub fn proxy_status(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns_error",
            Self::Connect(_) => "connection_refused",
            Self::Tls(_) => "tls_protocol_error",
            Self::Timeout(_) => "connection_timeout",
            Self::ReadTimeout(_) => "connection_read_timeout",
            Self::ExchangeTimeout(_) => "http_response_timeout",
            Self::Protocol(_) => "http_protocol_error",
            Self::Closed(_) => "connection_terminated",
            Self::ClientGone(_)
            | Self::RequestBody(_)
            | Self::RequestTimeout(_)
            | Self::RequestTooLarge(_) => "http_request_error",
            Self::Overloaded(_) => "connection_limit_reached",
            Self::Body(_) => "http_response_incomplete",
            Self::Unsupported(_) | Self::Other(_) => "proxy_internal_error",
        }
    }
}
