//! A client's connection, and how it ends: with a reset where an orderly close would pass for the
//! end of a body, and not before the client can have read why it ends.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::Interest;
use tokio::time::{Sleep, sleep};

use crate::activity::Activity;
use crate::metrics::Present;
use crate::places::Place;
use crate::socket::unread_of_closed;
use crate::taken::Taken;
use crate::tls::Socket;

/// How long what a client still sends is read and dropped, once all was said to it.
const LINGER: Duration = Duration::from_secs(2);

/// More than what of a body has been read from the socket and not from the body: hyper has twice
/// 128 KiB at most, and rustls some records.
const READ_AHEAD: u64 = 512 * 1024;

/// How a connection ends when it is closed. By itself: with an orderly close.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending(Arc<Switches>);

#[derive(Debug, Default)]
struct Switches {
    raised: AtomicBool,
    armed: AtomicBool,
    unread: AtomicBool,
    awaited: AtomicBool,
    owed: AtomicU64,
}

impl Ending {
    /// Ends the connection with a reset (RST).
    pub(crate) fn raise(&self) {
        self.0.raised.store(true, Ordering::Relaxed);
    }

    /// Ends the connection with a reset if it is given up, whatever the reason, before it has been
    /// shut down: the end of its last body is the end of the connection.
    pub(crate) fn arm(&self) {
        self.0.armed.store(true, Ordering::Relaxed);
    }

    /// Notes whether the client may be sending a body that nobody has read to its end. The system
    /// resets a connection that is closed meanwhile, and the client may never read its answer.
    pub(crate) fn note_unread(&self, is_unread: bool) {
        self.0.unread.store(is_unread, Ordering::Relaxed);
    }

    /// Notes whether an answer is awaited from an origin that gets the client's body.
    pub(crate) fn note_awaited(&self, is_awaited: bool) {
        self.0.awaited.store(is_awaited, Ordering::Relaxed);
    }

    /// Notes that at least so many bytes of the client's body have not been read.
    pub(crate) fn note_owed(&self, bytes: u64) {
        self.0.owed.store(bytes, Ordering::Relaxed);
    }

    /// Returns how many bytes the client still owes before it can have an answer.
    fn owed(&self) -> u64 {
        match self.0.awaited.load(Ordering::Relaxed) {
            true => self.0.owed.load(Ordering::Relaxed),
            false => 0,
        }
    }

    fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    fn is_armed(&self) -> bool {
        self.0.armed.load(Ordering::Relaxed)
    }

    /// Returns whether the client may be sending a body that nobody has read to its end.
    pub(crate) fn lingers(&self) -> bool {
        self.0.unread.load(Ordering::Relaxed)
    }
}

/// What a connection takes of the limits, and its share of the metrics.
pub(crate) type Held = ([Option<Place>; 2], Present);

/// A client's connection.
#[derive(Debug)]
pub(crate) struct Wire {
    io: Taken<TokioIo<Socket>>,
    ending: Ending,
    /// Whether the connection has been shut down, which hyper does once all is sent.
    is_shut_down: bool,
    /// Rings once the client has had the time to read all. Made at the end.
    lingering: Option<Pin<Box<Sleep>>>,
    activity: Arc<Activity>,
    /// Held as long as there is a socket, also by an upgraded connection.
    _held: Option<Held>,
}

impl Wire {
    /// Makes a connection that ends as `ending` says, that is recorded in `activity`, and whose
    /// client may take nothing for `limit`. It keeps what is `held` until its socket is closed.
    pub(crate) fn new(
        socket: Socket,
        ending: Ending,
        activity: Arc<Activity>,
        limit: Option<Duration>,
        held: Option<Held>,
    ) -> Self {
        Self {
            io: Taken::new(TokioIo::new(socket), limit, "the client"),
            ending,
            is_shut_down: false,
            lingering: None,
            activity,
            _held: held,
        }
    }
}

impl Wire {
    /// Returns whether the client has reset the connection, or has closed its side before the end
    /// of its body. While nothing is read or written, this alone tells.
    fn is_gone(&self) -> bool {
        let tcp = self.io.get_ref().inner().tcp();
        tcp.try_io(Interest::ERROR, || Ok(())).is_ok() || self.has_closed_early()
    }

    /// Returns whether the client has closed its side, and what it has sent cannot be the rest of
    /// its body. A client that has sent all may do so, and wait for the answer.
    fn has_closed_early(&self) -> bool {
        let owed = self.ending.owed();
        owed > READ_AHEAD
            && unread_of_closed(self.io.get_ref().inner().tcp())
                .is_some_and(|unread| owed > unread.saturating_add(READ_AHEAD))
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.activity.taken(bytes);
        }
        written
    }

    /// Reads and drops what the client still sends; ready once it has closed its side, or has had
    /// its time.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let alarm = self
            .lingering
            .get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if alarm.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut scratch = [0; 8 * 1024];
        let mut scratch = ReadBuf::new(&mut scratch);
        if ready!(Pin::new(&mut self.io).poll_read(cx, scratch.unfilled())).is_err()
            || scratch.filled().is_empty()
        {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.ending.is_raised() || (self.ending.is_armed() && !self.is_shut_down) {
            // If the socket is gone already, the client knows.
            let _ = self.io.get_ref().inner().tcp().set_zero_linger();
        }
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if read.is_ready() {
            self.activity.heard();
        }
        read
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
        if self.ending.is_raised() {
            return Poll::Ready(Ok(())); // A FIN would say that all is well.
        }
        if !self.is_shut_down {
            ready!(Pin::new(&mut self.io).poll_shutdown(cx))?;
            self.is_shut_down = true;
        }
        match self.ending.lingers() {
            true => self.poll_linger(cx).map(Ok),
            false => Poll::Ready(Ok(())),
        }
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
