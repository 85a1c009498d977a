//! Fetches beside that of the page, for fragments: the platform makes them while the instance does
//! something else.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use fastly::http::request::{PendingRequest, PollResult, SendError};
use futures::future::LocalBoxFuture;
use http::{Request, Response};
use streamgate::{Blocking, FetchError, OriginConfig, Subrequests};
use streamgate_store_fastly::Chunks;

use super::{backend, errors, head};

/// How long to sleep before a look whether a response has come. The SDK waits for a response, or
/// looks; it does not wait for a response and a time.
const LOOK: Duration = Duration::from_millis(1);

/// How many fetches an instance may make beside that of the page and its repetition: the platform
/// allows 32 for a request.
const MOST: usize = 30;

pub(crate) struct Beside;

impl Subrequests for Beside {
    type Response = LocalBoxFuture<'static, Result<Response<Self::Body>, FetchError>>;
    type Body = Blocking<Chunks>;
    type Sleep = LocalBoxFuture<'static, ()>;

    fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<()>,
        pause: Duration,
    ) -> Self::Response {
        let (began, limit) = (Instant::now(), origin.first_byte_timeout);
        let (parts, ()) = request.into_parts();
        let sent = backend::for_fragments(origin, pause).and_then(|backend| {
            let request = head::to_origin(&parts)?.with_pass(true);
            Ok(request.send_async(&backend))
        });
        Box::pin(async move {
            let received = match sent? {
                Ok(pending) => response(pending).await,
                Err(error) => Err(error),
            };
            let received =
                received.map_err(|error| errors::fetch_error(&error, began.elapsed(), limit))?;
            let chunks = |body| Blocking::new(Chunks::new(Some(body), pause));
            Ok(head::from_origin(received).map(chunks))
        })
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        let end = Instant::now() + time;
        Box::pin(async move {
            while Instant::now() < end {
                turn().await;
            }
        })
    }

    fn in_all(&self) -> usize {
        MOST
    }
}

/// Waits for a response. Each look that finds none sleeps first, so that the instance rests.
async fn response(mut pending: PendingRequest) -> Result<fastly::Response, SendError> {
    loop {
        pending = match pending.poll() {
            PollResult::Done(received) => return received,
            PollResult::Pending(pending) => pending,
        };
        std::thread::sleep(LOOK);
        turn().await;
    }
}

/// Lets everything else of the exchange go on, once.
async fn turn() {
    let mut is_over = false;
    poll_fn(|context| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
