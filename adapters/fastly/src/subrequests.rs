//! Fetches beside that of the page, for fragments: the platform makes them while the instance does
//! something else.

use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

use fastly::http::Url;
use fastly::http::request::{PendingRequest, PollResult};
use futures::future::LocalBoxFuture;
use http::{Request, Response};
use streamgate::{Blocking, FetchError, OriginConfig, Subrequests};

use crate::body::Chunks;
use crate::{backend, errors};

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
        let sent = begin(origin, request, pause);
        let (began, limit) = (Instant::now(), origin.first_byte_timeout);
        Box::pin(async move {
            let response = response(sent?)
                .await
                .map_err(|error| errors::fetch_error(error.root_cause(), began.elapsed(), limit))?;
            let (parts, body) = Response::<fastly::Body>::from(response).into_parts();
            let body = Chunks::new(Some(body.into_handle()), pause);
            let mut response = Response::new(Blocking::new(body));
            *response.status_mut() = parts.status;
            *response.headers_mut() = parts.headers;
            Ok(response)
        })
    }

    fn sleep(&self, time: Duration) -> Self::Sleep {
        let end = Instant::now() + time;
        Box::pin(poll_fn(move |context| {
            if Instant::now() >= end {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    fn in_all(&self) -> usize {
        MOST
    }
}

fn begin(
    origin: &OriginConfig,
    request: Request<()>,
    pause: Duration,
) -> Result<PendingRequest, FetchError> {
    let backend = backend::for_fragments(origin, pause)?;
    let (parts, ()) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string())
        .map_err(|error| FetchError::Unsupported(error.to_string()))?;
    let mut sent = fastly::Request::new(parts.method, url);
    for (name, value) in &parts.headers {
        sent.append_header(name, value);
    }
    sent.set_pass(true);
    let pending = sent.send_async(&backend);
    pending.map_err(|error| {
        errors::fetch_error(
            error.root_cause(),
            Duration::ZERO,
            origin.first_byte_timeout,
        )
    })
}

/// Waits for a response. Each look that finds none sleeps first, so that the instance rests.
async fn response(
    pending: PendingRequest,
) -> Result<fastly::Response, fastly::http::request::SendError> {
    let mut pending = Some(pending);
    poll_fn(move |context| {
        let Some(looked) = pending.take().map(PendingRequest::poll) else {
            return Poll::Pending;
        };
        match looked {
            PollResult::Done(result) => Poll::Ready(result),
            PollResult::Pending(again) => {
                pending = Some(again);
                std::thread::sleep(LOOK);
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}
