//! The origin, which is a service, and what is fetched from it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response, Version};
use http_body::Body;
use streamgate::{FetchError, LimitsConfig, OriginConfig, Subrequests};
use streamgate_hyper::{Data, Fetching, Source, Timed, data, frame_upload};
use tokio::time::{Sleep, sleep, timeout};
use tower::ServiceExt;
use tower::util::BoxCloneService;
use tower_service::Service;

use crate::body::{self, AnyBody, BoxError, Download, RequestBody, Upload};
use crate::errors;

/// An origin's service. Fragments are fetched in tasks of their own, since a page is polled only
/// for itself.
#[derive(Clone)]
pub(crate) struct Origin {
    /// A clone of it answers each request.
    service: Arc<Mutex<Answering>>,
    limits: LimitsConfig,
}

/// A service of which only is known what it takes and gives.
type Answering = BoxCloneService<Request<RequestBody>, Response<AnyBody>, BoxError>;

/// What it gives.
type Answer = BoxFuture<'static, Result<Response<AnyBody>, BoxError>>;

impl Origin {
    /// Takes a service, the bodies of whose responses keep the limits.
    pub(crate) fn new<C, D>(service: C, limits: LimitsConfig) -> Self
    where
        C: Service<Request<RequestBody>, Response = Response<D>> + Clone + Send + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send,
        D: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let service = service.map_response(|response| response.map(body::any));
        let service = service.map_err(Into::into).boxed_clone();
        let service = Arc::new(Mutex::new(service));
        Self { service, limits }
    }

    /// Sends a request and waits for the head of its response.
    ///
    /// # Errors
    /// Returns a [`FetchError`] if no head arrives within the time that `origin` has for it.
    pub(crate) async fn send(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Source<Upload>>>,
    ) -> Result<Response<Download>, FetchError> {
        let (mut head, body) = request.into_parts();
        head.version = Version::HTTP_11;
        head.extensions.clear();
        if body.is_some() {
            frame_upload(&mut head.headers);
        }
        // The body is dropped once it is sent: the time for the first byte begins then.
        let (body, mut ended) = RequestBody::of(body.unwrap_or_default());
        let mut answering = self.ask(Request::from_parts(head, body));
        let mut broken = None;
        let answered = tokio::select! {
            biased;
            answered = &mut answering => answered,
            end = &mut ended => {
                broken = end.ok();
                in_time(origin, answering).await?
            }
        };
        let response = answered.map_err(|error| {
            let broken = broken.or_else(|| ended.try_recv().ok());
            broken.unwrap_or_else(|| errors::of_fetch(&*error))
        })?;
        Ok(Timed::of_response(response, &self.limits, None))
    }

    fn ask(&self, request: Request<RequestBody>) -> Answer {
        let service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        service.clone().oneshot(request).boxed()
    }
}

impl Subrequests for Origin {
    type Response = Fetching<Response<Self::Body>>;
    type Body = Data<Download>;
    type Sleep = Sleep;

    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Self::Response {
        let (service, origin) = (self.clone(), origin.clone());
        Fetching::new(tokio::spawn(async move {
            // A service need not drop the body of a request, of which there is none here.
            let sending = service.send(&origin, request.map(|()| None));
            Ok(in_time(&origin, sending).await??.map(data))
        }))
    }

    fn sleep(&self, time: Duration) -> Sleep {
        sleep(time)
    }
}

/// Waits for the head of a response.
async fn in_time<T>(origin: &OriginConfig, sent: impl Future<Output = T>) -> Result<T, FetchError> {
    let limit = origin.first_byte_timeout;
    let late = |_| FetchError::Timeout(format!("no response head within {limit:?}"));
    timeout(limit, sent).await.map_err(late)
}
