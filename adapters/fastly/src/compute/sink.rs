//! Bodies that are written for the platform to send.

use std::io::{self, Write};
use std::pin::pin;

use fastly::http::body::StreamingBody;
use futures::StreamExt;
use streamgate::{BodyError, ByteStream};

/// Writes a body chunk by chunk. Returning without `finish` aborts what is sent, which its reader
/// sees. Returns whether the reader has taken all of it.
///
/// # Errors
/// Returns an error if the body breaks off.
pub(crate) async fn write<S>(body: S, mut sink: StreamingBody) -> Result<io::Result<()>, BodyError>
where
    S: ByteStream,
{
    let mut body = pin!(body);
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        if let Err(gone) = sink.write_all(&chunk).and_then(|()| sink.flush()) {
            return Ok(Err(gone));
        }
    }
    Ok(sink.finish())
}
