//! A body that the component gives to the host.

use std::cell::OnceCell;

use bytes::Bytes;
use wasi::http::types::{OutgoingBody, OutputStream, Trailers};
use wasi::io::streams::StreamError;

use crate::errors::Refused;
use crate::platform::{patience, within};
use crate::reactor::Wait;

/// A body that is being written. Dropping it leaves the message unfinished, of which the peer can
/// tell. (Fields drop in this order: the stream goes before its body.)
pub(crate) struct Sink {
    room: OnceCell<Wait>,
    pub(crate) stream: OutputStream,
    body: OutgoingBody,
}

impl Sink {
    /// Takes a message's body, which the host hands out once.
    ///
    /// # Errors
    /// Returns [`Refused`] if it does not.
    pub(crate) fn new(body: Result<OutgoingBody, ()>) -> Result<Self, Refused> {
        let body = body?;
        let stream = body.write()?;
        let room = OnceCell::new();
        Ok(Self { room, stream, body })
    }

    /// Writes all of `bytes`, and returns whether the host has taken them: `None` if it has taken
    /// none for as long as the configuration allows.
    pub(crate) async fn write(&mut self, mut bytes: Bytes) -> Option<bool> {
        while !bytes.is_empty() {
            match self.write_some(&mut bytes) {
                Ok(0) => self.has_room().await?,
                Ok(_) => {}
                Err(_) => return Some(false),
            }
        }
        Some(true)
    }

    /// Writes what there is room for, and returns how much that is.
    fn write_some(&self, bytes: &mut Bytes) -> Result<usize, StreamError> {
        let room = usize::try_from(self.stream.check_write()?).unwrap_or(usize::MAX);
        if room == 0 {
            return Ok(0); // A host traps at a write then, even at one of nothing.
        }
        let length = room.min(bytes.len());
        self.stream.write(&bytes.split_to(length))?;
        // The host closes the stream with the last byte that `Content-Length` announced, which is
        // no reason to stop.
        let _ = self.stream.flush();
        Ok(length)
    }

    /// Waits until the host takes more, or none any more: `None` as [`Sink::write`] does.
    pub(crate) async fn has_room(&self) -> Option<()> {
        let room = self.room.get_or_init(|| Wait::new(self.stream.subscribe()));
        within(patience(), room.ready()).await
    }

    /// Returns whether the host still wants the body.
    pub(crate) async fn is_wanted(&mut self) -> Option<bool> {
        Some(self.stream.check_write().is_ok())
    }

    /// Ends the body, without trailers.
    ///
    /// # Errors
    /// Returns the host's error if the body is not as long as its `Content-Length` announced: the
    /// message is then left unfinished.
    pub(crate) async fn finish(self) -> Result<(), String> {
        self.end(None)
    }

    /// Ends the body.
    ///
    /// # Errors
    /// Returns an error as [`Sink::finish`] does.
    pub(crate) fn end(self, trailers: Option<Trailers>) -> Result<(), String> {
        drop((self.room, self.stream));
        OutgoingBody::finish(self.body, trailers).map_err(|code| code.to_string())
    }
}
