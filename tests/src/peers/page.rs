//! The page of the book that compares the gate with its peers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use super::faults;
use crate::driver::Runtime;
use crate::matrix::{Cell, Matrix, Outcome};
use crate::scenario::Scenario;

/// How the page begins.
const INTRODUCTION: &str = include_str!("introduction.md");

/// How many scenarios had which outcome.
#[derive(Default)]
struct Counts {
    pass: usize,
    differ: usize,
    inexpressible: usize,
}

impl Counts {
    fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Fail => self.differ += 1,
            Outcome::Unsupported => self.inexpressible += 1,
        }
    }

    fn row(&self) -> String {
        format!("{} / {} / {}", self.pass, self.differ, self.inexpressible)
    }
}

/// Formats the page of a run on the native gate and its peers.
pub(crate) fn page(scenarios: &[Scenario], matrix: &Matrix) -> String {
    let runtimes = [[Runtime::Native].as_slice(), &Runtime::PEERS].concat();
    let runtimes: Vec<_> = runtimes.iter().map(ToString::to_string).collect();
    let cells: Vec<_> = matrix.cells().collect();
    let versions = [("nginx", "-v"), ("workerd", "--version")].map(|of| version(of.0, of.1));
    let mut text = INTRODUCTION.replace("{versions}", &versions.join(" and "));
    by_topic(&mut text, scenarios, &runtimes, &cells);
    by_kind(&mut text, &runtimes[1..], &cells);
    inexpressible(&mut text, &runtimes[1..], &cells);
    text
}

/// Returns what a program says of its version.
fn version(program: &str, option: &str) -> String {
    let said = Command::new(program).arg(option).output();
    let said = said.map_or_else(|_| Vec::new(), |said| [said.stdout, said.stderr].concat());
    let said = String::from_utf8_lossy(&said);
    let version = said.trim().rsplit(['/', ' ']).next().unwrap_or_default();
    format!("{program} {version}")
}

fn head(text: &mut String, first: &str, runtimes: &[String]) {
    let _ = writeln!(text, "| {first} | {} |", runtimes.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(runtimes.len()));
}

fn by_topic(text: &mut String, scenarios: &[Scenario], runtimes: &[String], cells: &[&Cell]) {
    let topic_of: BTreeMap<_, _> = scenarios.iter().map(|one| (&*one.id, one.topic)).collect();
    let mut topics: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
    for cell in cells {
        let topic = topic_of.get(&*cell.scenario).copied().unwrap_or_default();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
        for topic in [topic, "**all**"] {
            counts
                .entry((topic, &*cell.runtime))
                .or_default()
                .count(cell.outcome);
        }
    }
    head(text, "topic", runtimes);
    for topic in topics.into_iter().chain(["**all**"]) {
        let of = |runtime: &String| {
            counts
                .get(&(topic, &**runtime))
                .map_or_else(String::new, Counts::row)
        };
        let row: Vec<_> = runtimes.iter().map(of).collect();
        let _ = writeln!(text, "| {topic} | {} |", row.join(" | "));
    }
}

fn by_kind(text: &mut String, peers: &[String], cells: &[&Cell]) {
    text.push_str("\n## What differs\n\nA scenario counts where its first difference is.\n\n");
    let differs = |peer: &str, kind: &str| {
        let of_peer = cells.iter().filter(|cell| cell.runtime == peer);
        let failed = of_peer.filter(|cell| cell.outcome == Outcome::Fail);
        failed
            .filter(|cell| faults::kind(&cell.reason) == kind)
            .count()
    };
    head(text, "what", peers);
    for kind in faults::names() {
        let row: Vec<_> = peers.iter().map(|peer| differs(peer, kind)).collect();
        if row.iter().any(|&count| count > 0) {
            let row: Vec<_> = row.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "| {kind} | {} |", row.join(" | "));
        }
    }
}

fn inexpressible(text: &mut String, peers: &[String], cells: &[&Cell]) {
    text.push_str("\n## What has no counterpart\n\n");
    head(text, "keys", peers);
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for cell in cells
        .iter()
        .filter(|cell| cell.outcome == Outcome::Unsupported)
    {
        *counts
            .entry(&cell.reason)
            .or_default()
            .entry(&cell.runtime)
            .or_default() += 1;
    }
    for (keys, of) in counts {
        let of = |peer: &String| of.get(&**peer).copied().unwrap_or_default().to_string();
        let row: Vec<_> = peers.iter().map(of).collect();
        let _ = writeln!(text, "| {keys} | {} |", row.join(" | "));
    }
}
