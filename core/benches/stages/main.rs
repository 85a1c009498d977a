//! Measures each stage of core, and whole exchanges in memory, beside what does less with the same
//! bytes: a search-and-replace, lol_html alone, codecs alone.
//!
//! `cargo bench -p streamgate --bench stages` prints a table of times. `cargo xtask bench` reads
//! the times as `times`, and has the instructions of single cases counted as `run`.

mod cases;
#[path = "../../examples/edge/memory.rs"]
mod memory;
mod pages;
mod peers;
mod site;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cases::{Case, Fault};

/// How often each case is timed. The cases take turns, so that a disturbance meets all of them.
const SAMPLES: usize = 15;
/// How long the calls of one sample take together, at least.
const SAMPLE: Duration = Duration::from_millis(4);

fn main() -> ExitCode {
    // Cargo adds `--bench` to the arguments of the user.
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let mut arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    arguments.retain(|argument| *argument != "--bench");
    let done = match arguments[..] {
        [] => table(),
        ["list"] => list(),
        ["run", name, calls] => run(name, calls),
        ["times"] => times(None),
        ["times", corpus, ref pages @ ..] => times(Some((Path::new(corpus), pages))),
        _ => Err("usage: stages [list | run CASE CALLS | times [DIR [PAGE]…]]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("stages: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the names of the cases that need no corpus.
fn list() -> Result<(), Fault> {
    for case in cases::generated()? {
        println!("{}", case.name);
    }
    Ok(())
}

/// Calls one case so many times, for a counter of instructions.
fn run(name: &str, calls: &str) -> Result<(), Fault> {
    let calls: usize = calls.parse()?;
    let mut all = cases::generated()?;
    let case = all.iter_mut().find(|case| case.name == name);
    let case = case.ok_or_else(|| format!("there is no case {name}"))?;
    (0..calls).try_for_each(|_| (case.call)().map(drop))
}

/// Prints a line for each case: its name, the bytes of its input, and the nanoseconds of one call
/// in each sample, with tabs between them.
fn times(corpus: Option<(&Path, &[&str])>) -> Result<(), Fault> {
    let mut all = cases::generated()?;
    if let Some((folder, pages)) = corpus {
        all.extend(cases::of_corpus(folder, pages)?);
    }
    let samples = samples(&mut all)?;
    for (case, samples) in all.iter().zip(samples) {
        let samples: Vec<_> = samples.iter().map(|time| format!("{time:.0}")).collect();
        println!("{}\t{}\t{}", case.name, case.bytes, samples.join("\t"));
    }
    Ok(())
}

/// Prints a table of the cases that need no corpus.
fn table() -> Result<(), Fault> {
    let mut all = cases::generated()?;
    let samples = samples(&mut all)?;
    println!("{:32} {:>12} {:>10}", "", "µs, median", "MB/s");
    for (case, mut samples) in all.iter().zip(samples) {
        samples.sort_by(f64::total_cmp);
        let median = samples[samples.len() / 2];
        let rate = case.bytes as f64 / median * 1e3;
        println!("{:32} {:12.1} {rate:10.1}", case.name, median / 1e3);
    }
    Ok(())
}

/// Times all cases, and returns the nanoseconds of one call in each sample of each case.
fn samples(cases: &mut [Case]) -> Result<Vec<Vec<f64>>, Fault> {
    let mut calls = Vec::new();
    for case in &mut *cases {
        (case.call)()?;
        let once = time(case, 1)?.max(1.0);
        calls.push((SAMPLE.as_nanos() as f64 / once).ceil() as usize);
    }
    let mut samples = vec![Vec::new(); cases.len()];
    for _ in 0..SAMPLES {
        for ((case, calls), samples) in cases.iter_mut().zip(&calls).zip(&mut samples) {
            samples.push(time(case, *calls)?);
        }
    }
    Ok(samples)
}

/// Returns the nanoseconds of one call, from so many of them.
fn time(case: &mut Case, calls: usize) -> Result<f64, Fault> {
    let start = Instant::now();
    for _ in 0..calls {
        std::hint::black_box((case.call)()?);
    }
    Ok(start.elapsed().as_nanos() as f64 / calls as f64)
}
