//! A service as what answers a gate's fetches.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use http::{Request, Response, Version};
use http_body::Body;
use streamgate::{FetchError, LimitsConfig, OriginConfig};
use streamgate_bodies::{AnyBody, Overdue, Timed, any};
use streamgate_hyper::{Origin, RequestBody, Terms, frame_upload};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tower::ServiceExt;
use tower_service::Service;

use crate::{BoxError, errors};

/// How long the client's body has to say that it is what an exchange has waited for.
const GRACE: Duration = Duration::from_millis(50);

/// A service that serves all origins of a configuration. Clones share it.
pub struct ServiceOrigin<C> {
    /// A clone of it answers each request.
    service: Arc<Mutex<C>>,
    limits: Arc<LimitsConfig>,
}

impl<C> ServiceOrigin<C> {
    /// Takes a service, the bodies of whose responses keep the limits.
    pub(crate) fn new(service: C, limits: &LimitsConfig) -> Self {
        Self {
            service: Arc::new(Mutex::new(service)),
            limits: Arc::new(limits.clone()),
        }
    }

    /// Asks a clone of the service once that is ready, which `asked` then hears.
    fn ask<D>(&self, request: Request<RequestBody>, asked: oneshot::Sender<()>) -> Answer
    where
        C: Service<Request<RequestBody>, Response = Response<D>> + Clone + Send + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send,
        D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = service.clone().ready_oneshot();
        let answer = ready.and_then(move |mut service| {
            let _ = asked.send(()); // Nobody waits for it once the time is over.
            service.call(request)
        });
        answer
            .map(|answer| Ok(answer.map_err(Into::into)?.map(any)))
            .boxed()
    }
}

/// What a service gives.
type Answer = BoxFuture<'static, Result<Response<AnyBody>, BoxError>>;

impl<C> Clone for ServiceOrigin<C> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            limits: self.limits.clone(),
        }
    }
}

impl<C> fmt::Debug for ServiceOrigin<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceOrigin").finish_non_exhaustive()
    }
}

impl<C, D> Origin for ServiceOrigin<C>
where
    C: Service<Request<RequestBody>, Response = Response<D>> + Clone + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
    D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Body = Timed<AnyBody>;

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<RequestBody>>,
        terms: Terms,
    ) -> Result<Response<Self::Body>, FetchError> {
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.extensions.clear();
        let is_upload = body.is_some();
        if is_upload {
            frame_upload(&mut head.headers);
        }
        let (body, mut ended) = body.unwrap_or_default().heard();
        let (asking, asked) = oneshot::channel();
        let answering = self.ask(Request::from_parts(head, body), asking);
        let mut broken = None;
        let limit = origin.first_byte_timeout;
        let late = async {
            let _ = asked.await;
            // The body is dropped once it is sent: the time for the first byte begins then. A
            // service need not drop a body that is none.
            if is_upload {
                broken = (&mut ended).await.ok();
            } else {
                let _ = timeout(origin.connect_timeout, &mut ended).await;
            }
            sleep(limit).await;
        };
        // A body that is awaited then says so itself.
        let grace = if is_upload { GRACE } else { Duration::ZERO };
        let over = terms.deadline.map(|deadline| deadline + grace);
        let answered = tokio::select! {
            biased;
            answered = answering => answered.map_err(|error| errors::of_fetch(&*error)),
            () = late => {
                let why = format!("no response head within {limit:?}");
                Err(FetchError::Timeout(why))
            }
            () = passed(over) => {
                let why = Overdue::Exchange { awaited: false }.to_string();
                Err(FetchError::ExchangeTimeout(why))
            }
        };
        let response = answered.map_err(|error| {
            let broken = broken.or_else(|| ended.try_recv().ok());
            broken.unwrap_or(error)
        })?;
        Ok(Timed::of_response(response, &self.limits, terms.deadline))
    }
}

/// Resolves when a time has come, if there is one.
async fn passed(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
