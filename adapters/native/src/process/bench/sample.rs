//! One measurement: when the parts of a response were there.

use std::time::Duration;

use futures::StreamExt;
use http::{Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::process::visit::{Chunks, PATIENCE};

/// When the parts of a response were there, counted from the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) status: StatusCode,
    /// The bytes of the body, as they came.
    pub(super) bytes: u64,
    pub(super) head: Duration,
    /// The first byte of the body; of an empty one, its end.
    pub(super) first_byte: Duration,
    pub(super) whole: Duration,
}

impl Sample {
    /// Makes it that of a client to whom nothing is sent before all of it is there.
    pub(super) fn at_once(self) -> Self {
        Self {
            head: self.whole,
            first_byte: self.whole,
            ..self
        }
    }
}

/// Reads an answer to its end. Its head has just arrived; the request was sent at `start`.
///
/// # Errors
/// Returns a sentence if the body does not end as it should, or pauses for too long.
pub(super) async fn of_answer(answer: Response<Chunks>, start: Instant) -> Result<Sample, String> {
    let head = start.elapsed();
    let status = answer.status();
    let mut chunks = answer.into_body();
    let (mut bytes, mut first_byte) = (0_u64, None);
    loop {
        let next = timeout_at(Instant::now() + PATIENCE, chunks.next()).await;
        let next = next.map_err(|_| format!("the body pauses for more than {PATIENCE:?}"))?;
        let Some(chunk) = next else {
            break;
        };
        let chunk = chunk.map_err(|error| error.to_string())?;
        if !chunk.is_empty() {
            first_byte.get_or_insert_with(|| start.elapsed());
            bytes = bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        }
    }
    let whole = start.elapsed();
    Ok(Sample {
        status,
        bytes,
        head,
        first_byte: first_byte.unwrap_or(whole),
        whole,
    })
}
