//! Bodies as the host holds them, and the reading of those that arrive.

use bytes::Bytes;
use futures::stream::{self, LocalBoxStream};
use futures::{FutureExt, StreamExt};
use http::Request;
use http::header::CONTENT_LENGTH;
use streamgate::BodyError;
use wasip3::http::types::{ErrorCode, Request as ClientRequest, Trailers};
use wasip3::wit_bindgen::{FutureReader, StreamReader, StreamResult};
use wasip3::wit_future;

use crate::head::Arrived;
use crate::told_host;

/// How many bytes are read or written at most at a time (64 KiB).
pub(crate) const PIECE: usize = 64 * 1024;

/// The result that a body has once its bytes have all come.
pub(crate) type End = FutureReader<Result<Option<Trailers>, ErrorCode>>;

/// A body in chunks.
pub(crate) type Chunks = LocalBoxStream<'static, Result<Bytes, BodyError>>;

/// A body that nobody has read: its bytes, and its end. Dropping it cancels what gives it.
pub(crate) struct Body(pub(crate) StreamReader<u8>, pub(crate) End);

impl Body {
    /// Returns what a message is made of that has this body, or none.
    pub(crate) fn contents(body: Option<Self>) -> (Option<StreamReader<u8>>, End) {
        match body {
            Some(Self(stream, end)) => (Some(stream), end),
            None => (None, wit_future::new(|| Ok(None)).1),
        }
    }

    /// Reads the body, as it arrives. `error` says what becomes of the host's error.
    pub(crate) fn read(self, error: fn(&ErrorCode) -> BodyError) -> Chunks {
        stream::try_unfold(self, move |mut body| async move {
            loop {
                let (result, chunk) = body.0.read(Vec::with_capacity(PIECE)).await;
                if !chunk.is_empty() {
                    return Ok(Some((Bytes::from(chunk), body)));
                }
                if result == StreamResult::Dropped {
                    return body.1.await.map(|_| None).map_err(|code| error(&code));
                }
            }
        })
        .boxed_local()
    }
}

/// The body of the client's request.
pub(crate) enum RequestBody {
    /// Nobody has read it.
    Unread(Body),
    /// It broke off before its first byte.
    Broken(ErrorCode),
}

impl RequestBody {
    /// Looks whether a body is there, and waits for that if it `may_wait`: until there is something
    /// to read, or nothing will come. Returns `None` if there is none.
    async fn look(mut body: Body, may_wait: bool) -> Option<Self> {
        // Nothing is read.
        let look = body.0.read(Vec::new());
        let seen = match may_wait {
            true => Some(look.await),
            false => look.now_or_never(),
        };
        match seen {
            Some((StreamResult::Dropped, _)) => body.1.await.err().map(Self::Broken),
            _ => Some(Self::Unread(body)),
        }
    }

    /// Waits until there is something to read or nothing will come. Returns `None` if there is no
    /// body.
    pub(crate) async fn if_any(self) -> Option<Self> {
        match self {
            Self::Unread(body) => Self::look(body, true).await,
            Self::Broken(_) => Some(self),
        }
    }

    /// Reads the body, as it arrives.
    pub(crate) fn read(self) -> Chunks {
        let error = |code: &ErrorCode| BodyError::incomplete(code.to_string());
        match self {
            Self::Unread(body) => body.read(error),
            Self::Broken(code) => stream::iter([Err(error(&code))]).boxed_local(),
        }
    }
}

/// Returns the client's request as core takes it.
pub(crate) async fn take(request: ClientRequest) -> Request<Option<RequestBody>> {
    let mut head = Arrived {
        method: request.get_method(),
        scheme: request.get_scheme(),
        authority: request.get_authority(),
        path_with_query: request.get_path_with_query(),
        fields: request.get_headers().copy_all(),
    };
    // The host tells the authority only of a target that has one.
    if head.authority.is_none() {
        told_host::put(&mut head.fields);
    }
    let head = head.into_request();
    let (stream, end) = ClientRequest::consume_body(request, done());
    let body = Body(stream, end);
    // The host hides `Transfer-Encoding`, so without `Content-Length` only reading tells whether
    // there is a body.
    let body = match head.headers().get(CONTENT_LENGTH) {
        Some(length) if length == "0" => None,
        Some(_) => Some(RequestBody::Unread(body)),
        None => RequestBody::look(body, false).await,
    };
    head.map(|()| body)
}

/// Returns what tells the host that nothing is wrong with what it has handed over.
pub(crate) fn done() -> FutureReader<Result<(), ErrorCode>> {
    wit_future::new(|| Ok(())).1
}
