//! The first request to a new workerd process.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::Bench;
use crate::client;
use crate::files::Page;
use crate::programs::{Program, Rules, Runtime, Scene};
use crate::row::{Part, Row, Unit};

const WORK: &str = "first request of a new workerd process";
/// How long a process that listens is left alone before it is asked.
const REST: Duration = Duration::from_millis(300);
/// How many processes are started in each round.
const STARTS: usize = 3;

/// Measures the gate and a Worker with `HTMLRewriter`.
pub(crate) fn row(bench: &Bench, small: &Page) -> Option<Row> {
    bench.wants(WORK).then(|| {
        let parts = measure(bench, small).map(|part| vec![part]);
        let peer = "HTMLRewriter, a[href] and head";
        Row::new((WORK, peer), Unit::Milliseconds, Some(12.0), parts)
    })
}

fn measure(bench: &Bench, small: &Page) -> Result<Part> {
    let scene = Scene {
        upstream: bench.origin.address,
        origin: small.origin.clone(),
    };
    let (mut gate, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds * STARTS {
        let ours = Program::Gate(Runtime::Workerd, Rules::Once);
        for (program, times) in [
            (ours, &mut gate),
            (Program::Worker("rewriter-1"), &mut peer),
        ] {
            let server = bench.places.start(program, &scene)?;
            thread::sleep(REST);
            let asked = Instant::now();
            let response = client::get(server.address, &small.path, None)?;
            anyhow::ensure!(response.status == 200, "the status is {}", response.status);
            times.push(asked.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(Part::new(&small.name, Unit::Milliseconds, &gate, &peer))
}
