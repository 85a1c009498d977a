//! The origin's body: copied by the host, or read in chunks.

use bytes::Bytes;
use streamgate::{BodyError, FetchError};
use wasi::http::types::{OutputStream, Trailers};
use wasi::io::poll::Pollable;
use wasi::io::streams::StreamError;

use crate::ended::{Ended, body_error};
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

/// A body read in chunks, as they arrive.
pub(crate) struct Chunks {
    /// `None` once the body has ended.
    body: Option<OriginBody>,
    /// Makes the error of a body that pauses for too long.
    late: fn(String) -> FetchError,
}

impl Chunks {
    /// Reads an origin's body, and moves the request's body meanwhile.
    pub(crate) fn of_origin(body: OriginBody) -> Self {
        Self {
            body: Some(body),
            late: FetchError::ReadTimeout,
        }
    }

    /// Reads the client's body.
    pub(crate) fn of_client(incoming: Incoming) -> Self {
        let upload = Upload::default();
        Self {
            body: Some(OriginBody { incoming, upload }),
            late: FetchError::RequestTimeout,
        }
    }

    /// Returns what to wait for until the next chunk, or the end, is there, or `None` if it is.
    pub(crate) fn awaited(&self) -> Option<Pollable> {
        let awaited = self.body.as_ref()?.incoming.subscribe();
        (!awaited.ready()).then_some(awaited)
    }

    /// Returns whether the next chunk, or the end, is there.
    pub(crate) fn is_ready(&self) -> bool {
        let body = self.body.as_ref();
        body.is_none_or(|body| body.incoming.subscribe().ready())
    }
}

impl Iterator for Chunks {
    type Item = Result<Bytes, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let body = self.body.as_ref()?;
            let ended = match body.incoming.read() {
                Ok(bytes) if bytes.is_empty() => {
                    body.upload.wait(&body.incoming.subscribe());
                    continue;
                }
                Ok(bytes) => return Some(Ok(bytes.into())),
                Err(StreamError::Closed) => {
                    let incomplete = self.body.take()?.incoming.finish().err()?;
                    BodyError::incomplete(incomplete)
                }
                Err(error) => body_error(&error, self.late),
            };
            self.body = None;
            return Some(Err(ended));
        }
    }
}
