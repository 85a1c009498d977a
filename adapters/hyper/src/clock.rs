//! The clocks of the process.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use streamgate::Clock;

/// The clocks of the process.
pub(crate) const CLOCK: Clock = Clock {
    elapsed: || BEGAN.elapsed(),
    since_epoch: || SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default(),
};

/// A point in the past.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
