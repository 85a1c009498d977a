//! Core's boundary on a WASI 0.3 HTTP host.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, OptionFuture, select};
use futures::{FutureExt, StreamExt};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Request, Response};
use streamgate::{ByteStream, Clock, Edge, FetchError, OriginConfig, Outbound};
use wasip3::http::client::send;
use wasip3::http::types::{Request as OutgoingRequest, Response as Sent};

use crate::body::{Body, Chunks, RequestBody, done, within};
use crate::client::{self, Refused, whole};
use crate::errors::fetch_error;
use crate::head;
use crate::origin::{Fetching, OriginBody};
use crate::platform::{self, nanoseconds};
use crate::upload::{Upload, of_client};

/// How long a request's body may take to be sent.
const LONGEST_UPLOAD: Duration = Duration::from_secs(24 * 3600);

/// One exchange.
#[derive(Default)]
pub(crate) struct WasiEdge {
    /// Whether the origin has answered.
    answered: Rc<Cell<bool>>,
}

impl Edge for WasiEdge {
    type RequestBody = RequestBody;
    type RequestStream = Chunks;
    type Body = OriginBody;
    type Stream = Chunks;
    type Sent = Sent;
    type SendError = Refused;

    fn clock(&self) -> Option<Clock> {
        Some(platform::CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        platform::random(bytes)
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(platform::say)
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let refused = |()| FetchError::Unsupported("the host refuses its head".to_owned());
        let (mut head, body) = request.into_parts();
        let loses_body = platform::loses_body(&head);
        let body = match body {
            None => None,
            Some(Outbound::Unmodified(body)) if loses_body => {
                body.if_any().await.map(|body| self.receive(body))
            }
            Some(Outbound::Unmodified(body)) => Some(self.receive(body)),
            Some(Outbound::Whole(bytes)) => Some(whole(bytes).boxed_local()),
            Some(Outbound::Streamed(body)) => Some(body.boxed_local()),
        };
        if loses_body && body.is_some() {
            let refusal = format!("a {} with a body of unknown length", head.method);
            return Err(FetchError::Unsupported(refusal));
        }
        if body.is_none() && !loses_body {
            // Without it Wasmtime would announce chunks, of which none come.
            let length = head.headers.entry(CONTENT_LENGTH);
            length.or_insert(HeaderValue::from_static("0"));
        }
        let fields = head::to_fields(&head.headers).map_err(refused)?;
        let options = platform::options(origin, &head);
        // The limits on pauses end an upload sooner. Without this, the host ends it by its own.
        let _ = options.set_first_byte_timeout(Some(nanoseconds(LONGEST_UPLOAD)));
        let (mut upload, body) = body.map(Upload::begin).unzip();
        let (contents, end) = Body::contents(body);
        let (outgoing, transmitted) = OutgoingRequest::new(fields, contents, end, Some(options));
        head::address(&outgoing, &head).map_err(refused)?;

        let mut arrived = pin!(send(outgoing));
        let moved = OptionFuture::from(upload.as_mut().map(Upload::moved));
        let arrived = match select(arrived.as_mut(), pin!(moved)).await {
            // A body that breaks off fails the request, too.
            Either::Left((Err(code), moved)) => {
                moved.now_or_never().flatten().transpose()?;
                return Err(fetch_error(&code));
            }
            Either::Left((arrived, _)) => arrived,
            Either::Right((Some(Err(error)), _)) => return Err(error),
            // The host's limit on the first byte would include the time in which the client sends.
            // This limit runs from the body's end.
            Either::Right((_, arrived)) => {
                let limit = origin.first_byte_timeout;
                let late = || FetchError::Timeout(format!("no response in {limit:?}"));
                within(Some(limit), arrived).await.ok_or_else(late)?
            }
        };
        let arrived = arrived.map_err(|code| fetch_error(&code))?;
        self.answered.set(true);

        let fields = arrived.get_headers().copy_all();
        let response = head::response(arrived.get_status_code(), fields)?;
        let (stream, end) = Sent::consume_body(arrived, done());
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(response.map(|()| OriginBody {
            body: Body(stream, end),
            length,
            fetching: Fetching {
                transmitted,
                upload,
            },
        }))
    }

    fn receive(&self, body: RequestBody) -> Chunks {
        of_client(body, self.answered.clone())
    }

    fn read(&self, body: OriginBody) -> Chunks {
        body.read()
    }

    async fn send_unmodified(self, response: Response<OriginBody>) -> Result<Sent, Refused> {
        let (head, body) = response.into_parts();
        let response = client::response(&head, Some(body.body))?;
        body.fetching.detach();
        Ok(response)
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Sent, Refused> {
        client::streamed(&head.into_parts().0, body)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Sent, Refused> {
        let (head, bytes) = response.into_parts();
        if bytes.is_empty() {
            client::response(&head, None)
        } else {
            client::streamed(&head, whole(bytes))
        }
    }
}
