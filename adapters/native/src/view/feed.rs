//! What the gate's threads tell the live view: each exchange that has ended.

use std::sync::{Arc, OnceLock};

use tokio::sync::broadcast::{Receiver, Sender, channel};

use crate::process::access_log::{self, Entry};

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

/// Tells of an exchange that was decided by a row of the truth table, or by none.
pub(crate) fn tell(row: Option<u8>, entry: &Entry<'_>) {
    tell_all("exchange", || {
        let row = row.map_or_else(|| "null".to_owned(), |row| row.to_string());
        format!(r#"{{"row":{row},"exchange":{}}}"#, access_log::json(entry))
    });
}
