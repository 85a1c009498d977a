//! The connections of a pool, and how long each is kept without an exchange.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use http::{HeaderMap, HeaderName};
use streamgate::FetchError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::connection::{Http1, Load, Shared};

/// How long before the end of the time that an origin grants an idle connection (`Keep-Alive:
/// timeout`) the connection is closed here: the request needs some time to get there.
const MARGIN: Duration = Duration::from_secs(1);

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// How long an HTTP/2 connection may have no exchange before it is closed. Its end is announced
/// (`GOAWAY`), so nothing is lost if the origin closes it first.
const IDLE_HTTP2: Duration = Duration::from_secs(60);

/// The connections of one pool.
#[derive(Default)]
pub(super) struct Connections {
    /// How many idle HTTP/1.1 connections are kept.
    most_idle: usize,
    pub(super) idle: VecDeque<Idle>,
    /// When a task looks for idle connections whose time is over, if one does.
    swept_at: Option<Instant>,
    /// Exchanges that take the next HTTP/1.1 connection that becomes free.
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) shared: Vec<Shared>,
    /// Whether the origin speaks HTTP/1.1, as far as is known.
    pub(super) only_http1: bool,
    /// When and why the last attempt to get a connection failed.
    pub(super) failed: Option<(Instant, FetchError)>,
}

/// An exchange that waits for a connection.
pub(super) struct Waiting {
    /// The address that the connection must lead to. `None`: any.
    pub(super) address: Option<SocketAddr>,
    pub(super) free: oneshot::Sender<Http1>,
}

impl Connections {
    /// Returns no connections, of which at most `most_idle` are kept. `only_http1` is true if no
    /// other protocol is offered to the origin.
    pub(super) fn new(only_http1: bool, most_idle: usize) -> Self {
        Self {
            most_idle,
            only_http1,
            ..Self::default()
        }
    }
}

impl Waiting {
    fn takes(&self, sender: &Http1) -> bool {
        self.address.is_none_or(|address| address == sender.address)
    }
}

/// An HTTP/1.1 connection that no exchange uses.
pub(super) struct Idle {
    pub(super) sender: Http1,
    pub(super) until: Instant,
}

/// An HTTP/1.1 connection that is kept for the next exchange when this is dropped, with the end of
/// its exchange.
pub(in crate::client) struct Kept {
    pub(super) sender: Option<Http1>,
    /// How long the connection may be idle.
    pub(super) idle: Duration,
    pub(super) connections: Weak<Mutex<Connections>>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(mut sender) = self.sender.take() else {
            return;
        };
        let (connections, idle) = (self.connections.clone(), self.idle);
        if sender.requests.is_ready() {
            return keep_until(&connections, sender, Instant::now() + idle);
        }
        // The exchange was given up, or the origin has not read all of the request.
        spawn(async move {
            if sender.requests.ready().await.is_ok() {
                keep_until(&connections, sender, Instant::now() + idle);
            }
        });
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// Changes the connections of a client, if the client still exists.
fn with<T>(
    connections: &Weak<Mutex<Connections>>,
    change: impl FnOnce(&mut Connections) -> T,
) -> Option<T> {
    let connections = connections.upgrade()?;
    let mut connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
    Some(change(&mut connections))
}

/// Runs a task for the connections, unless the runtime has ended and drops what it held.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(task);
    }
}

/// Gives a connection to the first exchange that waits, else keeps the connection.
fn keep_until(connections: &Weak<Mutex<Connections>>, sender: Http1, until: Instant) {
    let to_sweep = with(connections, |connections| {
        let mut sender = sender;
        let waiting = &mut connections.waiting;
        while let Some(first) = waiting.iter().position(|waiting| waiting.takes(&sender)) {
            match waiting.remove(first)?.free.send(sender) {
                Ok(()) => return None,
                Err(unwanted) => sender = unwanted,
            }
        }
        connections.idle.push_back(Idle { sender, until });
        if connections.idle.len() > connections.most_idle {
            connections.idle.pop_front();
        }
        let is_first = connections.swept_at.is_none_or(|at| until < at);
        is_first.then(|| connections.swept_at = Some(until))
    });
    if to_sweep.flatten().is_some() {
        spawn(sweep(Weak::clone(connections), until));
    }
}

/// Closes idle connections whose time is over, the first at `at`, as long as there are any.
///
/// One task does so for all of them: a timer for each exchange would outlive the exchange.
async fn sweep(connections: Weak<Mutex<Connections>>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let next = with(&connections, |connections| {
            let now = Instant::now();
            connections.idle.retain(|idle| now < idle.until);
            if connections.swept_at != Some(at) {
                return None; // Another task was to look sooner, and goes on.
            }
            connections.swept_at = connections.idle.iter().map(|idle| idle.until).min();
            connections.swept_at
        });
        match next.flatten() {
            Some(next) => at = next,
            None => return,
        }
    }
}

/// Removes an HTTP/2 connection from the shared ones once it has had no exchange for
/// [`IDLE_HTTP2`]; the connection ends then.
pub(super) async fn forget_when_idle(connections: Weak<Mutex<Connections>>, load: Arc<Load>) {
    let mut idle = false;
    loop {
        tokio::time::sleep(IDLE_HTTP2 / 2).await;
        if !load.is_none() {
            idle = false;
        } else if idle {
            break;
        } else {
            idle = true;
        }
        if connections.strong_count() == 0 {
            return;
        }
    }
    with(&connections, |connections| {
        connections
            .shared
            .retain(|shared| !Arc::ptr_eq(shared.load(), &load));
    });
}

/// Returns how long a connection may be idle after a response with this head, at most `longest`.
/// Returns `None` if it must not be kept at all (`Keep-Alive`, as RFC 2068 §19.7.1.1 has it).
pub(super) fn idle_time(head: &HeaderMap, longest: Duration) -> Option<Duration> {
    if !head.contains_key(KEEP_ALIVE) {
        return (!longest.is_zero()).then_some(longest);
    }
    let parameter = |name: &str| {
        head.get_all(KEEP_ALIVE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(found, _)| found.trim().eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.trim().parse::<u64>().ok())
    };
    if parameter("max") == Some(0) {
        return None;
    }
    let granted = parameter("timeout").map(Duration::from_secs);
    let idle = granted.map_or(longest, |time| time.saturating_sub(MARGIN).min(longest));
    (!idle.is_zero()).then_some(idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_ends_before_the_origin_ends_it() {
        const LONGEST: Duration = Duration::from_secs(20);
        for (field, expected) in [
            (None, Some(LONGEST)),
            (Some("timeout=5"), Some(Duration::from_secs(4))),
            (Some("timeout=5, max=100"), Some(Duration::from_secs(4))),
            (Some("timeout=60"), Some(LONGEST)),
            (Some("Timeout = 2"), Some(Duration::from_secs(1))),
            (Some("timeout=1"), None),
            (Some("timeout=0"), None),
            (Some("timeout=5, max=0"), None),
            (Some("nonsense"), Some(LONGEST)),
        ] {
            let mut head = HeaderMap::new();
            if let Some(field) = field {
                head.insert("keep-alive", field.parse().expect("a value"));
            }
            assert_eq!(idle_time(&head, LONGEST), expected, "{field:?}");
        }
    }
}
