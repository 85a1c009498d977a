//! What the body of a request is moved from: the client's own, or what core made of it.

use bytes::{Buf, Bytes};
use futures::stream::LocalBoxStream;
use futures::{FutureExt, StreamExt};
use streamgate::BodyError;
use wasi::http::types::OutputStream;
use wasi::io::poll::Pollable;

use crate::ended::Ended;
use crate::incoming::Incoming;

/// The source of a request's body.
pub(crate) enum Source {
    /// The client's own body, which the host copies.
    Client(Incoming),
    /// The client's body, changed while it is read.
    Changed(Changed),
}

/// A body that core makes.
pub(crate) struct Changed {
    /// The part of the last chunk that has not been moved.
    chunk: Bytes,
    rest: LocalBoxStream<'static, Result<Bytes, BodyError>>,
}

impl Source {
    /// Makes a source of chunks. To read one may block until the client sends more.
    pub(crate) fn of(chunks: LocalBoxStream<'static, Result<Bytes, BodyError>>) -> Self {
        Self::Changed(Changed {
            chunk: Bytes::new(),
            rest: chunks,
        })
    }

    /// Moves the bytes that are there to `sink`. If there are none, or the sink is full, returns
    /// the pollable to wait for.
    ///
    /// # Errors
    /// Returns [`Ended`] if there will be no more bytes.
    pub(crate) fn splice(&mut self, sink: &OutputStream) -> Result<Option<Pollable>, Ended> {
        match self {
            Self::Client(incoming) => incoming.splice(sink),
            Self::Changed(changed) => changed.splice(sink),
        }
    }

    /// Ends the source.
    ///
    /// # Errors
    /// Returns the host's error in words if the client's body was not complete.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self {
            Self::Client(incoming) => incoming.finish().map(drop),
            Self::Changed(_) => Ok(()),
        }
    }
}

impl Changed {
    fn splice(&mut self, sink: &OutputStream) -> Result<Option<Pollable>, Ended> {
        if self.chunk.is_empty() {
            match self.rest.next().now_or_never() {
                Some(None) => return Err(Ended::Source),
                Some(Some(Ok(chunk))) => self.chunk = chunk,
                Some(Some(Err(error))) => return Err(Ended::Broken(error.to_string())),
                // The body has given way after much work, or before a wait, which blocks.
                None => return Ok(None),
            }
        }
        let room = sink.check_write().map_err(|_| Ended::Sink)?;
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let now = self.chunk.get(..room).unwrap_or(&self.chunk);
        if now.is_empty() {
            return Ok(Some(sink.subscribe()));
        }
        sink.write(now).map_err(|_| Ended::Sink)?;
        let moved = now.len();
        self.chunk.advance(moved);
        if self.chunk.is_empty() {
            // Moved bytes leave before the wait for more.
            let _ = sink.flush();
        }
        Ok(None)
    }
}
