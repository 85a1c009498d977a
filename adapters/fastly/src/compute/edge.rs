//! Core's boundary on Fastly Compute.

use std::cell::Cell;
use std::convert::Infallible;
use std::io::Write;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use fastly::Backend;
use fastly::geo::geo_lookup;
use fastly::handle::BodyHandle;
use fastly::http::FramingHeadersMode;
use fastly::http::body::StreamingBody;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use streamgate::{
    Blocking, ByteStream, Clock, Edge, FetchError, LimitsConfig, OriginConfig, Outbound, Store,
};
use streamgate_store_fastly::{Chunks, PopCache};

use super::subrequests::Beside;
use super::{backend, errors, head, sink};

/// The body of the client's request.
pub(crate) struct Upload {
    /// The body, as the platform holds it.
    pub(crate) body: BodyHandle,
    /// Whether the client's head says that there is a body of unknown length. The platform has a
    /// body for every request, and may not know its length either.
    pub(crate) chunked: bool,
}

/// One exchange. The platform itself knows the client.
pub(crate) struct FastlyEdge {
    limits: LimitsConfig,
    /// The client's address, if the platform tells it.
    client: Option<IpAddr>,
    /// How long the origin may pause within its body, as the last fetch told the platform.
    pause: Cell<Duration>,
}

/// The instance's clocks.
const CLOCK: Clock = Clock {
    elapsed: || BEGAN.elapsed(),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// A point in the past.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long a pause is allowed where the configuration has no limit: the longest that it can name.
const LONGEST: Duration = Duration::from_secs(3600);

impl FastlyEdge {
    /// Begins an exchange with these limits, and with a client at this address.
    pub(crate) fn new(limits: LimitsConfig, client: Option<IpAddr>) -> Self {
        Self {
            limits,
            client,
            pause: Cell::new(LONGEST),
        }
    }

    /// Returns how long the origin may pause within a body. The platform must be told before it is
    /// known what comes, so it is what is asked for that counts.
    fn pause(&self, request: &HeaderMap) -> Duration {
        self.limits.pause_of_accepted(request).unwrap_or(LONGEST)
    }
}

impl Edge for FastlyEdge {
    type RequestBody = Upload;
    type RequestStream = Blocking<Chunks>;
    /// `None` if the platform has taken over the exchange, and answers the client itself.
    type Body = Option<BodyHandle>;
    type Stream = Blocking<Chunks>;
    type Sent = ();
    /// The platform refuses a head only by a trap, which it answers with a 500 of its own.
    type SendError = Infallible;
    type Subrequests = Beside;

    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        protocol.as_bytes().eq_ignore_ascii_case(b"websocket")
    }

    fn clock(&self) -> Option<Clock> {
        Some(CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        getrandom::fill(bytes).is_ok()
    }

    fn country(&self) -> Option<String> {
        let geo = geo_lookup(self.client?)?;
        Some(geo.country_code().to_owned())
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(say)
    }

    fn subrequests(&self) -> Option<Beside> {
        Some(Beside)
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        Some(Arc::new(PopCache))
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<Option<BodyHandle>>, FetchError> {
        let pause = self.pause(request.headers());
        self.pause.set(pause);
        let backend = backend::for_origin(origin, pause)?;
        let (parts, body) = request.into_parts();
        let mut sent = head::to_origin(&parts)?;
        if parts.headers.contains_key(UPGRADE) {
            return hand_off(sent, &backend);
        }
        // The gate is no cache: whether a response may be stored depends on what the gate makes of
        // the response.
        sent.set_pass(true);
        let (began, limit) = (Instant::now(), origin.first_byte_timeout);
        let received = match body {
            None => sent.send(&backend),
            Some(Outbound::Unmodified(Upload { body, chunked })) => {
                // Viceroy's HTTP client sends no body of unknown length with these methods, unless
                // the head announces one (hyper 0.14, src/proto/h1/role.rs, `set_length`).
                let reluctant = matches!(*sent.get_method(), Method::GET | Method::HEAD);
                if reluctant && chunked && !parts.headers.contains_key(CONTENT_LENGTH) {
                    sent.set_header(TRANSFER_ENCODING, "chunked");
                    sent.set_framing_headers_mode(FramingHeadersMode::ManuallyFromHeaders);
                }
                sent.with_body(body).send(&backend)
            }
            Some(Outbound::Whole(bytes)) => sent.with_body(bytes.as_ref()).send(&backend),
            Some(Outbound::Streamed(body)) => match sent.send_async_streaming(&backend) {
                Ok((sink, pending)) => {
                    upload(body, sink).await?;
                    pending.wait()
                }
                Err(error) => Err(error),
            },
        };
        let received =
            received.map_err(|error| errors::fetch_error(&error, began.elapsed(), limit))?;
        Ok(head::from_origin(received).map(Some))
    }

    fn receive(&self, body: Upload) -> Blocking<Chunks> {
        Blocking::new(Chunks::new(Some(body.body), Duration::MAX))
    }

    fn read(&self, body: Option<BodyHandle>) -> Blocking<Chunks> {
        Blocking::new(Chunks::new(body, self.pause.get()))
    }

    async fn send_unmodified(
        self,
        response: Response<Option<BodyHandle>>,
    ) -> Result<(), Infallible> {
        let (parts, body) = response.into_parts();
        if let Some(body) = body {
            head::to_client(Response::from_parts(parts, body.into())).send_to_client();
        }
        Ok(())
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<(), Infallible> {
        let head = head.map(|()| fastly::Body::new());
        match sink::write(body, head::to_client(head).stream_to_client()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::info!(%error, "the client is gone"),
            Err(error) => tracing::warn!(%error, "response left unfinished"),
        }
        Ok(())
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<(), Infallible> {
        let response = response.map(|bytes| fastly::Body::from(bytes.as_ref()));
        head::to_client(response).send_to_client();
        Ok(())
    }
}

/// Writes a line of the access log to stderr, with one call.
fn say(line: &str) {
    // Nobody can be told that nobody reads it.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Sends a request's body. An origin that reads no more has answered, or its absence is reported
/// with the answer.
async fn upload<S: ByteStream>(body: S, sink: StreamingBody) -> Result<(), FetchError> {
    let read = sink::write(body, sink).await;
    if let Err(error) = read.map_err(|error| FetchError::RequestBody(error.to_string()))? {
        tracing::debug!(%error, "the origin reads no more of the request's body");
    }
    Ok(())
}

/// Lets the platform carry a WebSocket between client and backend, the handshake included: the
/// client gets whatever the origin answers, without the gate seeing it. After a successful hand-off
/// core is told that the protocol was switched.
fn hand_off(
    request: fastly::Request,
    backend: &Backend,
) -> Result<Response<Option<BodyHandle>>, FetchError> {
    request
        .handoff_websocket(backend.name())
        .map_err(|error| FetchError::Unsupported(error.to_string()))?;
    let mut response = Response::new(None);
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    Ok(response)
}
