//! [`Edge`] on Workers: `fetch` and `Response` as the runtime has them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HOST};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use js_sys::Uint8Array;
use streamgate::coding::Coding;
use streamgate::config::OriginConfig;
use streamgate::pipeline::{Pipeline, TransformError, encode};
use streamgate::{ByteStream, Edge, FetchError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStream;
use worker::Context;

use crate::body::{OriginBody, OriginStream};
use crate::client::{self, Client};
use crate::head::Fields;
use crate::js;

/// One exchange on Workers.
pub(crate) struct Workers {
    client: Rc<Client>,
    context: Context,
    /// How long the origin's head may take. The runtime does not tell when the connection stands.
    head_within: Duration,
    request: Fields,
    /// Of the origin's last response: what a head for the client starts from.
    response: RefCell<Fields>,
}

impl Workers {
    /// The exchange with that client, whose request had these fields.
    pub(crate) fn new(
        client: Rc<Client>,
        context: Context,
        origin: &OriginConfig,
        request: Fields,
    ) -> Self {
        Self {
            client,
            context,
            head_within: origin.connect_timeout + origin.first_byte_timeout,
            request,
            response: RefCell::default(),
        }
    }

    fn respond<T>(
        &self,
        head: &Response<T>,
        body: &JsValue,
        coded: bool,
    ) -> Result<web_sys::Response, SendError> {
        let headers = self.response.borrow().with(head.headers());
        let status = head.status().as_u16();
        js::respond(body, status, None, &headers, &JsValue::UNDEFINED, coded)
            .map_err(SendError::Refused)
    }
}

/// Why the client got no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// What the runtime threw instead of taking a head.
    #[error("the runtime refuses the response: {}", js::message(.0))]
    Refused(JsValue),
    /// A buffered body could not be encoded.
    #[error(transparent)]
    Encode(#[from] TransformError),
}

impl Edge for Workers {
    type RequestBody = ReadableStream;
    type Body = OriginBody;
    type Stream = OriginStream;
    type Sent = web_sys::Response;
    type SendError = SendError;

    /// The runtime compares the field as it stands: `GZIP`, `x-gzip` and lists are raw bytes to it.
    fn codes(&self, coding: &HeaderValue) -> bool {
        coding == "gzip" || coding == "br"
    }

    fn upgrades(&self, protocol: &HeaderValue) -> bool {
        protocol.as_bytes().eq_ignore_ascii_case(b"websocket")
    }

    async fn fetch(
        &self,
        request: Request<Option<ReadableStream>>,
    ) -> Result<Response<OriginBody>, FetchError> {
        let (head, body) = request.into_parts();
        if body.is_some() && matches!(head.method, Method::GET | Method::HEAD) {
            let refusal = format!("a {} with a body", head.method);
            return Err(FetchError::Unsupported(refusal));
        }
        // Whatever the field says, the runtime sends the URL's authority.
        if head
            .headers
            .get(HOST)
            .is_some_and(|host| !names(host, &head.uri))
        {
            let refusal = "a Host that is not the origin's authority".to_owned();
            return Err(FetchError::Unsupported(refusal));
        }
        let headers = self.request.with(&head.headers);
        // The runtime pumps a request's body by itself and does not tell when it is through: no time can be set for
        // what comes after.
        let limit = body
            .is_none()
            .then(|| self.head_within.as_secs_f64() * 1000.0);
        let (url, method) = (head.uri.to_string(), head.method.as_str());
        let response = js::fetch_within(&url, method, &headers, body.as_ref(), limit);
        let response = JsFuture::from(response)
            .await
            .map_err(|thrown| fetch_error(js::message(&thrown)))?;
        if response.is_undefined() {
            let waited = format!("no head within {:?}", self.head_within);
            return Err(FetchError::Timeout(waited));
        }
        let response: web_sys::Response = response.unchecked_into();

        let fields = Fields::of(response.headers());
        let status = StatusCode::from_u16(response.status())
            .map_err(|error| FetchError::Protocol(error.to_string()))?;
        let mut answer = Response::new(OriginBody::new(response));
        *answer.status_mut() = status;
        *answer.headers_mut() = fields.seen().clone();
        self.response.replace(fields);
        Ok(answer)
    }

    fn read(&self, mut body: OriginBody) -> OriginStream {
        OriginStream::new(body.take())
    }

    async fn send_unmodified(
        self,
        response: Response<OriginBody>,
    ) -> Result<web_sys::Response, SendError> {
        let (head, mut body) = response.into_parts();
        let origin = body.response();
        let status = head.status.as_u16();
        // A reason phrase belongs to its status.
        let reason = (origin.status() == status).then(|| origin.status_text());
        let socket = origin.unchecked_ref::<js::WorkerResponse>().web_socket();
        let headers = self.response.borrow().with(&head.headers);
        let stream = body.take().map_or(JsValue::NULL, JsValue::from);
        js::respond(&stream, status, reason, &headers, &socket, false).map_err(SendError::Refused)
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        mut head: Response<()>,
        body: S,
    ) -> Result<web_sys::Response, SendError> {
        let headers = head.headers_mut();
        if headers
            .get(CONTENT_ENCODING)
            .is_some_and(|coding| self.codes(coding))
        {
            // The length would be that of the coded bytes, which only the runtime sees.
            headers.remove(CONTENT_LENGTH);
        }
        let pipe = js::pipe(content_length(&head)).map_err(SendError::Refused)?;
        let (readable, writer) = (pipe.get(0), pipe.get(1).unchecked_into());
        let response = self.respond(&head, &readable, false)?;
        self.context
            .wait_until(client::pump(self.client, writer, body));
        Ok(response)
    }

    async fn send_buffered(
        self,
        response: Response<Bytes>,
    ) -> Result<web_sys::Response, SendError> {
        let (head, body) = response.into_parts();
        let mut head = Response::from_parts(head, ());
        if body.is_empty() {
            return self.respond(&head, &JsValue::NULL, false);
        }
        // What the runtime codes itself it sends without a `Content-Length`.
        let coded = head
            .headers()
            .get(CONTENT_ENCODING)
            .filter(|coding| self.codes(coding))
            .map(|coding| encoded(coding, &body))
            .transpose()?;
        let body = coded.unwrap_or(body);
        head.headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        self.respond(&head, &Uint8Array::new_from_slice(&body), true)
    }
}

/// A buffered body in one of the codings that the runtime knows. The runtime itself would code it without telling the
/// length, and the head of a buffered body has one.
///
/// # Errors
/// When the encoder fails, which it does only when memory is out.
fn encoded(coding: &HeaderValue, body: &[u8]) -> Result<Bytes, TransformError> {
    let coding = if coding == "br" {
        Coding::Br
    } else {
        Coding::Gzip
    };
    let stages = encode::encoder(coding).into_iter().collect();
    Pipeline::new(stages).run_to_vec(body).map(Bytes::from)
}

fn names(host: &HeaderValue, uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", Authority::as_str);
    host.as_bytes().eq_ignore_ascii_case(authority.as_bytes())
}

fn content_length<T>(head: &Response<T>) -> Option<f64> {
    let length = head.headers().get(CONTENT_LENGTH)?.to_str().ok()?;
    // Exact up to 2^53, and there is no longer body.
    length.parse::<u64>().ok().map(|length| length as f64)
}

/// What the runtime's words for a failed fetch mean. It has few: a refused connection and one that was closed without an
/// answer are both lost, and most else is an internal error.
fn fetch_error(message: String) -> FetchError {
    type Variant = fn(String) -> FetchError;
    const WORDS: [(&str, Variant); 9] = [
        ("client disconnected", FetchError::RequestBody),
        ("network connection lost", FetchError::Connect),
        ("connection refused", FetchError::Connect),
        ("dns", FetchError::Dns),
        ("certificate", FetchError::Tls),
        ("tls", FetchError::Tls),
        ("timed out", FetchError::Timeout),
        ("protocol", FetchError::Protocol),
        ("invalid content-length", FetchError::Protocol),
    ];
    let said = message.to_ascii_lowercase();
    let variant = WORDS
        .iter()
        .find(|(word, _)| said.contains(word))
        .map_or(FetchError::Other as Variant, |&(_, variant)| variant);
    variant(message)
}
