//! Bodies that arrive, from the client or from the origin: their bytes, and their end.

use std::cell::OnceCell;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, LocalBoxStream};
use http::Request;
use http::header::CONTENT_LENGTH;
use streamgate::{BodyError, FetchError};
use wasi::http::types::{
    ErrorCode, IncomingBody, IncomingRequest, InputStream, Trailers, http_error_code,
};
use wasi::io::error::Error;
use wasi::io::streams::StreamError;

use crate::head::Arrived;
use crate::reactor::{Wait, ready};
use crate::sink::Sink;

/// How many bytes are read or copied at most at a time (64 KiB).
pub(crate) const PIECE: u64 = 64 * 1024;

/// Wasmtime's words for a body whose sender paused for too long.
const LATE: [&str; 2] = ["connection read timeout", "HTTP response timeout"];

/// A body in chunks.
pub(crate) type Chunks = LocalBoxStream<'static, Result<Bytes, BodyError>>;

/// The body of the client's request.
pub(crate) type RequestBody = Body;

/// A body that nobody has read. Dropping it cancels what gives it. (Fields drop in this order: a
/// stream goes before its body.)
pub(crate) struct Body {
    more: OnceCell<Wait>,
    stream: InputStream,
    body: IncomingBody,
    /// The error that a look at the end has met. The host tells an error once, and after that the
    /// end.
    error: Option<Error>,
    /// Makes the error of a body that pauses for too long.
    late: fn(String) -> FetchError,
}

/// What has come of an attempt to copy a piece of a body.
pub(crate) enum Step {
    /// So many bytes are copied.
    Moved(usize),
    /// There is no room for them.
    Full,
    /// There are none yet.
    Empty,
    /// There will be none.
    Ended,
    /// Nobody wants them any more.
    Closed,
}

impl Body {
    /// Takes a message's body and its stream, each of which the host hands out once.
    pub(crate) fn new(
        consumed: Result<IncomingBody, ()>,
        late: fn(String) -> FetchError,
    ) -> Option<Self> {
        let body = consumed.ok()?;
        let stream = body.stream().ok()?;
        Some(Self {
            more: OnceCell::new(),
            stream,
            body,
            error: None,
            late,
        })
    }

    /// Returns whether everything has been read.
    fn has_ended(&mut self) -> bool {
        match self.stream.read(0) {
            Err(StreamError::Closed) => self.error.is_none(),
            Err(StreamError::LastOperationFailed(error)) => {
                self.error = Some(error);
                false
            }
            Ok(_) => false,
        }
    }

    /// Waits until there is something to read or nothing will come. Returns `None` if there is no
    /// body.
    pub(crate) async fn if_any(mut self) -> Option<Self> {
        self.readable().await;
        (!self.has_ended()).then_some(self)
    }

    /// Waits until there is something to read or nothing will come.
    pub(crate) async fn readable(&self) {
        let more = self.more.get_or_init(|| Wait::new(self.stream.subscribe()));
        more.ready().await;
    }

    /// Reads the body, as it arrives.
    pub(crate) fn read(self) -> Chunks {
        stream::try_unfold(self, |mut body| async move {
            loop {
                let error = body.error.take().map(StreamError::LastOperationFailed);
                match error.map_or_else(|| body.stream.read(PIECE), Err) {
                    Ok(chunk) if chunk.is_empty() => body.readable().await,
                    Ok(chunk) => return Ok(Some((Bytes::from(chunk), body))),
                    Err(StreamError::Closed) => return body.finish().await.map(|_| None),
                    Err(StreamError::LastOperationFailed(error)) => return Err(body.broken(&error)),
                }
            }
        })
        .boxed_local()
    }

    /// Lets the host copy to `sink` the bytes that are there, `most` of them at a time.
    ///
    /// # Errors
    /// Returns how the body broke off.
    pub(crate) fn splice(&mut self, sink: &Sink, most: u64) -> Result<Step, BodyError> {
        if let Some(error) = self.error.take() {
            return Err(self.broken(&error));
        }
        match sink.stream.splice(&self.stream, most) {
            Ok(0) if matches!(sink.stream.check_write(), Ok(0)) => Ok(Step::Full),
            Ok(0) => Ok(Step::Empty),
            Ok(length) => {
                // They leave before a wait for more.
                let _ = sink.stream.flush();
                Ok(Step::Moved(usize::try_from(length).unwrap_or(usize::MAX)))
            }
            // A sink closes by itself once it has the bytes that its `Content-Length` announced.
            Err(StreamError::Closed) if self.has_ended() => Ok(Step::Ended),
            Err(StreamError::Closed) => Ok(Step::Closed),
            Err(StreamError::LastOperationFailed(error)) => Err(self.broken(&error)),
        }
    }

    /// Returns the trailers, after the stream's end.
    ///
    /// # Errors
    /// Returns the host's error if the body was not complete.
    pub(crate) async fn finish(self) -> Result<Option<Trailers>, BodyError> {
        drop((self.more, self.stream));
        let trailers = IncomingBody::finish(self.body);
        let there = trailers.subscribe();
        // Mostly they are.
        if !there.ready() {
            ready(there).await;
        }
        match trailers.get() {
            Some(Ok(complete)) => complete.map_err(|code| BodyError::incomplete(code.to_string())),
            _ => Err(BodyError::incomplete("the host gives no trailers")),
        }
    }

    /// Returns how the body broke off.
    fn broken(&self, error: &Error) -> BodyError {
        let words = error.to_debug_string();
        let is_late = match http_error_code(error) {
            Some(code) => matches!(
                code,
                ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout
            ),
            // Wasmtime 49 finds no code in the errors of its own client, only words.
            None => LATE.iter().any(|late| words.starts_with(late)),
        };
        if is_late {
            BodyError::incomplete((self.late)(format!("nothing in time: {words}")))
        } else {
            BodyError::incomplete(words)
        }
    }
}

/// Returns the client's request as core takes it.
pub(crate) fn take(request: &IncomingRequest) -> Request<Option<RequestBody>> {
    let head = Arrived {
        method: request.method(),
        scheme: request.scheme(),
        authority: request.authority(),
        path_with_query: request.path_with_query(),
        fields: request.headers().entries(),
    };
    let head = head.into_request();
    let body = Body::new(request.consume(), FetchError::RequestTimeout);
    // The host hides `Transfer-Encoding`, so without `Content-Length` only reading tells whether
    // there is a body.
    let length = head.headers().get(CONTENT_LENGTH);
    let body = body.and_then(|mut body| {
        let is_none = length.map_or_else(|| body.has_ended(), |length| length == "0");
        (!is_none).then_some(body)
    });
    head.map(|()| body)
}
