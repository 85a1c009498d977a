//! One exchange: a future that answers first, and then makes the body of its answer as it is
//! polled for that.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::HOST;
use http::{Request, Response, Uri, Version};
use http_body::Body;
use streamgate::{BodyError, ByteStream, Gate};
use tower_service::Service;

use crate::BoxError;
use crate::body::{RequestBody, ResponseBody};
use crate::edge::TowerEdge;
use crate::limited::Limited;

/// Serves an exchange until there is a response.
pub(crate) async fn begin<C, B, D>(
    gate: Arc<Gate>,
    origin: C,
    access_log: Option<fn(&str)>,
    mut request: Request<B>,
) -> Result<Response<ResponseBody<D>>, Infallible>
where
    C: Service<Request<RequestBody<B>>, Response = Response<D>> + Clone + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let hatch = Hatch::default();
    let edge = TowerEdge::new(
        gate.clone(),
        origin,
        access_log,
        &mut request,
        hatch.clone(),
    );
    let limits = &gate.config().limits;
    let (pause, most) = (limits.body_idle, limits.request_body);
    let lifted = edge.lifted();
    let (mut head, body) = request.into_parts();
    if head.version == Version::HTTP_11 && !head.headers.contains_key(HOST) {
        // HTTP/1.1 requires `Host` beside an absolute target too (RFC 9112 §3.2): core refuses the
        // request, as the target names no host either.
        let path = head.uri.path_and_query().cloned();
        head.uri = path.map_or_else(Uri::default, Uri::from);
    }
    let body = (!body.is_end_stream()).then(|| Limited::of_client(body, pause, lifted, most));
    let request = Request::from_parts(head, body);
    let mut serving: BoxFuture<'static, ()> = Box::pin(async move {
        let Ok(()) = streamgate::serve(edge, &gate, request).await;
    });
    let answer = poll_fn(|cx| {
        let polled = serving.as_mut().poll(cx);
        match hatch.open().answer.take() {
            Some(answer) => Poll::Ready(answer),
            None if polled.is_ready() => unreachable!("core answers each exchange"),
            None => Poll::Pending,
        }
    });
    Ok(match answer.await {
        Answer::Unmodified(response) => response.map(ResponseBody::of_origin),
        Answer::Whole(response) => response.map(ResponseBody::whole),
        Answer::Streamed(head) => {
            let streaming = Streaming { serving, hatch };
            head.map(|()| ResponseBody::streamed(streaming))
        }
    })
}

/// What an exchange answers.
pub(crate) enum Answer<D> {
    Unmodified(Response<Limited<D>>),
    Whole(Response<Bytes>),
    /// The chunks come one by one, as the exchange is polled.
    Streamed(Response<()>),
}

/// Where an exchange leaves what it has for whoever polls it.
pub(crate) struct Hatch<D>(Arc<Mutex<Waiting<D>>>);

struct Waiting<D> {
    answer: Option<Answer<D>>,
    item: Option<Result<Bytes, BodyError>>,
}

impl<D> Hatch<D> {
    /// Leaves the answer.
    pub(crate) fn answer(&self, answer: Answer<D>) {
        self.open().answer = Some(answer);
    }

    /// Leaves the items of a body, each once the one before has been taken, and returns at the end.
    pub(crate) async fn pass(&self, body: impl ByteStream) {
        let mut body = Box::pin(body);
        poll_fn(|cx| {
            let mut waiting = self.open();
            if waiting.item.is_some() {
                return Poll::Pending;
            }
            waiting.item = ready!(body.as_mut().poll_next(cx));
            match waiting.item {
                Some(_) => Poll::Pending, // The poller takes it, and polls for the next one.
                None => Poll::Ready(()),
            }
        })
        .await;
    }

    fn open(&self) -> MutexGuard<'_, Waiting<D>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Clone for Hatch<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D> Default for Hatch<D> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Waiting {
            answer: None,
            item: None,
        })))
    }
}

/// An exchange whose head has left. Dropping it cancels the fetch.
pub(crate) struct Streaming<D> {
    serving: BoxFuture<'static, ()>,
    hatch: Hatch<D>,
}

impl<D> Streaming<D> {
    /// Polls the exchange for the next item of its body; not again after `None`.
    pub(crate) fn poll_item(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyError>>> {
        let polled = Pin::new(&mut self.serving).poll(cx);
        match (self.hatch.open().item.take(), polled) {
            (Some(item), _) => Poll::Ready(Some(item)),
            (None, Poll::Ready(())) => Poll::Ready(None),
            (None, Poll::Pending) => Poll::Pending,
        }
    }
}
