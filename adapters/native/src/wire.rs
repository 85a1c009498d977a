//! A TCP connection that carries a mark: what a connection is remembered by, or how it must be closed.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A flag that is shared with whoever serves the connection, and only ever raised.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flag(Arc<AtomicBool>);

impl Flag {
    /// Raises it for good.
    pub(crate) fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was raised.
    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection to the origin is marked once it has carried an exchange: from then on the origin may close it at any
/// time, so that a request that dies on it may never have been seen (RFC 9112 §9.3.1).
#[derive(Debug, Clone, Default)]
pub(crate) struct Used(pub(crate) Flag);

/// A connection of a client is marked when closing it in order would pass for the end of a body.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reset(pub(crate) Flag);

/// What is remembered of a connection.
pub(crate) trait Mark: Unpin {
    /// Whether the connection is to be reset (RST) where it would be closed in order (FIN).
    fn resets(&self) -> bool {
        false
    }
}

impl Mark for Used {}

impl Mark for Reset {
    fn resets(&self) -> bool {
        self.0.is_raised()
    }
}

/// A marked connection.
#[derive(Debug)]
pub(crate) struct Wire<M: Mark> {
    io: TokioIo<TcpStream>,
    mark: M,
}

impl<M: Mark> Wire<M> {
    /// Marks a connection.
    pub(crate) fn new(io: TokioIo<TcpStream>, mark: M) -> Self {
        Self { io, mark }
    }
}

impl<M: Mark> Drop for Wire<M> {
    fn drop(&mut self) {
        if self.mark.resets() {
            // If the socket is gone already, the client knows.
            let _ = self.io.inner().set_zero_linger();
        }
    }
}

impl Connection for Wire<Used> {
    fn connected(&self) -> Connected {
        self.io.connected().extra(self.mark.clone())
    }
}

impl<M: Mark> Read for Wire<M> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<M: Mark> Write for Wire<M> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.mark.resets() {
            return Poll::Ready(Ok(()));
        }
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
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
