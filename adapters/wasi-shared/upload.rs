//! The client's request body on its way to the origin: moved by a task of its own, which goes on
//! while the origin answers.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::RemoteHandle;
use futures::{FutureExt, StreamExt, stream};
use streamgate::{BodyError, FetchError};

use crate::body::{Chunks, RequestBody};
use crate::errors::upload_error;
use crate::host::spawn_local;
use crate::platform::{limits, within};
use crate::sink::Sink;

/// Reads the client's body within the limits of the configuration. Once `answered` is set it may
/// pause for longer.
pub(crate) fn of_client(body: RequestBody, answered: Rc<Cell<bool>>) -> Chunks {
    let (pause, most) = limits().map_or((None, None), |it| (it.body_idle, it.request_body));
    let chunks = body.read();
    let left = most.unwrap_or(usize::MAX);
    stream::try_unfold((chunks, left), move |(mut chunks, left)| {
        let answered = answered.clone();
        async move {
            let next = loop {
                match within(pause, chunks.next()).await {
                    Some(next) => break next.transpose()?,
                    None if answered.get() => {}
                    None => {
                        let why = format!("nothing within {pause:?}");
                        return Err(BodyError::incomplete(FetchError::RequestTimeout(why)));
                    }
                }
            };
            let Some(chunk) = next else { return Ok(None) };
            let Some(left) = left.checked_sub(chunk.len()) else {
                let why = "more than limits.request_body allows".to_owned();
                return Err(BodyError::incomplete(FetchError::RequestTooLarge(why)));
            };
            Ok(Some((chunk, (chunks, left))))
        }
    })
    .boxed_local()
}

/// A body being moved: resolves once it has been, or the origin takes no more of it, or with why it
/// broke off. Dropping it leaves the origin's copy unfinished.
pub(crate) type Upload = RemoteHandle<Result<(), FetchError>>;

/// Starts to move a body.
pub(crate) fn begin(body: Chunks, sink: Sink) -> Upload {
    let (task, upload) = move_all(body, sink).remote_handle();
    spawn_local(task);
    upload
}

async fn move_all(mut body: Chunks, mut sink: Sink) -> Result<(), FetchError> {
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| upload_error(&error))?;
        let late = || FetchError::Timeout("it takes no more".to_owned());
        if !sink.write(chunk).await.ok_or_else(late)? {
            // The origin reads no more. Its response, or the lack of one, tells why.
            return Ok(());
        }
    }
    sink.finish().await.map_err(FetchError::RequestBody)
}
