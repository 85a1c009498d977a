//! Fetches beside that of the page, for fragments: the host makes them while the instance does
//! something else.

use std::time::Duration;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use futures::stream::LocalBoxStream;
use futures::{StreamExt, stream};
use http::{Request, Response};
use streamgate::{BodyError, FetchError, OriginConfig, Subrequests};
use wasi::clocks::monotonic_clock;
use wasi::http::outgoing_handler;
use wasi::http::types::{FutureIncomingResponse, OutgoingRequest};

use crate::body::{Chunks, OriginBody};
use crate::errors::fetch_error;
use crate::head;
use crate::incoming::Incoming;
use crate::platform::{self, nanoseconds};
use crate::reactor::ready;
use crate::upload::Upload;

pub(crate) struct Beside;

impl Subrequests for Beside {
    type Response = LocalBoxFuture<'static, Result<Response<Self::Body>, FetchError>>;
    type Body = LocalBoxStream<'static, Result<Bytes, BodyError>>;
    type Sleep = LocalBoxFuture<'static, ()>;

    fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<()>,
        pause: Duration,
    ) -> Self::Response {
        let begun = begin(origin, request, pause);
        let limit = self.sleep(origin.first_byte_timeout);
        Box::pin(async move { response(begun?, limit).await })
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        let pollable = monotonic_clock::subscribe_duration(nanoseconds(time));
        Box::pin(ready(pollable))
    }
}

fn begin(
    origin: &OriginConfig,
    request: Request<()>,
    pause: Duration,
) -> Result<FutureIncomingResponse, FetchError> {
    let refused = |()| FetchError::Unsupported("the host refuses its head".to_owned());
    let head = request.into_parts().0;
    let outgoing = OutgoingRequest::new(head::to_fields(&head.headers).map_err(refused)?);
    head::address(&outgoing, &head).map_err(refused)?;
    let options = platform::options(origin, &head);
    // A host without this limit returns an error, and waits as long as it sees fit.
    let _ = options.set_between_bytes_timeout(Some(nanoseconds(pause)));
    outgoing_handler::handle(outgoing, Some(options)).map_err(|code| fetch_error(&code))
}

async fn response(
    begun: FutureIncomingResponse,
    limit: LocalBoxFuture<'static, ()>,
) -> Result<Response<LocalBoxStream<'static, Result<Bytes, BodyError>>>, FetchError> {
    let arrived = Box::pin(ready(begun.subscribe()));
    if let futures::future::Either::Right(_) = futures::future::select(arrived, limit).await {
        return Err(FetchError::Timeout("no response".to_owned()));
    }
    let lost = |what: &str| FetchError::Other(format!("the host gives no {what}"));
    let incoming = begun.get().and_then(Result::ok);
    let incoming = incoming
        .ok_or_else(|| lost("response"))?
        .map_err(|code| fetch_error(&code))?;
    let response = head::response(incoming.status(), incoming.headers().entries())?;
    let body = Incoming::new(incoming.consume()).ok_or_else(|| lost("body"))?;
    let body = Chunks::of_origin(OriginBody {
        incoming: body,
        upload: Upload::default(),
    });
    Ok(response.map(|()| read(body)))
}

/// Reads a body without blocking.
fn read(body: Chunks) -> LocalBoxStream<'static, Result<Bytes, BodyError>> {
    let next = |mut body: Chunks| async move {
        while let Some(pollable) = body.awaited() {
            ready(pollable).await;
        }
        let chunk: Option<Result<_, BodyError>> = body.next();
        chunk.map(|chunk| (chunk, body))
    };
    stream::unfold(body, next).boxed_local()
}
