//! The client's end of an exchange: the response.

use std::cell::Cell;

use http::{Response, response};
use wasi::http::types::{OutgoingResponse, ResponseOutparam};

use crate::errors::Refused;
use crate::head;
use crate::host::Sent;
use crate::origin::OriginBody;
use crate::pass::pass_back;
use crate::sink::Sink;

thread_local! {
    /// The client, until it is answered: the host runs one exchange in an instance at a time.
    pub(crate) static CLIENT: Cell<Option<ResponseOutparam>> = const { Cell::new(None) };
}

/// Answers without a body. A `Content-Length` is then not its length but the length that the `GET`
/// would have had (`HEAD`, `304`: RFC 9110 §8.6), which the host allows only without a body.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn bare(head: &response::Parts) -> Result<Sent, Refused> {
    answer(to_response(head)?);
    Ok(())
}

/// Answers with a head, and returns what the body is written to.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn begin(head: &response::Parts) -> Result<(Sent, Sink), Refused> {
    let response = to_response(head)?;
    let sink = Sink::new(response.body())?;
    answer(response);
    Ok(((), sink))
}

/// Answers with the origin's body, which the host copies.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) async fn unmodified(response: Response<OriginBody>) -> Result<Sent, Refused> {
    let (head, body) = response.into_parts();
    let ((), sink) = begin(&head)?;
    if let Err(error) = pass_back(body, sink).await {
        tracing::warn!(%error, "response left unfinished");
    }
    Ok(())
}

fn to_response(head: &response::Parts) -> Result<OutgoingResponse, Refused> {
    let response = OutgoingResponse::new(head::to_fields(&head.headers)?);
    response.set_status_code(head.status.as_u16())?;
    Ok(response)
}

fn answer(response: OutgoingResponse) {
    if let Some(client) = CLIENT.take() {
        ResponseOutparam::set(client, Ok(response));
    }
}
