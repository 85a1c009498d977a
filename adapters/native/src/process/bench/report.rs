//! What was measured, for people and as JSON.

use std::time::Duration;

use serde::Serialize;

use super::sample::Sample;
use crate::process::page::{Page, counted};

/// What was measured of an address.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) url: String,
    /// What the gate decides about it.
    pub(super) decision: String,
    pub(super) rounds: usize,
    pub(super) ways: Vec<Measured>,
}

/// What was measured of a way. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    way: &'static str,
    /// The status and the bytes of the body in the last round.
    status: u16,
    bytes: u64,
    head: Spread,
    first_byte: Spread,
    whole: Spread,
}

/// A median, with the least and the greatest value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Measured {
    /// Sums up the samples of a way.
    pub(super) fn of(way: &'static str, samples: &[Sample]) -> Self {
        let spread = |part: fn(&Sample) -> Duration| {
            Spread::of(samples.iter().map(part).map(milliseconds).collect())
        };
        let last = samples.last();
        Self {
            way,
            status: last.map_or(0, |sample| sample.status.as_u16()),
            bytes: last.map_or(0, |sample| sample.bytes),
            head: spread(|sample| sample.head),
            first_byte: spread(|sample| sample.first_byte),
            whole: spread(|sample| sample.whole),
        }
    }
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        let middle = values.len() / 2;
        let median = match values.len() % 2 {
            0 => f64::midpoint(at(middle.saturating_sub(1)), at(middle)),
            _ => at(middle),
        };
        Self {
            median,
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }

    fn text(self) -> String {
        let Self { median, min, max } = self;
        format!("{median:.1} ({min:.1}–{max:.1})")
    }
}

/// Returns milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

impl Report {
    pub(super) fn json(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    pub(super) fn text(&self, is_coloured: bool) -> String {
        let mut page = Page::new(is_coloured);
        page.title(&self.url);
        let rounds = counted(self.rounds, "round", "rounds");
        page.line(&format!("{}, {rounds}", self.decision));
        page.title("Milliseconds: median (least to greatest)");
        let row = |cells: [&str; 6]| {
            let [way, head, first, whole, status, bytes] = cells;
            format!("{way:<10}{head:<24}{first:<24}{whole:<24}{status:>6}{bytes:>8}")
        };
        page.line(&row(["", "head", "first byte", "whole", "status", "bytes"]));
        for way in &self.ways {
            let spreads = [way.head, way.first_byte, way.whole].map(Spread::text);
            let [head, first, whole] = &spreads;
            let (status, bytes) = (way.status.to_string(), way.bytes.to_string());
            page.line(&row([way.way, head, first, whole, &status, &bytes]));
        }
        page.into_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        for (values, median, min, max) in [
            (vec![3.0, 1.0, 9.0], 3.0, 1.0, 9.0),
            (vec![4.0, 1.0, 2.0, 3.0], 2.5, 1.0, 4.0),
            (vec![7.0], 7.0, 7.0, 7.0),
        ] {
            assert_eq!(Spread::of(values), Spread { median, min, max });
        }
    }
}
