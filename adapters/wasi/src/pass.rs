//! Bodies that pass through as they are, in either direction: the host copies them.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};
use streamgate::{BodyError, FetchError};

use crate::body::{PIECE, RequestBody, Step};
use crate::errors::{paused, too_long, unread, upload_error};
use crate::origin::OriginBody;
use crate::platform::{LOOK, limits_of_client, sleep, within};
use crate::sink::Sink;

/// Copies the client's body to the origin within the limits of the configuration. Once `answered`
/// is set it may pause for longer.
///
/// # Errors
/// Returns why it broke off. The origin's copy is then unfinished.
pub(crate) async fn pass(
    mut body: RequestBody,
    sink: Sink,
    answered: Rc<Cell<bool>>,
) -> Result<(), FetchError> {
    let (pause, mut left) = limits_of_client();
    loop {
        match body
            .splice(&sink, PIECE)
            .map_err(|error| upload_error(&error))?
        {
            Step::Moved(length) => {
                left = left.checked_sub(length).ok_or_else(too_long)?;
                // The origin may have answered meanwhile.
                sink.has_room().await.ok_or_else(unread)?;
            }
            Step::Full => sink.has_room().await.ok_or_else(unread)?,
            Step::Empty => {
                let waited = within(pause, body.readable()).await;
                if waited.is_none() && !answered.get() {
                    return Err(paused(pause));
                }
            }
            Step::Ended => {
                // Without its trailers, which end at the gate.
                let ended = body.finish().await;
                ended.map_err(|error| upload_error(&error))?;
                return sink.finish().await.map_err(FetchError::RequestBody);
            }
            // The origin reads no more. Its response, or the lack of one, tells why.
            Step::Closed => return Ok(()),
        }
    }
}

/// Copies the origin's body to the client.
///
/// # Errors
/// Returns how it broke off. The response is then unfinished.
pub(crate) async fn pass_back(origin: OriginBody, sink: Sink) -> Result<(), BodyError> {
    // The upload goes on until this has ended.
    let OriginBody {
        mut body,
        upload: _upload,
    } = origin;
    let mut look = pin!(sleep(LOOK));
    loop {
        // As much as the host has in one piece: it copies none of it.
        match body.splice(&sink, u64::MAX)? {
            Step::Full => {
                let late = || BodyError::incomplete("the client takes nothing");
                sink.has_room().await.ok_or_else(late)?;
            }
            // A second try takes longer than to ask the host when there is more.
            Step::Moved(_) | Step::Empty => {
                if let Either::Right(_) = select(pin!(body.readable()), look.as_mut()).await {
                    look.set(sleep(LOOK));
                }
            }
            Step::Ended => {
                let trailers = body.finish().await?;
                return sink.end(trailers).map_err(BodyError::incomplete);
            }
            // The client is gone, or has all that `Content-Length` announced.
            Step::Closed => {
                tracing::debug!("the client takes no more");
                return Ok(());
            }
        }
    }
}
