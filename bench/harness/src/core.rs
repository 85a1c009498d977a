//! The stages of core beside what does less with the same bytes: the times that the benchmark
//! `stages` of core takes, page by page.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Bench;
use crate::process::{SERVER, pinned};
use crate::row::{Part, Row, Unit};

/// Works of the benchmark: what is compared, by its name there, with what, and the target.
const ROWS: [(&str, &str, &str, &str, Option<f64>); 8] = [
    (
        "core: URL mapping",
        "map",
        "memmem replacement of one string",
        "replace",
        Some(2.0),
    ),
    (
        "core: all stages, a head rule",
        "html-once",
        "URL mapping alone",
        "map",
        Some(1.25),
    ),
    (
        "core: all stages, a rule that stays",
        "html-stays",
        "lol_html, 8 selectors and head",
        "lol-html-8",
        Some(1.2),
    ),
    (
        "core: all stages, no rule",
        "html",
        "URL mapping alone",
        "map",
        None,
    ),
    (
        "core: gzip in, gzip out",
        "exchange-gzip",
        "gunzip and gzip alone, same level",
        "recode-gzip",
        Some(1.15),
    ),
    (
        "core: br in, br out",
        "exchange-br",
        "decoding and encoding alone, same quality",
        "recode-br",
        None,
    ),
    (
        "core: an exchange, a head rule with a value",
        "exchange-value",
        "the rule without a value",
        "exchange-once",
        Some(1.1),
    ),
    (
        "core: an exchange, a head rule with a condition",
        "exchange-condition",
        "the rule without a condition",
        "exchange-once",
        Some(1.1),
    ),
];

/// Times the stages once for all rows that are wanted. Each sample of a case is a round.
pub(crate) fn rows(bench: &Bench) -> Vec<Row> {
    if !ROWS.iter().any(|(work, ..)| bench.wants(work)) {
        return Vec::new();
    }
    let times = times(bench);
    let mut rows = Vec::new();
    for (work, ours, peer, theirs, target) in ROWS {
        if !bench.wants(work) {
            continue;
        }
        let parts = match &times {
            Ok(times) => Ok(parts(times, ours, theirs)),
            Err(error) => Err(anyhow::anyhow!("{error:#}")),
        };
        rows.push(Row::new((work, peer), Unit::Time, target, parts));
    }
    rows
}

/// The nanoseconds of each sample, by work and page.
type Times = BTreeMap<(String, String), Vec<f64>>;

fn parts(times: &Times, ours: &str, theirs: &str) -> Vec<Part> {
    let of_ours = times.iter().filter(|((work, _), _)| work == ours);
    let pairs = of_ours.filter_map(|((_, page), ours)| {
        let theirs = times.get(&(theirs.to_owned(), page.clone()))?;
        let milliseconds = |times: &[f64]| times.iter().map(|time| time / 1e6).collect::<Vec<_>>();
        Some(Part::new(
            page,
            Unit::Time,
            &milliseconds(ours),
            &milliseconds(theirs),
        ))
    });
    pairs.collect()
}

fn times(bench: &Bench) -> Result<Times> {
    let mut stages = Command::new(&bench.stages);
    stages.arg("times");
    if let Some(corpus) = &bench.corpus {
        stages.arg(corpus).args(&bench.pages);
    }
    let output = pinned(&stages, SERVER)
        .output()
        .context("starting the benchmark of core")?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "the benchmark of core fails: {error}"
    );
    let mut times = BTreeMap::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let mut columns = line.split('\t');
        let name = columns.next().and_then(|name| name.split_once(' '));
        let (work, page) = name.with_context(|| format!("no case: {line}"))?;
        let samples: Result<Vec<f64>, _> = columns.skip(1).map(str::parse).collect();
        times.insert((work.to_owned(), page.to_owned()), samples?);
    }
    Ok(times)
}
