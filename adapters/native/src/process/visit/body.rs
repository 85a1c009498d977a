//! A body, read up to bounds.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::Chunks;

/// What was read of a body.
pub(in super::super) struct Body {
    pub(in super::super) bytes: Bytes,
    pub(in super::super) end: End,
}

/// How reading has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum End {
    /// With the body.
    Whole,
    /// At the bound in bytes; the body goes on.
    Long,
    /// At the bound in time; the body goes on.
    Late,
    /// Before the end of the body, for this reason.
    Broken(String),
}

/// Reads a body until it ends, has so many bytes, or it is that late.
pub(in super::super) async fn read(mut chunks: Chunks, most: usize, until: Instant) -> Body {
    let mut bytes = BytesMut::new();
    let end = loop {
        match timeout_at(until, chunks.next()).await {
            Err(_) => break End::Late,
            Ok(None) => break End::Whole,
            Ok(Some(Err(error))) => break End::Broken(error.to_string()),
            Ok(Some(Ok(chunk))) if bytes.len().saturating_add(chunk.len()) > most => {
                break End::Long;
            }
            Ok(Some(Ok(chunk))) => bytes.extend_from_slice(&chunk),
        }
    };
    Body {
        bytes: bytes.freeze(),
        end,
    }
}
