//! What happens on a client's connection, and on each of its HTTP/2 streams: how a peer that does
//! nothing is told from one that is slow.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The exchanges of a connection.
#[derive(Debug)]
pub(crate) struct Activity {
    start: Instant,
    exchanges: AtomicUsize,
    /// When something last happened, in milliseconds since the start.
    last: AtomicU64,
    /// When the client was last heard, likewise.
    heard: AtomicU64,
}

/// What a write is longer than if it is no mere sign of life, as `PING` and its answer are.
const SIGN_OF_LIFE: usize = 1024;

impl Activity {
    /// Makes the record of a connection that has just begun.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            exchanges: AtomicUsize::new(0),
            last: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        })
    }

    fn note(&self) {
        self.last.store(self.now(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that the client was heard.
    pub(crate) fn heard(&self) {
        self.heard.store(self.now(), Ordering::Relaxed);
    }

    /// Notes that the client has taken some bytes.
    pub(crate) fn taken(&self, bytes: usize) {
        if bytes > SIGN_OF_LIFE {
            self.note();
        }
    }

    /// Begins an exchange, which lasts until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Resolves once there has been no exchange for `limit`.
    pub(crate) async fn idle(&self, limit: Duration) {
        self.passes(limit, |activity| activity.last.load(Ordering::Relaxed))
            .await;
    }

    /// Resolves once there has been no exchange for `limit`, and nothing was heard of the client.
    pub(crate) async fn quiet(&self, limit: Duration) {
        self.passes(limit, |activity| {
            let last = activity.last.load(Ordering::Relaxed);
            last.max(activity.heard.load(Ordering::Relaxed))
        })
        .await;
    }

    async fn passes(&self, limit: Duration, since: impl Fn(&Self) -> u64) {
        loop {
            let last = Duration::from_millis(since(self));
            let left = match self.exchanges.load(Ordering::Relaxed) {
                0 => (last + limit).saturating_sub(self.start.elapsed()),
                _ => limit,
            };
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

/// An exchange that is under way.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.note();
        self.0.exchanges.fetch_sub(1, Ordering::Relaxed);
    }
}

tokio::task_local! {
    /// The HTTP/2 stream whose task is being polled.
    static STREAM: Rc<Stream>;
}

/// A response on its way to an HTTP/2 client, which may take nothing of it (RFC 9113 §5.2).
#[derive(Debug)]
pub(crate) struct Stream {
    /// When the client was last seen to want more of the body. `None` before the body.
    wanted: Cell<Option<Instant>>,
}

impl Stream {
    /// Runs the task of a stream until its end, or until its client has wanted no more of the body
    /// for `limit`.
    pub(crate) async fn run(task: impl Future<Output = ()>, limit: Option<Duration>) {
        let Some(limit) = limit else {
            return task.await;
        };
        let stream = Rc::new(Self {
            wanted: Cell::new(None),
        });
        tokio::select! {
            () = STREAM.scope(stream.clone(), task) => {}
            () = stream.stuck(limit) => {
                let reason = format!("the client took nothing within {limit:?}");
                tracing::warn!(reason, "response left unfinished");
            }
        }
    }

    /// Notes, for the stream whose task is being polled, whether the client has got what it wanted of
    /// a body and is now to want more. While it waits for the body, it is not the client that is
    /// slow.
    pub(crate) fn served(is_served: bool) {
        let _ = STREAM.try_with(|stream| stream.wanted.set(is_served.then(Instant::now)));
    }

    async fn stuck(&self, limit: Duration) {
        loop {
            let wanted = self.wanted.get();
            let left = wanted.map_or(limit, |since| limit.saturating_sub(since.elapsed()));
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}
