//! Fetches beside that of the page, for fragments.

use std::time::Duration;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{Request, Response};
use streamgate::{FetchError, OriginConfig, Subrequests};
use streamgate_js_http::BodyStream;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::host::Host;
use crate::origin::{OriginBody, answered, ask};
use crate::platform::{AbortController, Sleeping};

/// What fetches for the page of a host's exchange.
pub(crate) struct Beside(pub(crate) Host);

impl Subrequests for Beside {
    type Response = LocalBoxFuture<'static, Result<Response<BodyStream>, FetchError>>;
    type Body = BodyStream;
    type Sleep = Sleeping;

    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Self::Response {
        let controller = AbortController::new();
        let host = self.0.beside(&controller.signal());
        let fetching = Fetching(Some(controller));
        let head = request.into_parts().0;
        // From now on the promise may fail without anybody waiting for it.
        let asked = JsFuture::from(ask(&host, origin, &head, &JsValue::UNDEFINED));
        async move {
            let response = answered(asked).await;
            fetching.over();
            Ok(read(&host, response?))
        }
        .boxed_local()
    }

    fn sleep(&self, time: Duration) -> Sleeping {
        Sleeping::new(time)
    }

    fn at_once(&self) -> usize {
        self.0.at_once().unwrap_or(usize::MAX)
    }

    fn in_all(&self) -> usize {
        self.0.in_all().unwrap_or(usize::MAX)
    }
}

/// Reads a response, which the runtime may decode by itself.
fn read(host: &Host, response: Response<OriginBody>) -> Response<BodyStream> {
    let (mut head, mut body) = response.into_parts();
    let mut codings = head.headers.get_all(CONTENT_ENCODING).iter();
    let only = codings.next().filter(|_| codings.next().is_none());
    let only = only.and_then(|coding| coding.to_str().ok());
    if only.is_some_and(|coding| host.decodes(coding)) {
        head.headers.remove(CONTENT_ENCODING);
        head.headers.remove(CONTENT_LENGTH);
    }
    Response::from_parts(head, streamgate_js_http::read(body.take()))
}

/// A fetch that has no head yet. Dropping it cancels it.
struct Fetching(Option<AbortController>);

impl Fetching {
    /// Leaves the rest to the body.
    fn over(mut self) {
        self.0 = None;
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
