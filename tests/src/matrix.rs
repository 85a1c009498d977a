//! The outcome of a run, scenarios by runtimes, for the terminal, for machines and for the book.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use crate::driver::Runtime;

/// How the page of the book begins.
const INTRODUCTION: &str = include_str!("introduction.md");

/// The outcome of a scenario on a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// Everything that must be observed was observed.
    Pass,
    /// Something that must be observed was not.
    Fail,
    /// The platform cannot support the scenario.
    Unsupported,
}

/// One scenario on one runtime.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cell {
    /// The scenario's id.
    pub(crate) scenario: String,
    /// The runtime's name.
    pub(crate) runtime: String,
    /// The outcome.
    pub(crate) outcome: Outcome,
    /// Why the scenario did not pass; empty if it did.
    pub(crate) reason: String,
    /// What was observed if the scenario is unsupported.
    #[serde(skip)]
    pub(crate) seen: String,
    /// How long the scenario took, including the start of the runtime if it was the first to need
    /// it.
    #[serde(skip)]
    pub(crate) took: Duration,
}

/// All cells of a run.
pub(crate) struct Matrix {
    order: Vec<String>,
    runtimes: Vec<String>,
    cells: BTreeMap<(String, String), Cell>,
}

impl Matrix {
    /// Arranges `cells` in the order of the table.
    pub(crate) fn new(order: Vec<String>, runtimes: &[Runtime], cells: Vec<Cell>) -> Self {
        let runtimes = runtimes.iter().map(ToString::to_string).collect();
        let key = |cell: Cell| ((cell.scenario.clone(), cell.runtime.clone()), cell);
        Self {
            order,
            runtimes,
            cells: cells.into_iter().map(key).collect(),
        }
    }

    /// Returns the cells, scenario by scenario.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.order.iter().flat_map(|scenario| self.row(scenario))
    }

    fn row<'a>(&'a self, scenario: &'a str) -> impl Iterator<Item = &'a Cell> {
        self.runtimes
            .iter()
            .filter_map(move |runtime| self.cells.get(&(scenario.to_owned(), runtime.clone())))
    }

    /// Returns how many cells have this outcome.
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        self.cells
            .values()
            .filter(|cell| cell.outcome == outcome)
            .count()
    }

    /// Formats the totals: `N passed, N failed, N unsupported`.
    pub(crate) fn summary(&self) -> String {
        let [passed, failed, unsupported] =
            [Outcome::Pass, Outcome::Fail, Outcome::Unsupported].map(|outcome| self.count(outcome));
        format!("{passed} passed, {failed} failed, {unsupported} unsupported")
    }

    /// Formats a table for the terminal, then a line for each cell that did not pass.
    pub(crate) fn for_terminal(&self, times: bool) -> String {
        let mut text = String::new();
        let width = self.order.iter().map(String::len).max().unwrap_or(0);
        let heads: String = self
            .runtimes
            .iter()
            .map(|runtime| format!("  {runtime:>11}"))
            .collect();
        let _ = writeln!(text, "{:width$}{heads}", "");
        for scenario in &self.order {
            let _ = write!(text, "{scenario:width$}");
            for cell in self.row(scenario) {
                let word = match cell.outcome {
                    Outcome::Pass if times => format!("{} ms", cell.took.as_millis()),
                    Outcome::Pass => "pass".to_owned(),
                    Outcome::Fail => "FAIL".to_owned(),
                    Outcome::Unsupported => "unsupported".to_owned(),
                };
                let _ = write!(text, "  {word:>11}");
            }
            text.push('\n');
        }
        for cell in self.cells().filter(|cell| cell.outcome != Outcome::Pass) {
            let word = if cell.outcome == Outcome::Fail {
                "FAIL"
            } else {
                "unsupported"
            };
            let _ = write!(
                text,
                "\n{word} {} on {}:\n  {}\n",
                cell.scenario, cell.runtime, cell.reason
            );
            if !cell.seen.is_empty() {
                let _ = writeln!(text, "  seen: {}", cell.seen);
            }
        }
        text
    }

    /// Formats the page for the book.
    pub(crate) fn for_the_book(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        let _ = writeln!(text, "{}.\n", self.summary());
        let _ = writeln!(
            text,
            "| scenario | {} |\n| --- |{}",
            self.runtimes.join(" | "),
            " --- |".repeat(self.runtimes.len())
        );
        let mut reasons: Vec<&str> = Vec::new();
        for scenario in &self.order {
            let _ = write!(text, "| {} |", scenario.replace('-', " "));
            for cell in self.row(scenario) {
                let word = match cell.outcome {
                    Outcome::Pass => "pass".to_owned(),
                    Outcome::Fail => "**fail**".to_owned(),
                    Outcome::Unsupported => {
                        let known = reasons.iter().position(|reason| *reason == cell.reason);
                        let number = known.unwrap_or_else(|| {
                            reasons.push(&cell.reason);
                            reasons.len() - 1
                        });
                        format!("unsupported ({})", number + 1)
                    }
                };
                let _ = write!(text, " {word} |");
            }
            text.push('\n');
        }
        if !reasons.is_empty() {
            text.push_str("\n## What a platform cannot support\n\n");
            for (number, reason) in reasons.iter().enumerate() {
                let _ = writeln!(text, "{}. {reason}", number + 1);
            }
        }
        text
    }
}
