//! Which addresses of an origin have failed, and how long each is left out for it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::repeated::Repeated;

/// How long an address is left out after its first failure. Each further failure without an answer
/// in between doubles the time.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest time for which an address is left out.
const LONGEST: Duration = Duration::from_secs(30);

/// How many addresses are known before those are forgotten that are not left out. A name may lead
/// to others each time.
const KNOWN: usize = 64;

/// What is known of the addresses of one origin, on all threads.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Whose turn it is.
    turn: AtomicUsize,
    /// How many addresses have failed since their last answer.
    failing: AtomicUsize,
    addresses: Mutex<HashMap<SocketAddr, Address>>,
}

/// An address that has failed before.
#[derive(Debug, Default)]
struct Address {
    /// Since when and for how long it is left out. `None` once it has answered.
    left_out: Option<LeftOut>,
    logged: Repeated,
}

#[derive(Debug, Clone, Copy)]
struct LeftOut {
    until: Instant,
    pause: Duration,
    /// Whether an exchange tries the address again meanwhile.
    is_tried: bool,
}

/// What is to be told of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// How long the address is left out.
    pub(crate) pause: Duration,
    /// How many failures of the address there were since the last that was told.
    pub(crate) times: u64,
}

impl Address {
    fn is_out(&self, now: Instant) -> bool {
        self.left_out.is_some_and(|out| now < out.until)
    }
}

impl Health {
    /// Returns the addresses in the order in which an exchange is to try them, if they take turns:
    /// the next one first, and those that are left out last.
    pub(crate) fn in_turn(
        &self,
        addresses: &[SocketAddr],
        failed: Option<SocketAddr>,
    ) -> Vec<SocketAddr> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.order(addresses, turn, failed)
    }

    /// Returns the addresses in the order in which an exchange is to try them, if the first is the
    /// best: those that are left out last.
    pub(crate) fn in_order(
        &self,
        addresses: &[SocketAddr],
        failed: Option<SocketAddr>,
    ) -> Vec<SocketAddr> {
        self.order(addresses, 0, failed)
    }

    /// Puts the addresses that are left out last, and before them the one where the exchange has
    /// `failed`. If the time of the first is over, this exchange alone tries it.
    fn order(
        &self,
        addresses: &[SocketAddr],
        turn: usize,
        failed: Option<SocketAddr>,
    ) -> Vec<SocketAddr> {
        let rotated = |mut addresses: Vec<SocketAddr>| {
            let by = turn.checked_rem(addresses.len()).unwrap_or(0);
            addresses.rotate_left(by);
            addresses.sort_by_key(|address| Some(*address) == failed);
            addresses
        };
        if self.is_well() {
            return rotated(addresses.to_vec());
        }
        let now = Instant::now();
        let mut known = self.known();
        let is_out = |it: &SocketAddr| known.get(it).is_some_and(|address| address.is_out(now));
        let (out, fit): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(is_out);
        let mut order = rotated(fit);
        order.extend(rotated(out));
        let first = order.first().and_then(|first| known.get_mut(first));
        let first = first.and_then(|first| first.left_out.as_mut());
        if let Some(out) = first.filter(|out| out.until <= now) {
            out.until = now + out.pause;
            out.is_tried = true;
        }
        order
    }

    /// Returns whether an address is left out.
    pub(crate) fn is_out(&self, address: SocketAddr) -> bool {
        let now = Instant::now();
        !self.is_well() && self.known().get(&address).is_some_and(|it| it.is_out(now))
    }

    /// Leaves an address out that has failed. Returns what is to be told, if something is.
    pub(crate) fn failed(&self, address: SocketAddr) -> Option<Told> {
        let now = Instant::now();
        let mut known = self.known();
        if known.len() >= KNOWN {
            known.retain(|_, address| address.is_out(now));
            self.failing.store(known.len(), Ordering::Relaxed);
        }
        let address = known.entry(address).or_default();
        let pause = match address.left_out {
            // Exchanges that began before say nothing new.
            Some(out) if now < out.until && !out.is_tried => None,
            Some(out) => Some(LONGEST.min(2 * out.pause)),
            None => {
                self.failing.fetch_add(1, Ordering::Relaxed);
                Some(PAUSE)
            }
        };
        if let Some(pause) = pause {
            address.left_out = Some(LeftOut {
                until: now + pause,
                pause,
                is_tried: false,
            });
        }
        let times = address.logged.count()?;
        let pause = address.left_out?.pause;
        Some(Told { pause, times })
    }

    /// Notes that an address has answered.
    pub(crate) fn answered(&self, address: SocketAddr) {
        if self.is_well() {
            return;
        }
        let mut known = self.known();
        let known = known.get_mut(&address);
        if known.is_some_and(|address| address.left_out.take().is_some()) {
            self.failing.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Returns whether no address has failed since its last answer.
    fn is_well(&self) -> bool {
        self.failing.load(Ordering::Relaxed) == 0
    }

    fn known(&self) -> MutexGuard<'_, HashMap<SocketAddr, Address>> {
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses<const N: usize>() -> [SocketAddr; N] {
        std::array::from_fn(|at| ([127, 0, 0, 1], at as u16 + 1).into())
    }

    /// Lets the time be over for which an address is left out.
    fn let_pass(health: &Health, address: SocketAddr) {
        let mut known = health.known();
        let out = known.get_mut(&address).and_then(|it| it.left_out.as_mut());
        out.expect("it is left out").until = Instant::now();
    }

    fn pause(health: &Health, address: SocketAddr) -> Option<Duration> {
        Some(health.known().get(&address)?.left_out?.pause)
    }

    #[test]
    fn addresses_take_turns_and_those_that_have_failed_come_last() {
        let health = Health::default();
        let [a, b, c] = addresses();
        let turn = |failed| health.in_turn(&[a, b, c], failed);
        assert_eq!(turn(None), [a, b, c]);
        assert_eq!(turn(None), [b, c, a]);
        assert_eq!(turn(Some(c)), [a, b, c]);
        health.failed(b);
        assert!(health.is_out(b));
        let firsts: Vec<_> = (0..4).map(|_| turn(None)).collect();
        assert_eq!(firsts, [[c, a, b], [a, c, b], [c, a, b], [a, c, b]]);
        assert_eq!(health.in_order(&[a, b, c], None), [a, c, b]);
        assert_eq!(health.in_order(&[a, b, c], Some(a)), [c, a, b]);
        health.failed(a);
        health.failed(c);
        let mut all = turn(None);
        all.sort();
        assert_eq!(all, [a, b, c], "where all have failed, all are tried");
        health.answered(b);
        assert!(!health.is_out(b));
        assert_eq!(turn(None)[0], b);
    }

    #[test]
    fn one_exchange_tries_an_address_again_and_each_failure_doubles_the_time() {
        let health = Health::default();
        let [a, b] = addresses();
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            health.failed(a);
            health.failed(a); // Of an exchange that began before.
            assert_eq!(pause(&health, a), Some(Duration::from_secs(expected)));
            assert_eq!(health.in_order(&[a, b], None), [b, a]);
            let_pass(&health, a);
            assert_eq!(health.in_order(&[a, b], None), [a, b]);
            assert_eq!(health.in_order(&[a, b], None), [b, a]);
        }
        health.answered(a);
        assert_eq!(health.in_order(&[a, b], None), [a, b]);
        health.failed(a);
        assert_eq!(pause(&health, a), Some(PAUSE));
    }

    #[test]
    fn failures_are_told_at_a_bounded_rate() {
        let health = Health::default();
        let [a, b] = addresses();
        let told = Told {
            pause: PAUSE,
            times: 1,
        };
        assert_eq!(health.failed(a).as_ref(), Some(&told));
        health.answered(a);
        assert_eq!(health.failed(a), None);
        assert_eq!(health.failed(b), Some(told));
    }

    #[test]
    fn addresses_are_not_remembered_for_good() {
        let health = Health::default();
        for address in addresses::<1000>() {
            health.failed(address);
            let_pass(&health, address);
        }
        assert!(health.known().len() <= KNOWN);
        assert!(health.failing.load(Ordering::Relaxed) <= KNOWN);
    }
}
