//! The client's end of an exchange: the response, and the task that moves its body.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::{Either, select};
use http::response;
use streamgate::ByteStream;
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::http::types::Response;
use wasip3::spawn_local;

use crate::body::Body;
use crate::head;
use crate::platform::nanoseconds;
use crate::sink::Sink;

/// How often a silent response's client is looked for: a host tells only who writes.
const LOOK: Duration = Duration::from_secs(1);

/// The host refuses a head.
#[derive(Debug)]
pub(crate) struct Refused;

/// Makes a response of a head and the body that the host reads. No body is given for an empty one:
/// a `Content-Length` is then not its length but the length that the `GET` would have had (`HEAD`,
/// `304`: RFC 9110 §8.6).
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn response(head: &response::Parts, body: Option<Body>) -> Result<Response, Refused> {
    let fields = head::to_fields(&head.headers).map_err(|()| Refused)?;
    let (contents, end) = Body::contents(body);
    let (response, _) = Response::new(fields, contents, end);
    let taken = response.set_status_code(head.status.as_u16());
    taken.map(|()| response).map_err(|()| Refused)
}

/// Makes a response of a head and a body, which a task of its own moves.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn streamed<S: ByteStream + 'static>(
    head: &response::Parts,
    body: S,
) -> Result<Response, Refused> {
    let (sink, given) = Sink::new();
    let response = response(head, Some(given))?;
    spawn_local(move_all(body, sink));
    Ok(response)
}

/// Moves a body to the client. If that fails the response is left unfinished, and what gives the
/// body is dropped.
async fn move_all(body: impl ByteStream, mut sink: Sink) {
    let mut body = pin!(body);
    let mut look = pin!(wait_for(nanoseconds(LOOK)));
    loop {
        let is_wanted = match select(body.next(), look.as_mut()).await {
            Either::Left((Some(Ok(chunk)), _)) => sink.write(chunk).await,
            Either::Left((Some(Err(error)), _)) => {
                return tracing::warn!(%error, "response left unfinished");
            }
            Either::Left((None, _)) => return sink.finish().await,
            Either::Right(((), _)) => {
                look.set(wait_for(nanoseconds(LOOK)));
                sink.is_wanted().await
            }
        };
        match is_wanted {
            Some(true) => {}
            Some(false) => return tracing::debug!("the client takes no more"),
            None => return tracing::warn!("response left unfinished: the client takes nothing"),
        }
    }
}

/// Returns a body of these bytes.
pub(crate) fn whole(bytes: Bytes) -> impl ByteStream + 'static {
    futures::stream::iter([Ok(bytes)])
}
