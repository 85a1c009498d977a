//! Fetches beside that of the page, for fragments, each in a task of its own.

use std::time::Duration;

use futures::future::{LocalBoxFuture, RemoteHandle};
use http::{Request, Response};
use streamgate::{FetchError, OriginConfig, Subrequests};

use crate::body::Chunks;
use crate::origin::{OriginBody, send};
use crate::platform::{self, answered, begin, nanoseconds};

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
        let head = request.into_parts().0;
        let options = platform::options(origin, &head);
        // A host without this limit returns an error, and waits as long as it sees fit.
        let _ = options.set_between_bytes_timeout(Some(nanoseconds(pause)));
        let sent = send(&head, options, false);
        let limit = origin.first_byte_timeout;
        begin(async move {
            let response = answered(limit, sent?.1).await?;
            Ok(response.map(OriginBody::read))
        })
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        Box::pin(platform::sleep(time))
    }
}
