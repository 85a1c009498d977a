//! Runs every check and every test in stages, one after the other. A failed stage does not stop the
//! others.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::{
    build::{self, Adapter},
    builds::Builds,
    conformance, package, paths,
    process::{self, Clock, host_cargo},
    setup,
    tally::Tally,
    versions::{CLOUDFLARE_TARGET, FASTLY_TARGET, WASI_TARGET},
};

use Adapter::{Cloudflare, Fastly, Native, Tower, Wasi, Wasi3, Web};
use When::Chosen;

/// A group of checks or tests that run together.
struct Stage {
    name: &'static str,
    when: When,
    /// Runs the stage. An error counts as one failed check.
    run: fn(&Work) -> Result<Outcome>,
}

/// The work that the stages share.
struct Work {
    /// The adapters to test.
    adapters: Vec<Adapter>,
    /// The builds that run beside the other stages.
    builds: Builds,
}

/// The choices of adapters that a stage runs for.
enum When {
    /// Any choice.
    Always,
    /// The choices with this adapter.
    Chosen(Adapter),
    /// The choice of all adapters: what is tested belongs to none of them.
    All,
}

impl When {
    fn includes(&self, adapters: &[Adapter]) -> bool {
        match self {
            Self::Always => true,
            Self::Chosen(adapter) => adapters.contains(adapter),
            Self::All => Adapter::value_variants()
                .iter()
                .all(|adapter| adapters.contains(adapter)),
        }
    }
}

/// The result of a stage.
struct Outcome {
    tally: Tally,
    /// The time of each step, for a stage that consists of steps.
    steps: Vec<(String, Duration)>,
}

impl From<Tally> for Outcome {
    fn from(tally: Tally) -> Self {
        let steps = Vec::new();
        Self { tally, steps }
    }
}

/// The stages, cheap ones first.
const STAGES: [Stage; 28] = [
    stage("setup", When::Always, |work| {
        let steps = setup::all(&work.adapters)?;
        let tally = Tally::one(true);
        Ok(Outcome { tally, steps })
    }),
    stage("fmt", Chosen(Native), |_| {
        check(process::run(host_cargo().args(["fmt", "--all", "--check"])))
    }),
    stage("clippy: host", Chosen(Native), clippy),
    stage("clippy: fastly", Chosen(Fastly), |_| {
        clippy_for(Fastly, FASTLY_TARGET)
    }),
    stage("clippy: cloudflare", Chosen(Cloudflare), |_| {
        clippy_for(Cloudflare, CLOUDFLARE_TARGET)
    }),
    stage("clippy: wasi", Chosen(Wasi), |_| {
        clippy_for(Wasi, WASI_TARGET)
    }),
    stage("clippy: wasi3", Chosen(Wasi3), |_| {
        clippy_for(Wasi3, WASI_TARGET)
    }),
    stage("clippy: web", Chosen(Web), |_| {
        clippy_for(Web, CLOUDFLARE_TARGET)
    }),
    stage("rustdoc", Chosen(Native), |_| rustdoc()),
    stage("unit tests and doctests", Chosen(Native), unit_tests),
    stage("features", When::All, |_| features()),
    stage("wasm-bindgen-test", Chosen(Cloudflare), |_| {
        wasm_bindgen_test()
    }),
    stage("build: native", Chosen(Native), built),
    stage("build: fastly", Chosen(Fastly), built),
    stage("build: cloudflare", Chosen(Cloudflare), built),
    stage("build: wasi", Chosen(Wasi), built),
    stage("build: wasi3", Chosen(Wasi3), built),
    stage("build: tower", Chosen(Tower), built),
    stage("build: web", Chosen(Web), built),
    stage("package: cloudflare", Chosen(Cloudflare), |_| {
        check(package::make(Cloudflare))
    }),
    stage("package: fastly", Chosen(Fastly), |_| {
        check(package::make(Fastly))
    }),
    stage("package: web", Chosen(Web), |_| check(package::make(Web))),
    stage("tool: cloudflare", Chosen(Cloudflare), |_| tool(Cloudflare)),
    stage("tool: fastly", Chosen(Fastly), |_| tool(Fastly)),
    stage("tool: wasi", Chosen(Wasi), |_| tool(Wasi)),
    stage("tool: wasi3", Chosen(Wasi3), |_| tool(Wasi3)),
    stage("conformance", When::Always, conformance_tests),
    stage("origins", When::All, |_| origins()),
];

const fn stage(name: &'static str, when: When, run: fn(&Work) -> Result<Outcome>) -> Stage {
    Stage { name, when, run }
}

/// The features of core, each of which can be left out.
const FEATURES: [&str; 4] = ["br-encode", "flight", "idna", "zstd"];

/// The packages that the workspace optimises in development, for the property tests.
const OPTIMISED: [&str; 6] = [
    "brotli",
    "brotli-decompressor",
    "lol_html",
    "streamgate",
    "structured-zstd",
    "zlib-rs",
];

/// Runs the stages of the adapters, then prints the outcome of each stage, the time it took, and
/// the sums. Runs only the stages whose names contain one of `parts`, or all of them if `parts` is
/// empty. Returns whether nothing failed.
///
/// # Errors
/// Returns an error if no stage has such a name.
pub(crate) fn run(adapters: &[Adapter], parts: &[String]) -> Result<bool> {
    let is_chosen = |stage: &Stage| {
        stage.when.includes(adapters)
            && (parts.is_empty() || parts.iter().any(|part| stage.name.contains(part)))
    };
    let chosen: Vec<_> = STAGES.into_iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        bail!("no stage is called {}", parts.join(" or "));
    }
    let is_built = |adapter: &&Adapter| {
        let name = format!("build: {}", adapter.name());
        chosen.iter().any(|stage| stage.name == name)
    };
    let work = Work {
        adapters: adapters.to_vec(),
        builds: Builds::of(adapters.iter().filter(is_built).copied()),
    };
    let start = Instant::now();
    let mut results = Vec::new();
    for Stage { name, run, .. } in chosen {
        println!("\n=== {name}");
        let start = Instant::now();
        let outcome = run(&work).unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Tally::one(false).into()
        });
        results.push((name, outcome, start.elapsed()));
        if name == "setup" {
            work.builds.start();
        }
    }
    let sum = print(&results, start.elapsed());
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}

fn print(results: &[(&str, Outcome, Duration)], whole: Duration) -> Tally {
    let mut sum = Tally::default();
    println!(
        "\n{:<26}{:>8}{:>8}{:>13}{:>8}",
        "stage", "passed", "failed", "unsupported", "time"
    );
    for (name, Outcome { tally, steps }, time) in results {
        let Tally {
            passed,
            failed,
            unsupported,
        } = tally;
        println!(
            "{name:<26}{passed:>8}{failed:>8}{unsupported:>13}{:>8}",
            Clock(*time).to_string()
        );
        for (step, took) in steps {
            println!("{:>63}  {step}", Clock(*took).to_string());
        }
        sum += *tally;
    }
    println!("{:>63}  in all", Clock(whole).to_string());
    sum
}

/// Makes a stage of one check.
fn check(outcome: Result<()>) -> Result<Outcome> {
    outcome.map(|()| Tally::one(true).into())
}

/// Waits for the next build that runs beside the other stages.
fn built(work: &Work) -> Result<Outcome> {
    let took = work.builds.wait()?;
    Ok(Outcome {
        tally: Tally::one(true),
        steps: vec![("the build itself, beside the stages above".to_owned(), took)],
    })
}

fn clippy(work: &Work) -> Result<Outcome> {
    lint(on_host(&mut host_cargo(), "clippy", &work.adapters).arg("--all-targets"))
}

/// Makes a subcommand of cargo for the packages that the chosen adapters consist of on the host:
/// the whole workspace if all adapters are chosen. Testing the native gate does not need the crates
/// of the edge platforms to be compiled.
fn on_host<'c>(cargo: &'c mut Command, subcommand: &str, adapters: &[Adapter]) -> &'c mut Command {
    cargo.args([subcommand, "--workspace"]);
    for adapter in Adapter::value_variants() {
        if !adapters.contains(adapter) {
            cargo.args(["--exclude", adapter.package()]);
        }
    }
    cargo
}

fn clippy_for(adapter: Adapter, target: &str) -> Result<Outcome> {
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

fn lint(cargo: &mut Command) -> Result<Outcome> {
    check(process::run(cargo.args(["--", "--deny", "warnings"])))
}

/// Makes the documentation of the libraries, in which each link must lead somewhere.
fn rustdoc() -> Result<Outcome> {
    let mut cargo = host_cargo();
    cargo.args(["doc", "--no-deps"]);
    cargo.args(["--package", "streamgate", "--package", "streamgate-tower"]);
    check(process::run(cargo.env("RUSTDOCFLAGS", "--deny warnings")))
}

fn unit_tests(work: &Work) -> Result<Outcome> {
    counted(
        on_host(&mut host_cargo(), "test", &work.adapters).arg("--no-fail-fast"),
        Tally::of_libtest,
    )
}

/// Runs the tests of what core does without a feature, with each of its features left out, and all
/// its unit tests with all of them left out. Then those of the native gate's own feature, `otel`.
fn features() -> Result<Outcome> {
    let mut sum = Tally::default();
    for left_out in FEATURES.map(Some).into_iter().chain([None]) {
        let is_kept = |feature: &&str| left_out.is_some_and(|left_out| **feature != *left_out);
        let kept: Vec<_> = FEATURES.into_iter().filter(is_kept).collect();
        println!("without {}", left_out.unwrap_or("any feature"));
        let mut cargo = host_cargo();
        cargo.args(["test", "--package", "streamgate", "--no-default-features"]);
        cargo.args(["--features", &kept.join(",")]);
        cargo.args(["--test", "features"]);
        if left_out.is_none() {
            cargo.arg("--lib");
        }
        // Compiling core with optimisation takes longer than running these tests.
        cargo.args(["--config", "profile.dev.package.streamgate.opt-level=0"]);
        sum += counted(&mut cargo, Tally::of_libtest)?.tally;
    }
    println!("with otel");
    let with_otel = |subcommand| {
        let mut cargo = host_cargo();
        cargo.args([subcommand, "--package", Adapter::Native.package()]);
        cargo.args(["--features", "otel"]);
        cargo
    };
    sum += lint(with_otel("clippy").arg("--all-targets"))?.tally;
    let mut tests = with_otel("test");
    tests.args(["--bin", "streamgate", "--test", "gate", "otel"]);
    sum += counted(&mut tests, Tally::of_libtest)?.tally;
    Ok(sum.into())
}

/// Runs the tests that need a JavaScript engine, in Node.
fn wasm_bindgen_test() -> Result<Outcome> {
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
    // Compiling with the optimisation that the workspace asks for takes longer than these tests.
    for package in OPTIMISED {
        let plain = format!("profile.dev.package.{package}.opt-level=0");
        cargo.args(["--config", &plain]);
    }
    cargo.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
        "wasm-bindgen-test-runner",
    );
    counted(build::for_worker(&mut cargo), Tally::of_libtest)
}

fn conformance_tests(work: &Work) -> Result<Outcome> {
    let matrix = paths::root().join("target/conformance/matrix.json");
    let mut args = vec!["--json".to_owned(), matrix.display().to_string()];
    for adapter in &work.adapters {
        args.extend(["--runtime".to_owned(), adapter.runtimes().join(",")]);
    }
    counted(&mut conformance::runner(&args), Tally::of_conformance)
}

/// Runs a page and an image through the gate as the platform's own tool serves it.
fn tool(adapter: Adapter) -> Result<Outcome> {
    setup::runtime(adapter)?;
    if adapter == Fastly {
        setup::npm_tools(adapter)?;
    }
    build::run(&[adapter])?;
    let args = ["tools", "--runtime", &adapter.name()].map(str::to_owned);
    counted(&mut conformance::runner(&args), Tally::of_conformance)
}

/// Runs the checks of the native gate before real servers.
fn origins() -> Result<Outcome> {
    setup::node_and_debian(&["nginx"], "an origin over HTTP/2")?;
    build::run(&[Native])?;
    let args = ["origins".to_owned()];
    counted(&mut conformance::runner(&args), Tally::of_conformance)
}

/// Runs a test runner and adds up its summary lines.
fn counted(runner: &mut Command, summary: fn(&str) -> Option<Tally>) -> Result<Outcome> {
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
        // A compile error, or a test that ended its whole process.
        println!("the runner failed ({status}) without a failed test");
        tally += Tally::one(false);
    }
    Ok(tally.into())
}
