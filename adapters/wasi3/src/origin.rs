//! The origin's side of an exchange.

use futures::future::LocalBoxFuture;
use futures::{StreamExt, stream};
use http::Response;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use streamgate::{BodyError, FetchError};
use wasip3::http::client::send as send_request;
use wasip3::http::types::{ErrorCode, Request, RequestOptions, Response as Arrived};
use wasip3::spawn_local;
use wasip3::wit_bindgen::FutureReader;

use crate::body::{Body, Chunks, done};
use crate::errors::{Refused, fetch_error};
use crate::head;
use crate::platform::loses_body;
use crate::sink::Sink;
use crate::upload::Upload;

/// The origin's body. Dropping it ends the fetch.
pub(crate) struct OriginBody {
    pub(crate) body: Body,
    /// Its length in bytes, if the head announced one.
    length: Option<usize>,
    /// Resolves once the host is through with both bodies.
    pub(crate) transmitted: Transmitted,
    pub(crate) upload: Option<Upload>,
}

type Transmitted = FutureReader<Result<(), ErrorCode>>;

/// Lets an exchange go on to its end, which is that of the longer body: an origin may read on when
/// it has answered.
pub(crate) fn detach(transmitted: Transmitted, upload: Option<Upload>) {
    spawn_local(async {
        if let Err(error) = transmitted.await {
            tracing::warn!(%error, "the exchange with the origin broke off");
        }
        drop(upload);
    });
}

/// A request being sent: resolves once the origin has answered.
pub(crate) type Sending = LocalBoxFuture<'static, Result<Response<OriginBody>, FetchError>>;

/// Makes a request, and returns what its body is written to, if it has one, and what sends it.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn send(
    head: &Parts,
    options: RequestOptions,
    has_body: bool,
) -> Result<(Option<Sink>, Sending), Refused> {
    let fields = head::to_fields(&head.headers)?;
    if !has_body && !loses_body(head) {
        // Without it Wasmtime would announce chunks, of which none come.
        let _ = fields.set("content-length", &[b"0".to_vec()]);
    }
    let (sink, body) = has_body.then(Sink::new).unzip();
    let (contents, end) = Body::contents(body);
    let (request, transmitted) = Request::new(fields, contents, end, Some(options));
    head::address(&request, head)?;
    let sending = async {
        let arrived = send_request(request).await;
        let arrived = arrived.map_err(|code| fetch_error(&code))?;
        let response = head::response(arrived.get_status_code(), arrived.get_headers().copy_all())?;
        let (stream, end) = Arrived::consume_body(arrived, done());
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(response.map(|()| OriginBody {
            body: Body(stream, end),
            length,
            transmitted,
            upload: None,
        }))
    };
    Ok((sink, Box::pin(sending)))
}

impl OriginBody {
    /// Reads the body, as it arrives.
    pub(crate) fn read(self) -> Chunks {
        let going_on = Some((self.transmitted, self.upload));
        let state = (self.body.read(error), self.length, going_on);
        stream::unfold(state, async |(mut chunks, mut left, mut going_on)| {
            let chunk = chunks.next().await;
            if let (Some(Ok(chunk)), Some(left)) = (&chunk, &mut left) {
                *left = left.saturating_sub(chunk.len());
            }
            // Nobody need ask behind the last byte.
            let is_over = chunk.is_none() || left == Some(0);
            if let Some((transmitted, upload)) = going_on.take_if(|_| is_over) {
                detach(transmitted, upload);
            }
            Some((chunk?, (chunks, left, going_on)))
        })
        .boxed_local()
    }
}

/// Returns how the body broke off.
fn error(code: &ErrorCode) -> BodyError {
    match code {
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            BodyError::incomplete(FetchError::ReadTimeout(format!("nothing in time: {code}")))
        }
        _ => BodyError::incomplete(code.to_string()),
    }
}
