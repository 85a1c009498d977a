//! What is counted in a soak.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::exchange::{Exchange, name};
use super::fault::Fault;
use super::judge::Outcome;

/// How many wrong exchanges are told one by one. Further ones are counted.
const TOLD: u64 = 25;

/// The counts of a soak, to which all its clients add.
#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

/// The counts themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Exchanges that clients have played.
    pub(super) requests: u64,
    /// How often each fault was put into one of them.
    pub(super) faults: BTreeMap<Fault, u64>,
    /// Exchanges that did not end as they must.
    pub(super) lost: u64,
    /// Exchanges with wrong bytes, and broken bodies that look complete.
    pub(super) corrupted: u64,
    /// Changes of the configuration that were taken up.
    pub(super) changes: u64,
}

impl Counts {
    /// Returns how many faults there were.
    pub(super) fn injected(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Formats which faults there were, and how often.
    pub(super) fn by_fault(&self) -> String {
        let each = self.faults.iter();
        let each: Vec<_> = each
            .map(|(fault, times)| format!("{} {times}", name(fault)))
            .collect();
        each.join(", ")
    }
}

impl Tally {
    /// Counts an exchange.
    pub(super) fn count(&self, exchange: &Exchange, outcome: &Outcome) {
        let mut counts = self.0.lock().unwrap();
        counts.requests += 1;
        if let Some(fault) = exchange.fault {
            *counts.faults.entry(fault).or_default() += 1;
        }
        drop(counts);
        self.wrong(&exchange.target(), outcome);
    }

    /// Counts what is wrong, if anything is, without a further exchange.
    pub(super) fn wrong(&self, what: &str, outcome: &Outcome) {
        let mut counts = self.0.lock().unwrap();
        let (kind, why) = match outcome {
            Outcome::Right => return,
            Outcome::Lost(why) => {
                counts.lost += 1;
                ("lost", why)
            }
            Outcome::Corrupted(why) => {
                counts.corrupted += 1;
                ("corrupted", why)
            }
        };
        if counts.lost + counts.corrupted <= TOLD {
            eprintln!("{kind}: {what}: {why}");
        }
    }

    /// Counts a change of the configuration that was taken up.
    pub(super) fn changed(&self) {
        self.0.lock().unwrap().changes += 1;
    }

    /// Returns the counts of now.
    pub(super) fn counts(&self) -> Counts {
        self.0.lock().unwrap().clone()
    }
}
