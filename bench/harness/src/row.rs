//! A row of the report: how a work compares with a peer.

use serde::Serialize;

use crate::statistics::{Spread, median};

/// What is compared. Where more is better, a target is the least ratio; else it is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    /// Requests per second, of the peer's.
    #[serde(rename = "x its rate")]
    Rate,
    /// CPU time of a request, of the peer's.
    #[serde(rename = "x its CPU")]
    Cpu,
    /// Time of a call, of the peer's.
    #[serde(rename = "x its time")]
    Time,
    /// Instructions of a request, of the peer's.
    #[serde(rename = "x its instructions")]
    Instructions,
    /// Memory, of the peer's.
    #[serde(rename = "x its memory")]
    Memory,
    /// Milliseconds more than the peer.
    #[serde(rename = "ms more")]
    MillisecondsMore,
    /// Milliseconds, whatever the peer's.
    #[serde(rename = "ms")]
    Milliseconds,
}

impl Unit {
    /// Returns whether more is better.
    pub(crate) fn more_is_better(self) -> bool {
        self == Self::Rate
    }

    /// Returns the words of a table.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Rate => "x its rate",
            Self::Cpu => "x its CPU",
            Self::Time => "x its time",
            Self::Instructions => "x its instructions",
            Self::Memory => "x its memory",
            Self::MillisecondsMore => "ms more",
            Self::Milliseconds => "ms",
        }
    }
}

/// A row.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) peer: String,
    /// The median over all rounds; over several pages, the median of their medians.
    pub(crate) ratio_median: Option<f64>,
    /// The least and the greatest of any round of any page.
    pub(crate) ratio_min: Option<f64>,
    pub(crate) ratio_max: Option<f64>,
    pub(crate) target: Option<f64>,
    pub(crate) met: Option<bool>,
    pub(crate) unit: Unit,
    /// The pages, or other parts, that the row is made of.
    pub(crate) parts: Vec<Part>,
    /// Why there is no ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<String>,
}

/// A part of a row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) ratio: Spread,
    /// The length of the page, without a coding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<usize>,
    /// The medians of both sides, in requests per second, milliseconds, bytes or instructions.
    pub(crate) gate: f64,
    pub(crate) peer: f64,
    /// The CPU time of a request, in milliseconds, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gate_cpu_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_cpu_ms: Option<f64>,
}

impl Part {
    /// Makes a part of what was measured in each round on both sides.
    pub(crate) fn new(name: &str, unit: Unit, gate: &[f64], peer: &[f64]) -> Self {
        let rounds = gate.iter().zip(peer);
        let ratios: Vec<_> = rounds
            .map(|(gate, peer)| match unit {
                Unit::MillisecondsMore => gate - peer,
                Unit::Milliseconds => *gate,
                _ => gate / peer,
            })
            .collect();
        Self {
            name: name.to_owned(),
            ratio: Spread::of(&ratios),
            bytes: None,
            gate: median(gate),
            peer: median(peer),
            gate_cpu_ms: None,
            peer_cpu_ms: None,
        }
    }
}

impl Row {
    /// Makes a row of its parts, or of what went wrong.
    pub(crate) fn new(
        (work, peer): (&str, &str),
        unit: Unit,
        target: Option<f64>,
        parts: anyhow::Result<Vec<Part>>,
    ) -> Self {
        let (parts, fault) = match parts {
            Ok(parts) if parts.is_empty() => (parts, Some("nothing was measured".to_owned())),
            Ok(parts) => (parts, None),
            Err(error) => (Vec::new(), Some(format!("{error:#}"))),
        };
        let over =
            |of: fn(&Spread) -> f64| parts.iter().map(|part| of(&part.ratio)).collect::<Vec<_>>();
        let is_there = fault.is_none();
        let ratio_median = is_there.then(|| median(&over(|ratio| ratio.median)));
        let least = over(|ratio| ratio.min).into_iter().reduce(f64::min);
        let greatest = over(|ratio| ratio.max).into_iter().reduce(f64::max);
        let met = target.map(|target| {
            ratio_median.is_some_and(|ratio| match unit.more_is_better() {
                true => ratio >= target,
                false => ratio <= target,
            })
        });
        Self {
            work: work.to_owned(),
            peer: peer.to_owned(),
            ratio_median,
            ratio_min: least,
            ratio_max: greatest,
            target,
            met,
            unit,
            parts,
            fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Row, Unit};

    #[test]
    fn a_target_is_met_from_the_better_side() {
        for (unit, gate, target, met) in [
            (Unit::Rate, 3.0, 1.5, true),
            (Unit::Rate, 2.0, 1.5, false),
            (Unit::Cpu, 2.0, 1.5, true),
            (Unit::Cpu, 4.0, 1.5, false),
            (Unit::MillisecondsMore, 2.4, 0.5, true),
            (Unit::MillisecondsMore, 2.6, 0.5, false),
        ] {
            let part = Part::new("page", unit, &[gate; 3], &[2.0; 3]);
            let row = Row::new(("work", "peer"), unit, Some(target), Ok(vec![part]));
            assert_eq!(row.met, Some(met), "{unit:?} {gate}");
        }
    }

    #[test]
    fn a_row_without_a_measurement_does_not_meet_its_target() {
        let row = Row::new(
            ("work", "peer"),
            Unit::Rate,
            Some(1.0),
            Err(anyhow::anyhow!("wrong")),
        );
        assert_eq!((row.met, row.ratio_median), (Some(false), None));
        assert_eq!(row.fault.as_deref(), Some("wrong"));
    }
}
