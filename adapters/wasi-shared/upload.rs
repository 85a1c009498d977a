//! The client's request body on its way to the origin: moved by a task of its own, which goes on
//! while the origin answers.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::RemoteHandle;
use futures::{StreamExt, stream};
use streamgate::{BodyError, FetchError};

use crate::body::{Chunks, RequestBody};
use crate::errors::{paused, too_long, unread, upload_error};
use crate::platform::{limits_of_client, within};
use crate::sink::Sink;

/// Reads the client's body within the limits of the configuration. Once `answered` is set it may
/// pause for longer.
pub(crate) fn of_client(body: RequestBody, answered: Rc<Cell<bool>>) -> Chunks {
    let (pause, most) = limits_of_client();
    stream::try_unfold((body.read(), most), move |(mut chunks, left)| {
        let answered = answered.clone();
        async move {
            let next = loop {
                match within(pause, chunks.next()).await {
                    Some(next) => break next.transpose()?,
                    None if answered.get() => {}
                    None => return Err(BodyError::incomplete(paused(pause))),
                }
            };
            let Some(chunk) = next else { return Ok(None) };
            let left = left.checked_sub(chunk.len());
            let left = left.ok_or_else(|| BodyError::incomplete(too_long()))?;
            Ok(Some((chunk, (chunks, left))))
        }
    })
    .boxed_local()
}

/// A body being moved: resolves once it has been, or the origin takes no more of it, or with why it
/// broke off. Dropping it leaves the origin's copy unfinished.
pub(crate) type Upload = RemoteHandle<Result<(), FetchError>>;

/// Moves a body that the component reads or makes.
///
/// # Errors
/// Returns why it broke off. The origin's copy is then unfinished.
pub(crate) async fn move_all(mut body: Chunks, mut sink: Sink) -> Result<(), FetchError> {
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| upload_error(&error))?;
        if !sink.write(chunk).await.ok_or_else(unread)? {
            // The origin reads no more. Its response, or the lack of one, tells why.
            return Ok(());
        }
    }
    sink.finish().await.map_err(FetchError::RequestBody)
}
