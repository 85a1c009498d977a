//! One exchange: a future that answers first, and then makes the body of its answer as it is
//! polled for that.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use futures::future::BoxFuture;
use http::Response;
use streamgate::{BodyError, ByteStream};

use crate::body::ResponseBody;

/// The future of an answer. Errors of the exchange are answers, too. The body of a response that
/// streams polls the exchange on, and cancels it when it is dropped.
pub struct Exchange(Option<Polled>);

impl Exchange {
    /// Begins an exchange that leaves its answer in `hatch`.
    pub(crate) fn begin<F>(hatch: Hatch, exchange: impl FnOnce() -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // An exchange is several KB. It is made in its place, and not moved there.
        let place = Box::new_uninit();
        let exchange = Box::into_pin(Box::write(place, exchange()));
        Self(Some(Polled { exchange, hatch }))
    }
}

impl Future for Exchange {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut polled = self.0.take().expect("it is not polled again");
        let ended = polled.exchange.as_mut().poll(cx);
        let answer = polled.hatch.open().answer.take();
        let Some((head, body)) = answer else {
            assert!(ended.is_pending(), "core answers each exchange");
            self.0 = Some(polled);
            return Poll::Pending;
        };
        let body = body.unwrap_or_else(|| ResponseBody::streamed(polled));
        Poll::Ready(Ok(head.map(|()| body)))
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}

/// An exchange that is polled for what it leaves in its hatch. As a stream it has the items of the
/// body.
struct Polled {
    exchange: BoxFuture<'static, ()>,
    hatch: Hatch,
}

impl Stream for Polled {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let ended = self.exchange.as_mut().poll(cx);
        match self.hatch.open().item.take() {
            Some(item) => Poll::Ready(Some(item)),
            None => ended.map(|()| None),
        }
    }
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
