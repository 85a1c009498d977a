//! Measures the gate beside its peers, and counts the instructions of its stages.
//!
//! The program that measures, the peers and their configurations are in `bench/`.

mod counts;
mod peers;

use std::{env, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::Value;

use crate::{
    apps::install,
    build::{self, Adapter},
    paths,
    process::{self, host_cargo},
    setup,
};

/// The Debian packages that measuring needs.
const DEBIAN: [&str; 3] = ["nginx", "valgrind", "wrk"];

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Counts the instructions of each stage of core, and fails if one has grown by more than 3 %
    /// over bench/counts.tsv
    #[arg(long)]
    counts: bool,
    /// Writes the counts into bench/counts.tsv
    #[arg(long, requires = "counts")]
    write: bool,
    /// Options of the measuring program: `--json FILE`, `--html FILE`, `--markdown FILE`, `--corpus
    /// DIR`, `--page NAME`, `--filter WORK`, `--rounds N`, `--seconds N`
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        conflicts_with = "counts"
    )]
    options: Vec<String>,
}

/// Measures, or counts. Returns whether everything could be measured, or whether no count has grown
/// too much.
///
/// # Errors
/// Returns an error if something that it takes can be neither found, installed nor built.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    if arguments.counts {
        setup::debian(&["valgrind"], "counts instructions")?;
        return counts::run(&stages()?, arguments.write);
    }
    let purpose = "a peer, a client, and a counter of instructions";
    setup::debian(&DEBIAN, purpose)?;
    for adapter in Adapter::value_variants() {
        setup::runtime(*adapter)?;
    }
    install::browser()?;
    build::run(&[])?;
    let work = paths::target().join("bench");
    let built = work.join("built");
    peers::build(&built)?;
    let stages = stages()?;
    let mut cargo = host_cargo();
    cargo.args([
        "build",
        "--quiet",
        "--package",
        "streamgate-bench",
        "--manifest-path",
    ]);
    process::run(cargo.arg(manifest()))?;
    let mut program = process::command(paths::target().join("debug/streamgate-bench"));
    program
        .current_dir(env::current_dir().context("the current folder")?)
        .args(&arguments.options);
    for (option, value) in [
        ("--root", paths::root()),
        ("--edge", paths::edge()),
        ("--built", built),
        ("--stages", stages),
        (
            "--modules",
            install::place(install::DRIVER).join("node_modules"),
        ),
        ("--work", work),
    ] {
        program.arg(option).arg(value);
    }
    Ok(program
        .status()
        .context("starting the measuring program")?
        .success())
}

/// Returns the manifest of the workspace of the benchmark.
fn manifest() -> PathBuf {
    paths::root().join("bench/Cargo.toml")
}

/// Builds the benchmark of core, optimised as the gate is but with the names of its functions, and
/// returns its path.
fn stages() -> Result<PathBuf> {
    let mut cargo = host_cargo();
    cargo
        .args([
            "bench",
            "--package",
            "streamgate",
            "--bench",
            "stages",
            "--no-run",
        ])
        .arg("--message-format=json-render-diagnostics")
        .env("CARGO_PROFILE_BENCH_STRIP", "none")
        .env("CARGO_PROFILE_BENCH_DEBUG", "line-tables-only");
    let output = cargo
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("starting cargo")?;
    if !output.status.success() {
        bail!("the benchmark of core cannot be built");
    }
    let said = String::from_utf8(output.stdout).context("what cargo says")?;
    let mut messages = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = messages.find_map(|message| Some(message.get("executable")?.as_str()?.into()));
    path.context("cargo does not say where the benchmark of core is")
}
