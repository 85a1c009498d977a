//! Many clients at a time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::client::Client;
use super::exchange::Exchange;
use super::judge::Outcome;
use super::tally::Tally;
use crate::driver::Runtime;

/// How many clients there are.
const CLIENTS: usize = 16;

/// How long a client waits after something went wrong, so that a gate that is down is not asked
/// without end.
const AFTER_A_FAILURE: Duration = Duration::from_millis(50);

/// What the clients of a soak share.
pub(super) struct Traffic<'a> {
    pub(super) runtime: Runtime,
    /// Where the gate listens.
    pub(super) gate: SocketAddr,
    /// The URL of the origin, without a path.
    pub(super) base: &'a str,
    pub(super) tally: &'a Tally,
    /// The seed of the next exchange.
    pub(super) next: AtomicU64,
}

impl Traffic<'_> {
    /// Lets the clients play exchanges for as long as `goes_on` says so before each. Exchanges that
    /// have begun are played to their ends.
    pub(super) fn run(&self, goes_on: &(dyn Fn() -> bool + Sync)) {
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    let mut client = Client::new(self.gate, self.base);
                    while goes_on() {
                        let seed = self.next.fetch_add(1, Ordering::Relaxed);
                        let exchange = Exchange::new(seed, self.runtime);
                        let outcome = client.play(&exchange);
                        self.tally.count(&exchange, &outcome);
                        if outcome != Outcome::Right {
                            std::thread::sleep(AFTER_A_FAILURE);
                        }
                    }
                });
            }
        });
    }
}
