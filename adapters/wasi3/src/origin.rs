//! The origin's side of an exchange behind the head of its response.

use futures::{StreamExt, stream};
use streamgate::{BodyError, FetchError};
use wasip3::http::types::ErrorCode;
use wasip3::spawn_local;
use wasip3::wit_bindgen::FutureReader;

use crate::body::{Body, Chunks};
use crate::upload::Upload;

/// The origin's body. Dropping it ends the fetch.
pub(crate) struct OriginBody {
    pub(crate) body: Body,
    /// Its length in bytes, if the head announced one.
    pub(crate) length: Option<usize>,
    pub(crate) fetching: Fetching,
}

/// What goes on with the origin. Dropping it ends the connection.
pub(crate) struct Fetching {
    /// Resolves once the host is through with both bodies.
    pub(crate) transmitted: FutureReader<Result<(), ErrorCode>>,
    pub(crate) upload: Option<Upload>,
}

impl Fetching {
    /// Lets the exchange go on to its end, which is that of the longer body: an origin may read on
    /// when it has answered.
    pub(crate) fn detach(self) {
        spawn_local(async {
            let Self {
                transmitted,
                upload,
            } = self;
            if let Err(error) = transmitted.await {
                tracing::warn!(%error, "the exchange with the origin broke off");
            }
            drop(upload);
        });
    }
}

impl OriginBody {
    /// Reads the body, as it arrives.
    pub(crate) fn read(self) -> Chunks {
        let state = (self.body.read(error), self.length, Some(self.fetching));
        stream::unfold(state, async |(mut chunks, mut left, mut fetching)| {
            let chunk = chunks.next().await;
            if let (Some(Ok(chunk)), Some(left)) = (&chunk, &mut left) {
                *left = left.saturating_sub(chunk.len());
            }
            // Nobody need ask behind the last byte.
            let is_over = chunk.is_none() || left == Some(0);
            if let Some(fetching) = fetching.take_if(|_| is_over) {
                fetching.detach();
            }
            Some((chunk?, (chunks, left, fetching)))
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
