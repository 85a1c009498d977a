//! Every check and every test, one stage after the other. A stage that fails stops no other one.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::{
    build::{self, Adapter},
    conformance, package, paths,
    process::{self, host_cargo},
    setup,
    tally::Tally,
    versions::{CLOUDFLARE_TARGET, FASTLY_TARGET, WASI_TARGET},
};

/// A stage: its name, and what it does. An error is one failed check.
type Stage = (&'static str, fn() -> Result<Tally>);

/// What is cheap to check comes first.
const STAGES: [Stage; 14] = [
    ("setup", || check(setup::all())),
    ("fmt", || {
        check(process::run(host_cargo().args(["fmt", "--all", "--check"])))
    }),
    ("clippy: host", clippy),
    ("clippy: fastly", || {
        clippy_for(Adapter::Fastly, FASTLY_TARGET)
    }),
    ("clippy: cloudflare", || {
        clippy_for(Adapter::Cloudflare, CLOUDFLARE_TARGET)
    }),
    ("clippy: wasi", || clippy_for(Adapter::Wasi, WASI_TARGET)),
    ("unit tests and doctests", unit_tests),
    ("wasm-bindgen-test", wasm_bindgen_test),
    ("build: native", || check(build::run(&[Adapter::Native]))),
    ("build: fastly", || check(build::run(&[Adapter::Fastly]))),
    ("build: cloudflare", || {
        check(build::run(&[Adapter::Cloudflare]))
    }),
    ("build: wasi", || check(build::run(&[Adapter::Wasi]))),
    ("packages", || check(package::make())),
    ("conformance", conformance_tests),
];

/// Runs the stages whose names contain one of `only`, all of them if that is empty, then prints what came out of each
/// and the sum. Returns whether nothing failed.
///
/// # Errors
/// No stage is called so.
pub(crate) fn run(only: &[String]) -> Result<bool> {
    let is_chosen = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(part));
    let mut results = Vec::new();
    for (name, stage) in STAGES.into_iter().filter(|(name, _)| is_chosen(name)) {
        println!("\n=== {name}");
        let start = Instant::now();
        let tally = stage().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Tally::one(false)
        });
        results.push((name, tally, start.elapsed()));
    }
    if results.is_empty() {
        bail!("no stage is called {}", only.join(" or "));
    }
    let sum = print(&results);
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}

fn print(results: &[(&str, Tally, Duration)]) -> Tally {
    let mut sum = Tally::default();
    println!(
        "\n{:<26}{:>8}{:>8}{:>13}{:>8}",
        "stage", "passed", "failed", "unsupported", "time"
    );
    for (name, tally, time) in results {
        let Tally {
            passed,
            failed,
            unsupported,
        } = tally;
        println!(
            "{name:<26}{passed:>8}{failed:>8}{unsupported:>13}{:>6} s",
            time.as_secs()
        );
        sum += *tally;
    }
    sum
}

/// A stage that is one check.
fn check(outcome: Result<()>) -> Result<Tally> {
    outcome.map(|()| Tally::one(true))
}

fn clippy() -> Result<Tally> {
    lint(host_cargo().args(["clippy", "--workspace", "--all-targets"]))
}

fn clippy_for(adapter: Adapter, target: &str) -> Result<Tally> {
    let toolchain = setup::wasm_compiler()?;
    let mut cargo = toolchain.cargo();
    cargo.args([
        "clippy",
        "--all-targets",
        "--target",
        target,
        "--package",
        adapter.package(),
    ]);
    lint(build::for_worker(&mut cargo))
}

fn lint(cargo: &mut Command) -> Result<Tally> {
    check(process::run(cargo.args(["--", "--deny", "warnings"])))
}

fn unit_tests() -> Result<Tally> {
    counted(
        host_cargo().args(["test", "--workspace", "--no-fail-fast"]),
        Tally::of_libtest,
    )
}

/// The tests that need a JavaScript engine: Node's.
fn wasm_bindgen_test() -> Result<Tally> {
    let toolchain = setup::worker_tools()?;
    let mut cargo = toolchain.cargo();
    cargo.args([
        "test",
        "--lib",
        "--target",
        CLOUDFLARE_TARGET,
        "--package",
        Adapter::Cloudflare.package(),
    ]);
    cargo.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        "wasm-bindgen-test-runner",
    );
    counted(build::for_worker(&mut cargo), Tally::of_libtest)
}

fn conformance_tests() -> Result<Tally> {
    let matrix = paths::root().join("target/conformance/matrix.json");
    let args = ["--json".to_owned(), matrix.display().to_string()];
    counted(&mut conformance::runner(&args), Tally::of_conformance)
}

/// Runs a test runner and adds up its summary lines.
fn counted(runner: &mut Command, summary: fn(&str) -> Option<Tally>) -> Result<Tally> {
    let mut tally = Tally::default();
    let status = process::watch(runner, |line| {
        if let Some(more) = summary(line) {
            tally += more;
        }
    })?;
    if tally.is_empty() {
        bail!("no test was run ({status})");
    }
    if !status.success() && tally.failed == 0 {
        // Something did not compile, or a test took its whole process down.
        println!("the runner failed ({status}) without a failed test");
        tally += Tally::one(false);
    }
    Ok(tally)
}
