//! Fetches beside that of the page, for fragments.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response, Version};
use streamgate::{FetchError, LimitsConfig, OriginConfig, Subrequests};
use streamgate_hyper::{Data, Fetching, data};
use tokio::time::{Sleep, sleep, timeout};

use crate::body::RequestBody;
use crate::edge::Fetched;
use crate::errors;
use crate::limited::{self, Limited};

/// An origin's service. Clones share it.
#[derive(Clone)]
pub(crate) struct Origin(Arc<Mutex<dyn FnMut(Request<RequestBody>) -> Fetched + Send>>);

impl Origin {
    /// Asks what a function fetches.
    pub(crate) fn new(fetch: impl FnMut(Request<RequestBody>) -> Fetched + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(fetch)))
    }

    /// Asks for something.
    pub(crate) fn fetch(&self, request: Request<RequestBody>) -> Fetched {
        let mut fetch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fetch(request)
    }
}

/// What fetches in tasks of their own, since a page is polled only for itself.
pub(crate) struct Beside {
    pub(crate) origin: Origin,
    pub(crate) limits: LimitsConfig,
}

impl Subrequests for Beside {
    type Response = Fetching<Response<Self::Body>>;
    type Body = Data<Limited>;
    type Sleep = Sleep;

    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Self::Response {
        let mut request = request.map(|()| RequestBody::empty());
        *request.version_mut() = Version::HTTP_11;
        request.extensions_mut().clear();
        let fetched = self.origin.fetch(request);
        let limit = origin.first_byte_timeout;
        let pause = self.limits.pause(b"text/html");
        Fetching::new(tokio::spawn(async move {
            let late = |_| FetchError::Timeout(format!("no response head within {limit:?}"));
            let answered = timeout(limit, fetched).await.map_err(late)?;
            let response = answered.map_err(|error| errors::of_fetch(&*error))?;
            Ok(response.map(|body| data(limited::download(body, pause))))
        }))
    }

    fn sleep(&self, time: Duration) -> Sleep {
        sleep(time)
    }
}
