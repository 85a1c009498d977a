//! A body that the component gives to the host.

use bytes::Bytes;
use wasip3::http::types::{ErrorCode, Trailers};
use wasip3::wit_bindgen::{FutureWriter, StreamResult, StreamWriter};
use wasip3::{wit_future, wit_stream};

use crate::body::{Body, PIECE};
use crate::platform::{patience, within};

/// A body that is being written. Dropping it leaves the message unfinished, of which the peer can
/// tell.
pub(crate) struct Sink {
    stream: StreamWriter<u8>,
    end: FutureWriter<Result<Option<Trailers>, ErrorCode>>,
}

impl Sink {
    /// Makes a body, with what the host reads it from.
    pub(crate) fn new() -> (Self, Body) {
        let (stream, reader) = wit_stream::new();
        let (end, ended) = wit_future::new(|| Err(ErrorCode::InternalError(None)));
        (Self { stream, end }, Body(reader, ended))
    }

    /// Writes all of `bytes`, and returns whether the host has taken them: `None` if it has taken
    /// none for as long as the configuration allows.
    pub(crate) async fn write(&mut self, mut bytes: Bytes) -> Option<bool> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE));
            let left = within(patience(), self.stream.write_all(piece.into())).await?;
            if !left.is_empty() {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Returns whether the host still wants the body: `None` as [`Sink::write`] does.
    pub(crate) async fn is_wanted(&mut self) -> Option<bool> {
        let (result, _) = within(patience(), self.stream.write(Vec::new())).await?;
        Some(result != StreamResult::Dropped)
    }

    /// Ends the body, without trailers.
    ///
    /// # Errors
    /// Returns none: the host itself sees whether the body has its announced length.
    pub(crate) async fn finish(self) -> Result<(), String> {
        drop(self.stream);
        // An error means that the host has lost interest.
        let _ = self.end.write(Ok(None)).await;
        Ok(())
    }
}
