//! The origin's body: copied by the host, or read in chunks.

use bytes::Bytes;
use streamgate::BodyError;
use wasi::http::types::{OutputStream, Trailers};
use wasi::io::streams::StreamError;

use crate::errors::{Ended, stream_error};
use crate::incoming::Incoming;
use crate::upload::Upload;

/// The origin's body. Dropping it ends the fetch.
pub(crate) struct OriginBody {
    pub(crate) incoming: Incoming,
    pub(crate) upload: Upload,
}

impl OriginBody {
    /// Lets the host copy the whole body to `sink`, and returns the trailers.
    ///
    /// # Errors
    /// Returns [`Ended`] if the copying broke off.
    pub(crate) fn copy(self, sink: &OutputStream) -> Result<Option<Trailers>, Ended> {
        loop {
            match self.incoming.splice(sink) {
                Ok(None) => {}
                Ok(Some(blocked)) => self.upload.wait(&blocked),
                Err(Ended::Source) => return self.incoming.finish().map_err(Ended::Broken),
                Err(early) => return Err(early),
            }
        }
    }
}

/// A body read in chunks, as they arrive. `None` once the body has ended.
pub(crate) struct Chunks(Option<OriginBody>);

impl Chunks {
    /// Reads an origin's body, and moves the request's body meanwhile.
    pub(crate) fn of_origin(body: OriginBody) -> Self {
        Self(Some(body))
    }

    /// Reads the client's body.
    pub(crate) fn of_client(incoming: Incoming) -> Self {
        Self(Some(OriginBody {
            incoming,
            upload: Upload::default(),
        }))
    }
}

impl Iterator for Chunks {
    type Item = Result<Bytes, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let body = self.0.as_ref()?;
            let ended = match body.incoming.read() {
                Ok(bytes) if bytes.is_empty() => {
                    body.upload.wait(&body.incoming.subscribe());
                    continue;
                }
                Ok(bytes) => return Some(Ok(bytes.into())),
                Err(StreamError::Closed) => self.0.take()?.incoming.finish().err()?,
                Err(error) => stream_error(&error),
            };
            self.0 = None;
            return Some(Err(BodyError::incomplete(ended)));
        }
    }
}
