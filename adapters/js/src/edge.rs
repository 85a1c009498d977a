//! [`Edge`] over the host's object.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, StatusCode};
use js_sys::{Date, Promise, Uint8Array};
use streamgate::OriginConfig;
use streamgate::{ByteStream, Clock, Edge, FetchError, Outbound, Store, WebSocket};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::body::{self, BodyStream, OriginBody, Rewritten};
use crate::cache::WebCache;
use crate::head;
use crate::messages::Texts;
use crate::objects::{self, Answered, Host, Source};
use crate::subrequests::Beside;

/// 2^31 − 1 milliseconds: a longer timer fires at once (HTML standard, timers).
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// The runtime's clocks. In workerd they stand still between I/O.
const CLOCK: Clock = Clock {
    elapsed: || duration(objects::elapsed()),
    since_epoch: || duration(Date::now()),
};

fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

pub(crate) fn milliseconds(limit: Duration) -> f64 {
    limit.min(LONGEST_TIMER).as_secs_f64() * 1000.0
}

/// One exchange of a host.
pub(crate) struct Exchange<'a>(pub(crate) &'a Host);

impl Edge for Exchange<'_> {
    type RequestBody = Source;
    type RequestStream = BodyStream;
    type Body = OriginBody;
    type Stream = BodyStream;
    type Sent = JsValue;
    /// The exception that the host throws if the runtime refuses a head.
    type SendError = JsValue;
    type Subrequests = Beside;

    fn decodes(&self, coding: &HeaderValue) -> bool {
        coding.to_str().is_ok_and(|coding| self.0.decodes(coding))
    }

    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        let protocol = protocol.to_str();
        protocol.is_ok_and(|protocol| self.0.upgrades(protocol))
    }

    fn maps_messages(&self) -> bool {
        true
    }

    fn streams_uploads(&self) -> bool {
        self.0.streams_uploads()
    }

    fn clock(&self) -> Option<Clock> {
        Some(CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        objects::get_random_values(bytes).is_ok()
    }

    fn country(&self) -> Option<String> {
        self.0.country()
    }

    fn subrequests(&self) -> Option<Beside> {
        Some(Beside(self.0.clone()))
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        let cache = WebCache::new(self.0.cache()?);
        Some(Arc::new(cache))
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(objects::print)
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let (head, body) = request.into_parts();
        let body = match body {
            None => JsValue::UNDEFINED,
            Some(Outbound::Unmodified(source)) => source.into(),
            Some(Outbound::Whole(bytes)) => Uint8Array::new_from_slice(&bytes).into(),
            Some(Outbound::Streamed(body)) => Rewritten::for_origin(body).into(),
        };
        answered(ask(self.0, origin, &head, &body).into()).await
    }

    fn receive(&self, body: Source) -> BodyStream {
        body::read(Some(body))
    }

    fn read(&self, mut body: OriginBody) -> BodyStream {
        body::read(body.take())
    }

    async fn send_unmodified(self, response: Response<OriginBody>) -> Result<JsValue, JsValue> {
        let (head, mut body) = response.into_parts();
        let fields = head::to_text(&head.headers);
        let sent = self
            .0
            .unmodified(head.status.as_u16(), &fields, &body.answered)?;
        // It is the host's from here on.
        body.take();
        Ok(sent)
    }

    async fn send_websocket(
        self,
        response: Response<OriginBody>,
        websocket: WebSocket,
    ) -> Result<JsValue, JsValue> {
        let (head, mut body) = response.into_parts();
        let sent = self.0.websocket(
            head.status.as_u16(),
            &head::to_text(&head.headers),
            &body.answered,
            Texts::new(websocket.to_client),
            Texts::new(websocket.to_origin),
        )?;
        body.take();
        Ok(sent)
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<JsValue, JsValue> {
        let fields = head::to_text(head.headers());
        let body = Rewritten::for_client(body);
        self.0.streamed(head.status().as_u16(), &fields, body)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<JsValue, JsValue> {
        let fields = head::to_text(response.headers());
        let body = Uint8Array::new_from_slice(response.body());
        self.0.whole(response.status().as_u16(), &fields, body)
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
        &head::text(target.as_bytes()),
        &head::to_text(&head.headers),
        body,
        origin.certified_name(),
        milliseconds(origin.connect_timeout),
        milliseconds(origin.first_byte_timeout),
    )
}

/// Returns the answer that a host's promise is of.
pub(crate) async fn answered(asked: JsFuture) -> Result<Response<OriginBody>, FetchError> {
    let answered = asked.await;
    let answered = answered.map_err(|thrown| objects::failure(&thrown))?;
    let body = OriginBody::new(answered.unchecked_into::<Answered>());
    let mut answer = Response::new(());
    *answer.status_mut() = StatusCode::from_u16(body.answered.status())
        .map_err(|error| FetchError::Protocol(error.to_string()))?;
    *answer.headers_mut() = head::from_text(&body.answered.lines());
    Ok(answer.map(|()| body))
}
