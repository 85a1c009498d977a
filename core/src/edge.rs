//! The boundary between core and a platform: one trait, which is all that an adapter implements.

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use crate::body::ByteStream;
use crate::config::OriginConfig;

/// One exchange's platform: where origins are fetched from and the client is answered.
///
/// The three `send` methods take the edge by value: a client is answered once. Heads carry every field of the message,
/// in order, as bytes; an adapter must not turn a field into a `String` to carry it, nor join repeated fields.
#[allow(async_fn_in_trait)] // Edge instances have one thread: no future of ours needs `Send`.
pub trait Edge: Sized {
    /// The body of the client's request, as the platform has it. Streamed to the origin, never looked into.
    type RequestBody;
    /// The body of the origin's response, as the platform has it. Opaque, so that it can be sent on untouched.
    type Body;
    /// What reading a [`Edge::Body`] gives. Chunks of some 64 KiB when they are there, and what is there when not.
    type Stream: ByteStream + 'static;
    /// What the platform's handler must return once the client has been answered.
    type Sent;
    /// Why the client could not be answered at all. (A body that fails midway is aborted and logged by the adapter.)
    type SendError;

    /// Whether [`Edge::read`] yields the body already decoded when the response's one `Content-Encoding` is `coding`. What
    /// is streamed or sent buffered is always coded as its head says: encoding is core's part, since a platform's encoder
    /// is not known to let out what it has when the origin pauses.
    fn decodes(&self, coding: &HeaderValue) -> bool {
        let _ = coding;
        false
    }

    /// Whether the platform can carry an upgraded connection with this `Upgrade` field (truth table, row 1).
    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        let _ = protocol;
        false
    }

    /// Sends a request to an origin and waits for the head of its final response. The request's URI is absolute, with the
    /// authority of the origin's `url`, and its `Host` is set. `None` as body: the request has none. Redirects are not followed and nothing is decoded; a
    /// request without a body may be sent again when a kept connection turns out to be dead. Interim (1xx) responses other than 101 are skipped.
    ///
    /// # Errors
    /// [`FetchError`], when no response head arrives.
    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Self::RequestBody>>,
    ) -> Result<Response<Self::Body>, FetchError>;

    /// Reads an origin's body. Ends with [`crate::BodyError::Incomplete`] if the origin stops before the end that its
    /// framing announced. Dropping the stream cancels the fetch.
    fn read(&self, body: Self::Body) -> Self::Stream;

    /// Answers with the origin's body by the platform's own primitive: no byte passes through our memory, and
    /// `Content-Length` and trailers survive. Also carries a `101` when [`Edge::upgrades`] said so.
    ///
    /// # Errors
    /// When the platform refuses the head.
    async fn send_unmodified(
        self,
        response: Response<Self::Body>,
    ) -> Result<Self::Sent, Self::SendError>;

    /// Answers with a body chunk by chunk: each chunk leaves before the next one is pulled. Where the head carries a
    /// `Content-Length` the platform frames by it, else chunked or as the protocol does. When the stream ends with an
    /// error the response is left unfinished, so that the client can tell.
    ///
    /// # Errors
    /// When the platform refuses the head.
    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Self::Sent, Self::SendError>;

    /// Answers with a complete body. The head carries an exact `Content-Length` where it should; for `HEAD` it is the one
    /// that the `GET` would have had, though the body is empty.
    ///
    /// # Errors
    /// When the platform refuses the head.
    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Self::SendError>;
}

/// Why no response came from the origin. [`FetchError::status`] is what the client gets, and the value of the
/// `Proxy-Status` error (RFC 9209 §2.3) is [`FetchError::proxy_status`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The origin's name did not resolve.
    #[error("the origin's name does not resolve: {0}")]
    Dns(String),
    /// Nobody accepted a connection.
    #[error("no connection to the origin: {0}")]
    Connect(String),
    /// The TLS handshake or the certificate failed.
    #[error("no TLS session with the origin: {0}")]
    Tls(String),
    /// No connection, or no head, within the time that the configuration allows.
    #[error("the origin did not answer in time: {0}")]
    Timeout(String),
    /// What the origin sent is no HTTP, or its head was over the platform's limit.
    #[error("the origin's answer is no valid HTTP: {0}")]
    Protocol(String),
    /// The connection ended before a response head.
    #[error("the origin closed the connection before its response: {0}")]
    Closed(String),
    /// The client's request body ended early or was malformed.
    #[error("the request's body is incomplete: {0}")]
    RequestBody(String),
    /// The response's body, which had to be whole before it could be answered, was not.
    #[error("the origin's body is not usable: {0}")]
    Body(String),
    /// The platform has no way to send this request.
    #[error("the platform cannot send this request: {0}")]
    Unsupported(String),
    /// Anything else that the platform reports.
    #[error("the fetch failed: {0}")]
    Other(String),
}

impl FetchError {
    /// The status for the client: 504 for a timeout, 400 for its own broken body, 501 for what the platform cannot send,
    /// else 502 (RFC 9110 §15.6).
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        match self {
            Self::Timeout(_) => http::StatusCode::GATEWAY_TIMEOUT,
            Self::RequestBody(_) => http::StatusCode::BAD_REQUEST,
            Self::Unsupported(_) => http::StatusCode::NOT_IMPLEMENTED,
            _ => http::StatusCode::BAD_GATEWAY,
        }
    }

    /// What the client is told. The cause, which may name the origin, is for the log alone.
    #[must_use]
    pub fn told(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "The origin did not answer in time.",
            Self::RequestBody(_) => "The request's body is incomplete.",
            Self::Body(_) => "The origin's answer is not usable.",
            Self::Unsupported(_) => "This gate cannot send the request on.",
            _ => "The origin could not be reached.",
        }
    }

    /// The error type's name in `Proxy-Status` (RFC 9209 §2.3).
    #[must_use]
    pub fn proxy_status(&self) -> &'static str {
        match self {
            Self::Dns(_) => "dns_error",
            Self::Connect(_) => "connection_refused",
            Self::Tls(_) => "tls_protocol_error",
            Self::Timeout(_) => "connection_timeout",
            Self::Protocol(_) => "http_protocol_error",
            Self::Closed(_) => "connection_terminated",
            Self::RequestBody(_) => "http_request_error",
            Self::Body(_) => "http_response_incomplete",
            Self::Unsupported(_) | Self::Other(_) => "proxy_internal_error",
        }
    }
}
