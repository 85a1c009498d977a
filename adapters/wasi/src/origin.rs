//! The origin's side of an exchange.

use futures::future::LocalBoxFuture;
use futures::{StreamExt, stream};
use http::Response;
use http::request::Parts;
use streamgate::FetchError;
use wasi::http::outgoing_handler;
use wasi::http::types::{OutgoingRequest, RequestOptions};

use crate::body::{Body, Chunks};
use crate::errors::fetch_error;
use crate::head;
use crate::reactor::ready;
use crate::sink::Sink;
use crate::upload::Upload;

/// The origin's body. Dropping it ends the fetch: with it the host drops the connection, and the
/// rest of the request's body is not sent.
pub(crate) struct OriginBody {
    pub(crate) body: Body,
    /// Goes on until the body has ended.
    pub(crate) upload: Option<Upload>,
}

impl OriginBody {
    /// Reads the body, as it arrives.
    pub(crate) fn read(self) -> Chunks {
        let state = (self.body.read(), self.upload);
        stream::unfold(state, async |(mut chunks, upload)| {
            let chunk = chunks.next().await?;
            Some((chunk, (chunks, upload)))
        })
        .boxed_local()
    }
}

/// A request being sent: resolves once the origin has answered.
pub(crate) type Sending = LocalBoxFuture<'static, Result<Response<OriginBody>, FetchError>>;

/// Sends a request, and returns what its body is written to, if it has one, and what waits for the
/// response.
///
/// # Errors
/// Returns a [`FetchError`] if the host refuses the request.
pub(crate) fn send(
    head: &Parts,
    options: RequestOptions,
    has_body: bool,
) -> Result<(Option<Sink>, Sending), FetchError> {
    let request = OutgoingRequest::new(head::to_fields(&head.headers)?);
    head::address(&request, head)?;
    let sink = has_body.then(|| Sink::new(request.body())).transpose()?;
    let sent = outgoing_handler::handle(request, Some(options));
    let sent = sent.map_err(|code| fetch_error(&code))?;
    let sending = async move {
        ready(sent.subscribe()).await;
        let lost = |what: &str| FetchError::Other(format!("the host gives no {what}"));
        let arrived = sent.get().and_then(Result::ok);
        let arrived = arrived.ok_or_else(|| lost("response"))?;
        let arrived = arrived.map_err(|code| fetch_error(&code))?;
        let response = head::response(arrived.status(), arrived.headers().entries())?;
        let body = Body::new(arrived.consume(), FetchError::ReadTimeout);
        let body = body.ok_or_else(|| lost("body"))?;
        Ok(response.map(|()| OriginBody { body, upload: None }))
    };
    Ok((sink, Box::pin(sending)))
}
