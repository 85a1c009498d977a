//! A response's body on its way to the client: moved by a task of its own, which goes on when the
//! client has been answered.

use std::pin::pin;

use bytes::Bytes;
use futures::future::{Either, select};
use futures::{StreamExt, stream};
use http::response;
use streamgate::ByteStream;

use crate::body::Chunks;
use crate::client;
use crate::errors::Refused;
use crate::host::{Sent, spawn_local};
use crate::platform::{LOOK, sleep};
use crate::sink::Sink;

/// Makes a response of a head and a body.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn streamed<S: ByteStream + 'static>(
    head: &response::Parts,
    body: S,
) -> Result<Sent, Refused> {
    let (response, sink) = client::begin(head)?;
    spawn_local(move_all(body, sink));
    Ok(response)
}

/// Moves a body to the client. If that fails the response is left unfinished, and what gives the
/// body is dropped.
async fn move_all(body: impl ByteStream, sink: Sink) {
    if let Err(error) = try_move(body, sink).await {
        tracing::warn!(error, "response left unfinished");
    }
}

async fn try_move(body: impl ByteStream, mut sink: Sink) -> Result<(), String> {
    let mut body = pin!(body);
    let mut look = pin!(sleep(LOOK));
    loop {
        let is_wanted = match select(body.next(), look.as_mut()).await {
            Either::Left((Some(chunk), _)) => {
                let chunk = chunk.map_err(|error| error.to_string())?;
                sink.write(chunk).await
            }
            Either::Left((None, _)) => return sink.finish().await,
            Either::Right(((), _)) => {
                look.set(sleep(LOOK));
                sink.is_wanted().await
            }
        };
        if !is_wanted.ok_or("the client takes nothing")? {
            tracing::debug!("the client takes no more");
            return Ok(());
        }
    }
}

/// Returns a body of these bytes.
pub(crate) fn whole(bytes: Bytes) -> Chunks {
    stream::iter([Ok(bytes)]).boxed_local()
}
