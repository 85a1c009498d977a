//! Fetches beside that of the page, for fragments.

use std::time::Duration;

use futures::future::LocalBoxFuture;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, Request, Response, StatusCode};
use streamgate::{FetchError, OriginConfig, Subbody, Subrequests, Subresponse};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal};

use crate::body::{self, OriginBody};
use crate::edge::{LONGEST_TIMER, fetch_error};
use crate::{head, js};

/// How many fetches may be under way beside that of the page: the runtime has six connections for a
/// request.
const AT_ONCE: usize = 5;

/// How many fetches there may be for a page: the runtime allows 50 for a request where it allows
/// the least.
const IN_ALL: usize = 48;

/// What fetches until the client is `gone`.
pub(crate) struct Beside {
    pub(crate) gone: AbortSignal,
}

impl Subrequests for Beside {
    fn fetch(&self, origin: &OriginConfig, request: Request<()>, _: Duration) -> Subresponse {
        let begun = self.begin(origin, &request.into_parts().0);
        let gone = self.gone.clone();
        Box::pin(async move {
            let (mut fetching, response) =
                begun.map_err(|thrown| FetchError::Unsupported(js::message(&thrown)))?;
            let response = response.await;
            fetching.is_over = true;
            let response = response
                .map_err(|thrown| fetch_error(js::message(&thrown)))?
                .dyn_into::<web_sys::Response>()
                .map_err(|_| FetchError::Timeout("no head".to_owned()))?;
            answer(response, &gone)
        })
    }

    fn sleep(&self, time: Duration) -> LocalBoxFuture<'static, ()> {
        let time = time.min(LONGEST_TIMER);
        let timer = JsFuture::from(js::sleep(time.as_secs_f64() * 1000.0));
        Box::pin(async move {
            // It never fails.
            let _ = timer.await;
        })
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn in_all(&self) -> usize {
        IN_ALL
    }
}

impl Beside {
    fn begin(
        &self,
        origin: &OriginConfig,
        request: &http::request::Parts,
    ) -> Result<(Fetching, JsFuture), JsValue> {
        let within = origin
            .connect_timeout
            .saturating_add(origin.first_byte_timeout)
            .min(LONGEST_TIMER);
        let controller = AbortController::new()?;
        let response = js::fetch_within(
            &request.uri.to_string(),
            request.method.as_str(),
            &head::to_native(None, &request.headers)?,
            &JsValue::UNDEFINED,
            Some(within.as_secs_f64() * 1000.0),
            Some(&controller.signal()),
            &self.gone,
        );
        let fetching = Fetching {
            controller,
            is_over: false,
        };
        Ok((fetching, JsFuture::from(response)))
    }
}

/// A fetch that has no head yet. Dropping it cancels it.
struct Fetching {
    controller: AbortController,
    is_over: bool,
}

impl Drop for Fetching {
    fn drop(&mut self) {
        if !self.is_over {
            self.controller.abort();
        }
    }
}

fn answer(
    response: web_sys::Response,
    gone: &AbortSignal,
) -> Result<Response<Subbody>, FetchError> {
    let mut fields: HeaderMap = head::from_native(&response.headers());
    let coding = fields.get(CONTENT_ENCODING);
    if coding.is_some_and(|coding| coding == "gzip" || coding == "br") {
        // The runtime decodes it.
        fields.remove(CONTENT_ENCODING);
        fields.remove(CONTENT_LENGTH);
    }
    let status = StatusCode::from_u16(response.status())
        .map_err(|error| FetchError::Protocol(error.to_string()))?;
    let mut body = OriginBody::new(response);
    let mut answer = Response::new(body::read(body.take(), gone));
    *answer.status_mut() = status;
    *answer.headers_mut() = fields;
    Ok(answer)
}
