//! One measurement: when the parts of a response were there.

use std::time::Duration;

use futures::StreamExt;
use http::{Response, StatusCode};
use tokio::time::{Instant, timeout};

use crate::process::visit::Chunks;

/// How long a response may take, from the request to the end of its body.
pub(super) const TIME: Duration = Duration::from_secs(120);

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

/// Waits for what is to be measured, as long as it may take: some bodies never end, and never
/// pause.
///
/// # Errors
/// Returns a sentence if it takes longer, or the error of `measured`.
pub(super) async fn within<T>(
    time: Duration,
    measured: impl Future<Output = Result<T, String>>,
) -> Result<T, String> {
    let measured = timeout(time, measured).await;
    measured.unwrap_or_else(|_| Err(format!("the body does not end within {time:?}")))
}

/// Reads an answer to its end. Its head has just arrived; the request was sent at `start`.
///
/// # Errors
/// Returns a sentence if the body does not end as it should.
pub(super) async fn of_answer(answer: Response<Chunks>, start: Instant) -> Result<Sample, String> {
    let head = start.elapsed();
    let status = answer.status();
    let mut chunks = answer.into_body();
    let (mut bytes, mut first_byte) = (0_u64, None);
    while let Some(chunk) = chunks.next().await {
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::stream;

    use super::*;

    #[test]
    fn a_body_that_neither_ends_nor_pauses_is_given_up() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let endless = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok(Bytes::from_static(b"a")), ()))
        });
        let sample = runtime.block_on(async {
            let chunks: Chunks = Box::pin(endless);
            let sample = of_answer(Response::new(chunks), Instant::now());
            within(Duration::from_millis(50), sample).await
        });
        assert_eq!(sample.unwrap_err(), "the body does not end within 50ms");
    }
}
