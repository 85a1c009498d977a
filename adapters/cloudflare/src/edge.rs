//! [`Edge`] on Workers, made with the runtime's `fetch` and `Response`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use js_sys::{Date, Promise, Uint8Array};
use streamgate::OriginConfig;
use streamgate::{ByteStream, Clock, Edge, FetchError, Outbound, Subrequests, WebSocket};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, ReadableStream};
use worker::Context;

use crate::body::{self, BodyStream, OriginBody};
use crate::message::Texts;
use crate::subrequests::Beside;
use crate::{head, js};

/// 2^31 − 1 milliseconds: a longer timer fires at once (HTML standard, timers).
pub(crate) const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// The runtime's clock, which stands still between I/O. It may be set back, by which a time becomes
/// too short.
const CLOCK: Clock = Clock {
    elapsed: now,
    since_epoch: now,
};

fn now() -> Duration {
    Duration::try_from_secs_f64(Date::now() / 1000.0).unwrap_or_default()
}

/// One exchange on Workers.
pub(crate) struct Workers<'a> {
    request: &'a web_sys::Request,
    context: &'a Context,
    /// The fields of the origin's last response, from which a head for the client starts.
    fields: RefCell<Option<Headers>>,
}

impl<'a> Workers<'a> {
    /// Makes an exchange that has fetched nothing yet.
    pub(crate) fn new(request: &'a web_sys::Request, context: &'a Context) -> Self {
        Self {
            request,
            context,
            fields: RefCell::default(),
        }
    }

    /// Returns a request's body as `fetch` takes it: a stream, all bytes, or `undefined`.
    fn outbound(body: Option<Outbound<Self>>) -> Result<JsValue, FetchError> {
        match body {
            None => Ok(JsValue::UNDEFINED),
            Some(Outbound::Unmodified(stream)) => Ok(stream.into()),
            Some(Outbound::Whole(bytes)) => Ok(Uint8Array::new_from_slice(&bytes).into()),
            Some(Outbound::Streamed(_)) => Err(FetchError::Unsupported(
                "a body that is changed while it streams".to_owned(),
            )),
        }
    }

    fn respond<T>(
        &self,
        head: &Response<T>,
        body: &JsValue,
        coded: bool,
        origin: Option<&web_sys::Response>,
        socket: &JsValue,
    ) -> Result<web_sys::Response, JsValue> {
        let headers = head::to_native(self.fields.borrow().as_ref(), head.headers())?;
        js::respond(
            body,
            head.status().as_u16(),
            &headers,
            coded,
            origin,
            socket,
        )
    }
}

impl Workers<'_> {
    /// Starts to copy a request's body of unknown length. Returns what the origin gets, and the
    /// signal that the body has broken off.
    fn carry(&self, body: &ReadableStream) -> Result<(ReadableStream, AbortSignal), JsValue> {
        let carried = js::carry(body)?;
        let copied: Promise = carried.get(2).unchecked_into();
        self.context.wait_until(async move {
            // It never fails: the fetch tells how the copying ended.
            let _ = JsFuture::from(copied).await;
        });
        Ok((
            carried.get(0).unchecked_into(),
            carried.get(1).unchecked_into(),
        ))
    }
}

impl Edge for Workers<'_> {
    type RequestBody = ReadableStream;
    type RequestStream = BodyStream;
    type Body = OriginBody;
    type Stream = BodyStream;
    type Sent = web_sys::Response;
    /// The exception that the runtime throws if it refuses a head.
    type SendError = JsValue;

    /// The runtime compares the field as it stands: it takes `GZIP`, `x-gzip` and lists for raw
    /// bytes.
    fn decodes(&self, coding: &HeaderValue) -> bool {
        coding == "gzip" || coding == "br"
    }

    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        protocol.as_bytes().eq_ignore_ascii_case(b"websocket")
    }

    fn maps_messages(&self) -> bool {
        true
    }

    fn clock(&self) -> Option<Clock> {
        Some(CLOCK)
    }

    fn random(&self, bytes: &mut [u8]) -> bool {
        js::get_random_values(bytes).is_ok()
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(js::print)
    }

    /// The runtime ends a failed chunked body with a clean last chunk (`~HttpChunkedEntityWriter`
    /// in
    /// `kj/compat/http.c++`).
    fn streams_uploads(&self) -> bool {
        false
    }

    fn subrequests(&self) -> Option<Rc<dyn Subrequests>> {
        Some(Rc::new(Beside {
            gone: self.request.signal(),
        }))
    }

    async fn fetch(
        &self,
        origin: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let (head, body) = request.into_parts();
        if body.is_some() && matches!(head.method, Method::GET | Method::HEAD) {
            let refusal = format!("a {} with a body", head.method);
            return Err(FetchError::Unsupported(refusal));
        }
        // The runtime does not tell when the connection stands. Nor does it tell when a request's
        // body has been sent, so no limit can be set for the time after a body.
        let within = origin
            .connect_timeout
            .saturating_add(origin.first_byte_timeout)
            .min(LONGEST_TIMER);
        let unsupported = |thrown: JsValue| FetchError::Unsupported(js::message(&thrown));
        let headers =
            head::to_native(Some(&self.request.headers()), &head.headers).map_err(unsupported)?;
        let has_body = body.is_some();
        let (body, broken) = match body {
            Some(Outbound::Unmodified(body)) if !head.headers.contains_key(CONTENT_LENGTH) => {
                let (body, broken) = self.carry(&body).map_err(unsupported)?;
                (body.into(), Some(broken))
            }
            body => (Self::outbound(body)?, None),
        };
        let response = js::fetch_within(
            &head.uri.to_string(),
            head.method.as_str(),
            &headers,
            &body,
            (!has_body).then_some(within.as_secs_f64() * 1000.0),
            broken.as_ref(),
            &self.request.signal(),
        );
        let response = JsFuture::from(response)
            .await
            .map_err(|thrown| fetch_error(js::message(&thrown)))?
            .dyn_into::<web_sys::Response>()
            .map_err(|_| FetchError::Timeout(format!("no head within {within:?}")))?;

        let fields = response.headers();
        let status = response.status();
        let body = OriginBody::new(response);
        let mut answer = Response::new(());
        *answer.status_mut() = StatusCode::from_u16(status)
            .map_err(|error| FetchError::Protocol(error.to_string()))?;
        if answer.status().is_informational() && answer.status() != StatusCode::SWITCHING_PROTOCOLS
        {
            // The runtime takes it for the answer, and whatever follows for a body without an end.
            let error = format!("an interim response, {status}");
            return Err(FetchError::Protocol(error));
        }
        *answer.headers_mut() = head::from_native(&fields);
        self.fields.replace(Some(fields));
        Ok(answer.map(|()| body))
    }

    fn receive(&self, body: ReadableStream) -> BodyStream {
        body::read(Some(body), &self.request.signal())
    }

    fn read(&self, mut body: OriginBody) -> BodyStream {
        body::read(body.take(), &self.request.signal())
    }

    async fn send_unmodified(
        self,
        mut response: Response<OriginBody>,
    ) -> Result<web_sys::Response, JsValue> {
        let stream = response.body_mut().take();
        let stream = stream.map_or(JsValue::NULL, JsValue::from);
        let origin = Some(&response.body().response);
        self.respond(&response, &stream, false, origin, &JsValue::UNDEFINED)
    }

    async fn send_websocket(
        self,
        response: Response<OriginBody>,
        websocket: WebSocket,
    ) -> Result<web_sys::Response, JsValue> {
        let origin = &response.body().response;
        let to_client = Texts::new(websocket.to_client);
        let socket = js::join(origin, to_client, Texts::new(websocket.to_origin))?;
        self.respond(&response, &JsValue::NULL, false, Some(origin), &socket)
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<web_sys::Response, JsValue> {
        let length = head.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let pipe = js::pipe(length)?;
        let response = self.respond(&head, &pipe.get(0), true, None, &JsValue::UNDEFINED)?;
        self.context.wait_until(body::pump(
            pipe.get(1).unchecked_into(),
            body,
            self.request.signal(),
        ));
        Ok(response)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<web_sys::Response, JsValue> {
        if response.body().is_empty() {
            return self.respond(&response, &JsValue::NULL, false, None, &JsValue::UNDEFINED);
        }
        let body = Uint8Array::new_from_slice(response.body());
        self.respond(&response, &body, true, None, &JsValue::UNDEFINED)
    }
}

/// Maps the runtime's messages. For the runtime a refused connection and a connection closed
/// without an answer are both lost, and most other failures are internal errors.
pub(crate) fn fetch_error(message: String) -> FetchError {
    match message.as_str() {
        js::LOST => FetchError::Connect(message),
        js::GONE => FetchError::ClientGone(message),
        js::BROKEN => FetchError::RequestBody(message),
        _ if message.contains("client disconnected") => FetchError::RequestBody(message),
        _ => FetchError::Other(message),
    }
}
