//! Core's boundary on a WASI HTTP host.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt};
use http::{Request, Response};
use streamgate::{ByteStream, Clock, Edge, FetchError, OriginConfig, Outbound, Refusal};

use crate::body::{Chunks, RequestBody};
use crate::client;
use crate::download::{streamed, whole};
use crate::errors::Refused;
use crate::host::Sent;
use crate::origin::{OriginBody, send};
use crate::pass::pass;
use crate::platform::{self, GATE, answered, begin, nanoseconds};
use crate::subrequests::Beside;
use crate::upload::{move_all, of_client};

/// How long a request's body may take to be sent.
const LONGEST_UPLOAD: Duration = Duration::from_secs(24 * 3600);

/// Answers a request of a client.
///
/// # Errors
/// Returns [`Refused`] if the host refuses even the gate's own answer. The host then gives one of
/// its own.
pub(crate) async fn answer(request: Request<Option<RequestBody>>) -> Result<Sent, Refused> {
    let sent = match GATE.as_ref() {
        Some(gate) => streamgate::serve(WasiEdge::default(), gate, request).await,
        None => streamgate::refuse(WasiEdge::default(), Refusal::NotConfigured).await,
    };
    let Err(Refused) = sent else { return sent };
    tracing::error!("the host refuses the response's head");
    let sent = streamgate::refuse(WasiEdge::default(), Refusal::BadResponse).await;
    sent.inspect_err(|Refused| tracing::error!("the host refuses the gate's own answer, too"))
}

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
    type Subrequests = Beside;

    fn clock(&self) -> Option<Clock> {
        Some(platform::CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        platform::random(bytes)
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(platform::say)
    }

    fn subrequests(&self) -> Option<Beside> {
        Some(Beside)
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let (head, body) = request.into_parts();
        let loses_body = platform::loses_body(&head);
        let body = match body {
            Some(Outbound::Unmodified(body)) if loses_body => {
                body.if_any().await.map(Outbound::Unmodified)
            }
            body => body,
        };
        if loses_body && body.is_some() {
            let refusal = format!("a {} with a body of unknown length", head.method);
            return Err(FetchError::Unsupported(refusal));
        }
        let options = platform::options(origin, &head);
        let limit = origin.first_byte_timeout;
        let has_body = body.is_some();
        // A host counts the time in which the client sends. So without a body the limit is the
        // host's; with one it is the gate's, and the limits on pauses end an upload sooner.
        let hosts = nanoseconds(if has_body { LONGEST_UPLOAD } else { limit });
        let is_limited = options.set_first_byte_timeout(Some(hosts)).is_ok();
        let (sink, sending) = send(&head, options, has_body)?;
        let mut upload = match body.zip(sink) {
            None if is_limited => return sending.await,
            None => return answered(limit, sending).await,
            Some((Outbound::Unmodified(body), sink)) => {
                begin(pass(body, sink, self.answered.clone()))
            }
            Some((Outbound::Whole(bytes), sink)) => begin(move_all(whole(bytes), sink)),
            Some((Outbound::Streamed(body), sink)) => begin(move_all(body.boxed_local(), sink)),
        };
        let mut response = match select(sending, &mut upload).await {
            // A body that breaks off fails the request, too.
            Either::Left((Err(error), moved)) => {
                moved.now_or_never().transpose()?;
                return Err(error);
            }
            Either::Left((Ok(response), _)) => response,
            Either::Right((Err(error), _)) => return Err(error),
            // From the body's end on.
            Either::Right((Ok(()), sending)) => answered(limit, sending).await?,
        };
        self.answered.set(true);
        response.body_mut().upload = Some(upload);
        Ok(response)
    }

    fn receive(&self, body: RequestBody) -> Chunks {
        of_client(body, self.answered.clone())
    }

    fn read(&self, body: OriginBody) -> Chunks {
        body.read()
    }

    async fn send_unmodified(self, response: Response<OriginBody>) -> Result<Sent, Refused> {
        client::unmodified(response).await
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Sent, Refused> {
        streamed(&head.into_parts().0, body)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Sent, Refused> {
        let (head, bytes) = response.into_parts();
        if bytes.is_empty() {
            client::bare(&head)
        } else {
            streamed(&head, whole(bytes))
        }
    }
}
