//! Fetches beside that of the page, for fragments, each in a task of its own.

use std::time::Duration;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, RemoteHandle};
use http::request::Parts;
use http::{Request, Response};
use streamgate::{FetchError, OriginConfig, Subrequests};
use wasip3::clocks::monotonic_clock::{now, wait_until};
use wasip3::http::client::send;
use wasip3::http::types::Request as OutgoingRequest;
use wasip3::spawn_local;

use crate::body::{Body, Chunks};
use crate::errors::fetch_error;
use crate::head;
use crate::origin::{OriginBody, response};
use crate::platform::{self, nanoseconds};

pub(crate) struct Beside;

impl Subrequests for Beside {
    type Response = RemoteHandle<Result<Response<Chunks>, FetchError>>;
    type Body = Chunks;
    type Sleep = LocalBoxFuture<'static, ()>;

    fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<()>,
        pause: Duration,
    ) -> Self::Response {
        let (task, response) = fetch(origin.clone(), request.into_parts().0, pause).remote_handle();
        spawn_local(task);
        response
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        let end = now().saturating_add(nanoseconds(time));
        Box::pin(wait_until(end))
    }
}

async fn fetch(
    origin: OriginConfig,
    head: Parts,
    pause: Duration,
) -> Result<Response<Chunks>, FetchError> {
    let refused = |()| FetchError::Unsupported("the host refuses its head".to_owned());
    let fields = head::to_fields(&head.headers).map_err(refused)?;
    let options = platform::options(&origin, &head);
    // A host without these limits returns an error, and waits as long as it sees fit.
    let _ = options.set_between_bytes_timeout(Some(nanoseconds(pause)));
    let _ = options.set_first_byte_timeout(Some(nanoseconds(origin.first_byte_timeout)));
    let (contents, end) = Body::contents(None);
    let (outgoing, transmitted) = OutgoingRequest::new(fields, contents, end, Some(options));
    head::address(&outgoing, &head).map_err(refused)?;
    let arrived = send(outgoing).await.map_err(|code| fetch_error(&code))?;
    Ok(response(arrived, transmitted, None)?.map(OriginBody::read))
}
