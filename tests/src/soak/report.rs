//! What a soak of one runtime has shown, and whether that is good.

use std::fmt::Write;

use serde::Serialize;

use super::tally::Counts;
use crate::driver::Runtime;
use crate::failure::{Failure, Verdict};
use crate::meter::Meter;

/// The result of a soak on one runtime.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    #[serde(serialize_with = "named")]
    runtime: Runtime,
    /// Exchanges that were played, the warm-up included.
    requests: u64,
    /// Faults that were put into them.
    faults_injected: u64,
    /// Exchanges that did not end as they must.
    lost: u64,
    /// Exchanges with wrong bytes, and broken bodies that look complete.
    corrupted: u64,
    /// What the runtime had in RAM after the warm-up, in bytes.
    rss_start: u64,
    /// The same at the end.
    rss_end: u64,
    /// How many descriptors the runtime had open after the warm-up.
    fds_start: usize,
    /// The same at the end.
    fds_end: usize,
}

fn named<S: serde::Serializer>(runtime: &Runtime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(runtime)
}

/// What a runtime holds while nobody asks it anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// In RAM, in bytes.
    pub(super) rss: u64,
    /// Open descriptors.
    pub(super) fds: usize,
}

impl Held {
    /// Reads what a runtime holds now.
    pub(super) fn now(meter: Meter) -> Verdict<Self> {
        Ok(Self {
            rss: meter.resident()?,
            fds: meter.descriptors()?,
        })
    }

    /// Returns by how much a runtime may grow after its warm-up, however long it runs. In five
    /// minutes the native gate grew by 2 MiB, Viceroy by 3, workerd by 16 and Wasmtime by 2, and
    /// none had a descriptor more. In shorter runs, whose warm-up of seconds meets few of the long
    /// bodies, Viceroy grew by 36.
    pub(super) fn plateau(runtime: Runtime) -> Self {
        let (mebibytes, fds) = match runtime {
            Runtime::Native | Runtime::Wasi | Runtime::Wasi3 | Runtime::Tower => (16, 8),
            _ => (64, 8),
        };
        Self {
            rss: mebibytes << 20,
            fds,
        }
    }
}

impl Report {
    /// Makes the report of a soak.
    pub(super) fn new(runtime: Runtime, counts: &Counts, start: Held, end: Held) -> Self {
        Self {
            runtime,
            requests: counts.requests,
            faults_injected: counts.injected(),
            lost: counts.lost,
            corrupted: counts.corrupted,
            rss_start: start.rss,
            rss_end: end.rss,
            fds_start: start.fds,
            fds_end: end.fds,
        }
    }

    /// Fails if anything went wrong, if the runtime grew beyond its plateau, or if there was
    /// nothing to see.
    pub(super) fn verdict(&self) -> Verdict {
        let plateau = Held::plateau(self.runtime);
        let mut faults = Vec::new();
        if self.requests == 0 || self.faults_injected == 0 {
            faults.push("there was no traffic with faults".to_owned());
        }
        if self.lost > 0 {
            faults.push(format!("{} exchanges are lost", self.lost));
        }
        if self.corrupted > 0 {
            faults.push(format!("{} exchanges are corrupted", self.corrupted));
        }
        let grown = self.rss_end.saturating_sub(self.rss_start);
        if grown > plateau.rss {
            faults.push(format!(
                "memory grew by {:.1} MiB, more than {:.0}",
                mebibytes(grown),
                mebibytes(plateau.rss)
            ));
        }
        let opened = self.fds_end.saturating_sub(self.fds_start);
        if opened > plateau.fds {
            faults.push(format!(
                "{opened} more descriptors are open, more than {}",
                plateau.fds
            ));
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(Failure(faults.join("; "))),
        }
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Formats reports for people.
pub(super) fn table(reports: &[Report]) -> String {
    let mut table = format!(
        "{:<10} {:>9} {:>7} {:>5} {:>9}  {:>24}  {:>14}\n",
        "runtime",
        "requests",
        "faults",
        "lost",
        "corrupted",
        "memory, MiB (at most)",
        "descriptors"
    );
    for report in reports {
        let plateau = Held::plateau(report.runtime);
        let memory = format!(
            "{:.1} → {:.1} (+{:.0})",
            mebibytes(report.rss_start),
            mebibytes(report.rss_end),
            mebibytes(plateau.rss)
        );
        let descriptors = format!(
            "{} → {} (+{})",
            report.fds_start, report.fds_end, plateau.fds
        );
        let _ = writeln!(
            table,
            "{:<10} {:>9} {:>7} {:>5} {:>9}  {memory:>24}  {descriptors:>14}",
            report.runtime, report.requests, report.faults_injected, report.lost, report.corrupted
        );
    }
    table
}
