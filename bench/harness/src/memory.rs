//! The memory of the native gate: a large page beside a small one.

use anyhow::{Result, ensure};

use crate::Bench;
use crate::client;
use crate::files::{Files, Page};
use crate::programs::{Program, Rules, Runtime, Scene};
use crate::row::{Part, Row, Unit};

const WORK: &str = "memory with a page of 100 MB, native";
/// How often the small page is asked for.
const TIMES: usize = 20;

/// Measures the most that the gate has had in RAM.
pub(crate) fn row(bench: &Bench, files: &Files) -> Option<Row> {
    bench.wants(WORK).then(|| {
        let parts = measure(bench, files).map(|part| vec![part]);
        Row::new(
            (WORK, "the gate with a page of 100 KB"),
            Unit::Memory,
            Some(1.1),
            parts,
        )
    })
}

fn measure(bench: &Bench, files: &Files) -> Result<Part> {
    let large = files.article_of("100-mb", 100_000_000)?;
    let small = files.article_of("100-kb", 100_000)?;
    let (mut with_large, mut with_small) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds.min(3) {
        with_small.push(peak(bench, &small, TIMES)?);
        with_large.push(peak(bench, &large, 1)?);
    }
    Ok(Part::new("article", Unit::Memory, &with_large, &with_small))
}

/// Returns the peak of a new gate that serves a page so many times, in bytes.
fn peak(bench: &Bench, page: &Page, times: usize) -> Result<f64> {
    let scene = Scene {
        upstream: bench.origin.address,
        origin: page.origin.clone(),
    };
    let gate = bench
        .places
        .start(Program::Gate(Runtime::Native, Rules::Once), &scene)?;
    for _ in 0..times {
        let response = client::get(gate.address, &page.path, None)?;
        ensure!(
            response.body.len() >= page.body.len() / 2,
            "the page is too short"
        );
    }
    gate.peak()
}
