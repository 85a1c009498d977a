//! The CPU time of a page, beside what a platform allows.

use anyhow::Result;

use crate::Bench;
use crate::expect::{self, Expected, Maps};
use crate::files::Page;
use crate::programs::{Program, Rules, Runtime, Scene};
use crate::row::{Part, Row, Unit};
use crate::wrk;

const WORK: &str = "CPU of a long page, br in, br out, wasmtime";
/// The CPU time that Fastly Compute allows a request, in milliseconds.
const LIMIT: f64 = 50.0;

/// Measures a long page in `br`.
pub(crate) fn row(bench: &Bench, page: &Page) -> Option<Row> {
    bench.wants(WORK).then(|| {
        let parts = measure(bench, page).map(|part| vec![part]);
        Row::new(
            (WORK, "Fastly's limit of 50 ms"),
            Unit::Milliseconds,
            Some(15.0),
            parts,
        )
    })
}

fn measure(bench: &Bench, page: &Page) -> Result<Part> {
    let scene = Scene {
        upstream: bench.origin.address,
        origin: page.origin.clone(),
    };
    let gate = bench
        .places
        .start(Program::Gate(Runtime::Wasmtime, Rules::Once), &scene)?;
    let expected = Expected {
        maps: Maps::All,
        injects: true,
    };
    let response = expect::check(&gate, &page.path, Some("br"), page, expected)?;
    let mut times = Vec::new();
    for _ in 0..bench.rounds {
        let rate = wrk::measure(
            &gate,
            &page.path,
            Some("br"),
            bench.seconds,
            response.body.len(),
        )?;
        times.push(rate.cpu);
    }
    let limits = vec![LIMIT; times.len()];
    Ok(Part::new(&page.name, Unit::Milliseconds, &times, &limits))
}
