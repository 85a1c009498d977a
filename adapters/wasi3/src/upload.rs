//! The client's request body on its way to the origin: moved by a task of its own, which goes on
//! while the origin answers.

use std::cell::Cell;
use std::rc::Rc;

use futures::{StreamExt, stream};
use streamgate::{BodyError, FetchError};
use wasip3::spawn_local;
use wasip3::wit_bindgen::JoinHandle;

use crate::body::{Body, Chunks, RequestBody, within};
use crate::platform::limits;
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

/// A body being moved. Dropping it leaves the origin's copy unfinished.
pub(crate) struct Upload(JoinHandle<Result<(), FetchError>>);

impl Upload {
    /// Starts to move a body, and returns what the host reads it from.
    pub(crate) fn begin(body: Chunks) -> (Self, Body) {
        let (sink, given) = Sink::new();
        (Self(spawn_local(move_all(body, sink))), given)
    }

    /// Waits until the body has been moved, or the origin takes no more of it.
    ///
    /// # Errors
    /// Returns why the client's body broke off. The origin's copy is then unfinished.
    pub(crate) async fn moved(&mut self) -> Result<(), FetchError> {
        // Only dropping the upload ends its task early.
        (&mut self.0).await.unwrap_or(Ok(()))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

async fn move_all(mut body: Chunks, mut sink: Sink) -> Result<(), FetchError> {
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| failure(&error))?;
        match sink.write(chunk).await {
            Some(true) => {}
            // The origin reads no more. Its response, or the lack of one, tells why.
            Some(false) => return Ok(()),
            None => return Err(FetchError::Timeout("it takes no more".to_owned())),
        }
    }
    sink.finish().await;
    Ok(())
}

/// Returns why no complete body came from the client.
fn failure(error: &BodyError) -> FetchError {
    let told = match error {
        BodyError::Incomplete(source) => source.downcast_ref::<FetchError>().cloned(),
        BodyError::Transform(_) => None,
    };
    told.unwrap_or_else(|| FetchError::RequestBody(error.to_string()))
}
