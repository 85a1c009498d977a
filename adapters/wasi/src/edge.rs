//! Core's boundary on a WASI HTTP host.

use std::future::ready;
use std::io::Write;
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use streamgate::{
    Blocking, ByteStream, Clock, Edge, FetchError, LimitsConfig, OriginConfig, Outbound,
    Subrequests,
};
use wasi::clocks::monotonic_clock;
use wasi::http::outgoing_handler;
use wasi::http::types::{RequestOptions, ResponseOutparam};
use wasi::io::poll::poll;
use wasi::random::random::get_random_bytes;

use crate::body::{Chunks, OriginBody};
use crate::client::{self, ClientBody, Refused};
use crate::errors::{self, Ended};
use crate::head;
use crate::incoming::Incoming;
use crate::source::Source;
use crate::subrequests::Beside;
use crate::upload::Upload;

/// The instance's clocks.
const CLOCK: Clock = Clock {
    elapsed: || BEGAN.elapsed(),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// A point in the past.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long a pause is allowed where the configuration has no limit: the longest that it can name.
/// A host that is told nothing has a limit of its own (wasmtime 49: 600 s).
const LONGEST: Duration = Duration::from_secs(3600);

/// One exchange.
pub(crate) struct WasiEdge {
    pub(crate) client: ResponseOutparam,
    pub(crate) upload: Upload,
    pub(crate) limits: Option<LimitsConfig>,
}

impl Edge for WasiEdge {
    type RequestBody = Incoming;
    type RequestStream = Blocking<Chunks>;
    type Body = OriginBody;
    type Stream = Blocking<Chunks>;
    type Sent = ();
    type SendError = Refused;

    fn clock(&self) -> Option<Clock> {
        Some(CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        let random = get_random_bytes(bytes.len() as u64);
        let is_whole = random.len() == bytes.len();
        if is_whole {
            bytes.copy_from_slice(&random);
        }
        is_whole
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(say)
    }

    fn subrequests(&self) -> Option<Rc<dyn Subrequests>> {
        Some(Rc::new(Beside))
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let refused = |()| FetchError::Unsupported("the host refuses its head".to_owned());
        let (head, body) = request.into_parts();
        // Hosts lose such a body without a word: hyper, their HTTP client, sends none of unknown
        // length with these methods.
        let unsent = matches!(head.method, Method::GET | Method::HEAD)
            && !head.headers.contains_key(CONTENT_LENGTH);
        let body = body.filter(|body| match body {
            Outbound::Unmodified(body) => !unsent || body.has_bytes(),
            Outbound::Whole(_) | Outbound::Streamed(_) => true,
        });
        if unsent && body.is_some() {
            let refusal = format!("a {} with a body of unknown length", head.method);
            return Err(FetchError::Unsupported(refusal));
        }
        let outgoing = head::to_request(&head).map_err(refused)?;
        if let Some(body) = body {
            let body = match body {
                Outbound::Unmodified(body) => Source::Client(body),
                Outbound::Whole(bytes) => Source::of(stream::iter([Ok(bytes)]).boxed_local()),
                Outbound::Streamed(body) => Source::of(body.boxed_local()),
            };
            self.upload.begin(body, &outgoing).map_err(refused)?;
        }
        let options = RequestOptions::new();
        // A host without this limit returns an error, and waits as long as it sees fit.
        let _ = options.set_connect_timeout(Some(nanoseconds(origin.connect_timeout)));
        // The host must be told before it is known what comes.
        let limits = self.limits.as_ref();
        let pause = limits.and_then(|limits| limits.pause_of_accepted(&head.headers));
        let _ = options.set_between_bytes_timeout(Some(nanoseconds(pause.unwrap_or(LONGEST))));
        let future = outgoing_handler::handle(outgoing, Some(options))
            .map_err(|code| errors::fetch_error(&code))?;

        let arrived = future.subscribe();
        let moved = self.upload.run(&arrived);
        moved.map_err(FetchError::RequestBody)?;
        // The host's limit on the first byte would include the time in which the client sends. This
        // limit runs from the body's end.
        let limit = origin.first_byte_timeout;
        let expired = monotonic_clock::subscribe_duration(nanoseconds(limit));
        if !poll(&[&arrived, &expired]).contains(&0) {
            return Err(FetchError::Timeout(format!("no response in {limit:?}")));
        }

        let lost = |what: &str| FetchError::Other(format!("the host gives no {what}"));
        let arrived = future.get().and_then(Result::ok);
        let incoming = arrived.ok_or_else(|| lost("response"))?;
        let incoming = incoming.map_err(|code| errors::fetch_error(&code))?;
        let status = StatusCode::from_u16(incoming.status())
            .map_err(|error| FetchError::Protocol(error.to_string()))?;
        let fields = head::from_fields(&incoming.headers());
        let body = Incoming::new(incoming.consume()).ok_or_else(|| lost("body"))?;
        let mut response = Response::new(OriginBody {
            incoming: body,
            upload: self.upload.clone(),
        });
        *response.status_mut() = status;
        *response.headers_mut() = fields;
        Ok(response)
    }

    fn receive(&self, body: Incoming) -> Blocking<Chunks> {
        Blocking::new(Chunks::of_client(body)).unless(Chunks::is_ready)
    }

    fn read(&self, body: OriginBody) -> Blocking<Chunks> {
        Blocking::new(Chunks::of_origin(body)).unless(Chunks::is_ready)
    }

    async fn send_unmodified(self, response: Response<OriginBody>) -> Result<(), Refused> {
        let (head, origin) = response.into_parts();
        let client = ClientBody::begin(self.client, &head)?;
        let sent = origin.copy(&client.stream);
        client.end(sent);
        Ok(())
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<(), Refused> {
        let client = ClientBody::begin(self.client, &head.into_parts().0)?;
        let body = body.map_err(|error| Ended::Broken(error.to_string()));
        let write = |chunk: Bytes| ready(client.write(&chunk, &self.upload));
        let sent = body.try_for_each(write).await;
        client.end(sent.map(|()| None));
        Ok(())
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<(), Refused> {
        client::send(self.client, response)
    }
}

/// Writes a line of the access log to stderr, with one call.
fn say(line: &str) {
    // Nobody can be told that nobody reads it.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Returns a duration in the platform's unit.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
