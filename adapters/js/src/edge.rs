//! [`Edge`] over the host's object.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use js_sys::Uint8Array;
use streamgate::OriginConfig;
use streamgate::{ByteStream, Clock, Edge, FetchError, Outbound, Store, WebSocket};
use streamgate_js_http::{BodyStream, Rewritten, Source, read, to_text};
use streamgate_store_web::WebCache;
use wasm_bindgen::JsValue;

use crate::host::Host;
use crate::log::print;
use crate::messages::Texts;
use crate::origin::{OriginBody, answered, ask};
use crate::platform::{CLOCK, get_random_values};
use crate::subrequests::Beside;

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
        get_random_values(bytes).is_ok()
    }

    fn country(&self) -> Option<String> {
        self.0.country()
    }

    fn subrequests(&self) -> Option<Beside> {
        (self.0.in_all() != Some(0)).then(|| Beside(self.0.clone()))
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        let cache = WebCache::new(self.0.cache()?);
        Some(Arc::new(cache))
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(print)
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
        read(Some(body))
    }

    fn read(&self, mut body: OriginBody) -> BodyStream {
        read(body.take())
    }

    async fn send_unmodified(self, response: Response<OriginBody>) -> Result<JsValue, JsValue> {
        let (head, mut body) = response.into_parts();
        let fields = to_text(&head.headers);
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
            &to_text(&head.headers),
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
        let fields = to_text(head.headers());
        let body = Rewritten::for_client(body);
        self.0.streamed(head.status().as_u16(), &fields, body)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<JsValue, JsValue> {
        let fields = to_text(response.headers());
        let body = Uint8Array::new_from_slice(response.body());
        self.0.whole(response.status().as_u16(), &fields, body)
    }
}
