//! What the gate's threads tell the live view: each exchange that has ended.

use std::sync::{Arc, OnceLock};

use streamgate::{AccessLog, LogEntry};
use tokio::sync::broadcast::{Receiver, Sender, channel};

/// How many events wait for a viewer. One that is slower loses the oldest.
pub(super) const WAITING: usize = 256;

/// What all viewers hear. Without a view it is never made.
static FEED: OnceLock<Sender<Event>> = OnceLock::new();

/// An event, in JSON.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) data: Arc<str>,
}

/// Returns the next events, for one viewer.
pub(super) fn heard() -> Receiver<Event> {
    FEED.get_or_init(|| channel(WAITING).0).subscribe()
}

/// Tells all viewers, if there are any.
pub(super) fn tell_all(name: &'static str, data: impl FnOnce() -> String) {
    if let Some(feed) = FEED.get().filter(|feed| feed.receiver_count() > 0) {
        let data = data().into();
        // The last viewer may have gone meanwhile.
        let _ = feed.send(Event { name, data });
    }
}

/// Tells of an exchange, in the words of the access log.
pub(crate) fn tell(entry: &LogEntry<'_>) {
    tell_all("exchange", || AccessLog::Json.line(entry));
}
