//! What a host asks of an origin, and the answer.

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Response, StatusCode};
use js_sys::Promise;
use streamgate::{FetchError, OriginConfig};
use streamgate_js_http::{Source, failure, from_text, text, to_text};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::host::{Answered, Host};
use crate::platform::milliseconds;

/// The body of an origin's answer. Dropping it before it is taken cancels the fetch.
pub(crate) struct OriginBody {
    /// The answer that holds the body.
    pub(crate) answered: Answered,
    source: Option<Source>,
}

impl OriginBody {
    pub(crate) fn new(answered: Answered) -> Self {
        let source = answered.body();
        Self { answered, source }
    }

    /// Takes the body, to send or to read it. Returns `None` if there is none.
    pub(crate) fn take(&mut self) -> Option<Source> {
        self.source.take()
    }
}

impl Drop for OriginBody {
    fn drop(&mut self) {
        if let Some(source) = self.source.take() {
            source.cancel();
        }
    }
}

/// Lets a host ask an origin.
pub(crate) fn ask(host: &Host, origin: &OriginConfig, head: &Parts, body: &JsValue) -> Promise {
    let uri = &head.uri;
    let scheme = uri.scheme_str().unwrap_or("http");
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let target = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    host.fetch(
        head.method.as_str(),
        &format!("{scheme}://{authority}"),
        &text(target.as_bytes()),
        &to_text(&head.headers),
        body,
        origin.certified_name(),
        milliseconds(origin.connect_timeout),
        milliseconds(origin.first_byte_timeout),
    )
}

/// Returns the answer that a host's promise is of.
pub(crate) async fn answered(asked: JsFuture) -> Result<Response<OriginBody>, FetchError> {
    let answered = asked.await;
    let answered = answered.map_err(|thrown| failure(&thrown))?;
    let body = OriginBody::new(answered.unchecked_into::<Answered>());
    let mut answer = Response::new(());
    *answer.status_mut() = StatusCode::from_u16(body.answered.status())
        .map_err(|error| FetchError::Protocol(error.to_string()))?;
    *answer.headers_mut() = from_text(&body.answered.lines());
    Ok(answer.map(|()| body))
}
