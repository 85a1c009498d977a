//! WebSockets whose messages are mapped: two byte streams, joined through the stages of core.

use std::io;

use streamgate::{BLOCK, Frames, Transform, WebSocket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};

/// How many bytes are read at once from either side.
const PIECE: usize = 16 * 1024;

/// Carries both directions of a WebSocket, each at the pace of its receiver, until both have ended
/// or either has failed. Closing one direction closes that direction only.
pub(crate) async fn carry<C>(client: C, origin: C, websocket: WebSocket) -> io::Result<()>
where
    C: AsyncRead + AsyncWrite,
{
    let (from_client, to_client) = split(client);
    let (from_origin, to_origin) = split(origin);
    tokio::try_join!(
        direction(from_origin, Frames::new(websocket.to_client), to_client),
        direction(from_client, Frames::new(websocket.to_origin), to_origin),
    )?;
    Ok(())
}

/// Carries one direction to its end. What is read has been written before more is read.
async fn direction(
    mut from: impl AsyncRead + Unpin,
    mut frames: Frames,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut out = Vec::new();
    loop {
        let length = from.read(&mut piece).await?;
        let mut rest = piece.get(..length).unwrap_or_default();
        loop {
            let changed = match length {
                0 => frames.finish(&mut out),
                _ => frames.push(&mut rest, &mut out),
            };
            changed.map_err(io::Error::other)?;
            to.write_all(&out).await?;
            let is_block = out.len() >= BLOCK;
            out.clear();
            // A long message must not keep its memory for as long as the connection lasts.
            out.shrink_to(2 * BLOCK);
            if length == 0 || (rest.is_empty() && !is_block) {
                break;
            }
        }
        to.flush().await?;
        if length == 0 {
            return to.shutdown().await;
        }
    }
}
