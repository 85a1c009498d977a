//! How long the gate waits for a peer to take what is sent to it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use streamgate_bodies::Patience;

/// A connection whose peer may not leave what is sent to it untaken for too long.
#[derive(Debug)]
pub(crate) struct Taken<T> {
    io: T,
    patience: Patience,
    /// The peer's name in messages.
    peer: &'static str,
}

impl<T> Taken<T> {
    /// Limits how long `peer` may take nothing.
    pub(crate) fn new(io: T, limit: Option<Duration>, peer: &'static str) -> Self {
        Self {
            io,
            patience: Patience::new(limit, None),
            peer,
        }
    }

    /// Returns the connection.
    pub(crate) fn get_ref(&self) -> &T {
        &self.io
    }

    fn check<R>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if polled.is_ready() {
            self.patience.step();
            return polled;
        }
        self.patience.poll_overdue(cx).map(|overdue| {
            let peer = self.peer;
            tracing::warn!(reason = %format!("{peer} took {overdue}"), "connection broken off");
            Err(io::ErrorKind::TimedOut.into())
        })
    }
}

impl<T: Read + Unpin> Read for Taken<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for Taken<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.check(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(cx);
        match polled {
            // Sockets have nothing to flush, so that says nothing about the peer.
            Poll::Ready(_) => polled,
            Poll::Pending => self.check(cx, polled),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.check(cx, polled)
    }
}
