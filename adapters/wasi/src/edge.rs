//! Core's boundary on a WASI HTTP host.

use std::future::ready;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use http::{Request, Response};
use streamgate::{Blocking, ByteStream, Clock, Edge, FetchError, OriginConfig, Outbound};
use wasi::clocks::monotonic_clock;
use wasi::http::outgoing_handler;
use wasi::http::types::{OutgoingRequest, ResponseOutparam};
use wasi::io::poll::poll;

use crate::body::{Chunks, OriginBody};
use crate::client::{self, ClientBody, Refused};
use crate::ended::Ended;
use crate::errors::fetch_error;
use crate::head;
use crate::incoming::Incoming;
use crate::platform::{self, nanoseconds};
use crate::source::Source;
use crate::upload::Upload;

/// One exchange.
pub(crate) struct WasiEdge {
    pub(crate) client: ResponseOutparam,
    pub(crate) upload: Upload,
}

impl Edge for WasiEdge {
    type RequestBody = Incoming;
    type RequestStream = Blocking<Chunks>;
    type Body = OriginBody;
    type Stream = Blocking<Chunks>;
    type Sent = ();
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
        let (head, body) = request.into_parts();
        let unsent = platform::loses_body(&head);
        let body = body.filter(|body| match body {
            Outbound::Unmodified(body) => !unsent || body.has_bytes(),
            Outbound::Whole(_) | Outbound::Streamed(_) => true,
        });
        if unsent && body.is_some() {
            let refusal = format!("a {} with a body of unknown length", head.method);
            return Err(FetchError::Unsupported(refusal));
        }
        let outgoing = OutgoingRequest::new(head::to_fields(&head.headers).map_err(refused)?);
        head::address(&outgoing, &head).map_err(refused)?;
        if let Some(body) = body {
            let body = match body {
                Outbound::Unmodified(body) => Source::Client(body),
                Outbound::Whole(bytes) => Source::of(stream::iter([Ok(bytes)]).boxed_local()),
                Outbound::Streamed(body) => Source::of(body.boxed_local()),
            };
            self.upload.begin(body, &outgoing).map_err(refused)?;
        }
        let options = platform::options(origin, &head);
        let future =
            outgoing_handler::handle(outgoing, Some(options)).map_err(|code| fetch_error(&code))?;

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
        let incoming = incoming.map_err(|code| fetch_error(&code))?;
        let response = head::response(incoming.status(), incoming.headers().entries())?;
        let body = Incoming::new(incoming.consume()).ok_or_else(|| lost("body"))?;
        Ok(response.map(|()| OriginBody {
            incoming: body,
            upload: self.upload.clone(),
        }))
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
