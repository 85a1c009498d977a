//! One exchange: a future that answers first, and then makes the body of its answer as it is
//! polled for that.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream;
use http::Response;
use streamgate::{BodyError, ByteStream};

use crate::body::ResponseBody;

/// Runs an exchange, which leaves its answer in `hatch`, until there is one. The body of a response
/// that streams polls the exchange on, and cancels it when it is dropped.
pub(crate) async fn begin(
    mut exchange: BoxFuture<'static, ()>,
    hatch: Hatch,
) -> Response<ResponseBody> {
    let (head, body) = poll_fn(|cx| {
        let polled = exchange.as_mut().poll(cx);
        match hatch.open().answer.take() {
            Some(answer) => Poll::Ready(answer),
            None if polled.is_ready() => unreachable!("core answers each exchange"),
            None => Poll::Pending,
        }
    })
    .await;
    let body = body.unwrap_or_else(|| {
        ResponseBody::streamed(stream::poll_fn(move |cx| {
            let polled = exchange.as_mut().poll(cx);
            match (hatch.open().item.take(), polled) {
                (Some(item), _) => Poll::Ready(Some(item)),
                (None, Poll::Ready(())) => Poll::Ready(None),
                (None, Poll::Pending) => Poll::Pending,
            }
        }))
    });
    head.map(|()| body)
}

/// Where an exchange leaves what it has for whoever polls it. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Hatch(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    /// The head, and the body if the exchange is over with it.
    answer: Option<(Response<()>, Option<ResponseBody>)>,
    item: Option<Result<Bytes, BodyError>>,
}

impl Hatch {
    /// Leaves an answer.
    pub(crate) fn answer(&self, response: Response<ResponseBody>) {
        let (head, body) = response.into_parts();
        self.open().answer = Some((Response::from_parts(head, ()), Some(body)));
    }

    /// Leaves the head of an answer, and then the items of its body, each once the one before has
    /// been taken.
    pub(crate) async fn stream(&self, head: Response<()>, body: impl ByteStream) {
        self.open().answer = Some((head, None));
        let mut body = Box::pin(body);
        poll_fn(|cx| {
            let mut waiting = self.open();
            if waiting.answer.is_some() || waiting.item.is_some() {
                return Poll::Pending; // Whoever polls takes it, and polls again for more.
            }
            waiting.item = ready!(body.as_mut().poll_next(cx));
            match waiting.item {
                Some(_) => Poll::Pending,
                None => Poll::Ready(()),
            }
        })
        .await;
    }

    fn open(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
