//! A client's connection, which can be reset where an orderly close would pass for the end of a
//! body.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::activity::Activity;
use crate::patience::Taken;

/// A switch that makes a connection end with a reset (RST) when it is closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reset(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    raised: AtomicBool,
    armed: AtomicBool,
}

impl Reset {
    /// Turns the switch on, for good.
    pub(crate) fn raise(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
    }

    /// Turns the switch on for a connection that is given up, whatever the reason, before it has
    /// been shut down: the end of its last body is the end of the connection.
    pub(crate) fn arm(&self) {
        self.0.armed.store(true, Ordering::Relaxed);
    }

    fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    fn is_armed(&self) -> bool {
        self.0.armed.load(Ordering::Relaxed)
    }
}

/// A client's connection.
#[derive(Debug)]
pub(crate) struct Wire {
    io: Taken<TokioIo<TcpStream>>,
    reset: Reset,
    /// Whether the connection has been shut down, which hyper does once all is sent.
    is_shut_down: bool,
    activity: Arc<Activity>,
}

impl Wire {
    /// Makes a connection that `reset` resets, that is recorded in `activity`, and whose client may
    /// take nothing for `limit`.
    pub(crate) fn new(
        stream: TcpStream,
        reset: Reset,
        activity: Arc<Activity>,
        limit: Option<Duration>,
    ) -> Self {
        Self {
            io: Taken::new(TokioIo::new(stream), limit, "the client"),
            reset,
            is_shut_down: false,
            activity,
        }
    }
}

impl Wire {
    /// Returns whether the client has reset the connection. While nothing is read or written, this
    /// alone tells.
    fn is_gone(&self) -> bool {
        let tcp = self.io.get_ref().inner();
        tcp.try_io(Interest::ERROR, || Ok(())).is_ok()
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.activity.taken(bytes);
        }
        written
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.is_raised() || (self.reset.is_armed() && !self.is_shut_down) {
            // If the socket is gone already, the client knows.
            let _ = self.io.get_ref().inner().set_zero_linger();
        }
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.note(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_gone() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.is_raised() {
            return Poll::Ready(Ok(())); // A FIN would say that all is well.
        }
        let shut_down = Pin::new(&mut self.io).poll_shutdown(cx);
        self.is_shut_down |= matches!(shut_down, Poll::Ready(Ok(())));
        shut_down
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.note(written)
    }
}
