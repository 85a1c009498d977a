//! A body handle's bytes in chunks.

use std::io::Read;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use fastly::handle::BodyHandle;
use streamgate::{BodyError, FetchError};

/// How many bytes one read asks for. A read waits for the first byte only, and returns what is
/// there.
const READ: usize = 64 * 1024;

/// A body handle that is read. Dropping it closes the handle, and the platform then ends the fetch.
pub struct Chunks {
    /// `None` once the body has ended, cleanly or not.
    body: Option<BodyHandle>,
    /// Zeroed room for the next reads, so that small chunks share one allocation.
    room: BytesMut,
    /// How long the sender may pause.
    pause: Duration,
}

impl Chunks {
    /// Reads a body, whose sender may pause for so long. `None` is a body without bytes.
    pub fn new(body: Option<BodyHandle>, pause: Duration) -> Self {
        Self {
            body,
            room: BytesMut::new(),
            pause,
        }
    }
}

impl Iterator for Chunks {
    type Item = Result<Bytes, BodyError>;

    fn next(&mut self) -> Option<Self::Item> {
        let body = self.body.as_mut()?;
        if self.room.len() < READ / 4 {
            self.room = BytesMut::zeroed(READ);
        }
        let began = Instant::now();
        match body.read(&mut self.room) {
            Ok(0) => {
                self.body = None;
                None
            }
            Ok(read) => Some(Ok(self.room.split_to(read.min(self.room.len())).freeze())),
            Err(error) => {
                self.body = None;
                // The platform's error does not tell, and its clock has run since what came before.
                Some(Err(match began.elapsed() >= self.pause / 10 * 9 {
                    true => BodyError::incomplete(FetchError::ReadTimeout(format!(
                        "nothing within {:?}: {error}",
                        self.pause
                    ))),
                    false => BodyError::incomplete(error),
                }))
            }
        }
    }
}
