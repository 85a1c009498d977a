//! One table of scenarios, run against every runtime: native, Viceroy, workerd, Wasmtime, Node,
//! Deno, Bun, and a server with the tower service; and against any gate that a command starts.
//!
//! A scenario is a scripted origin, a request, and what the client must observe. The origin can
//! drip, stall, cut, reset and lie; the client is strict about framing. Order is shown by events
//! (the origin waits until the client has seen a byte), not by the clock.

// A broken assumption of this crate's own must stop the run where it happens; no user depends on
// this program.
#![allow(clippy::unwrap_used)]

mod blocks;
#[cfg(test)]
mod book;
mod client;
mod codings;
mod dice;
mod driver;
mod expect;
mod explained;
mod failure;
mod fields;
mod gate;
mod log;
mod matrix;
mod meter;
mod origin;
mod origins;
mod pages;
mod random;
mod run;
mod scenario;
#[cfg(test)]
mod selftest;
mod setup;
mod soak;
mod stage;
mod table;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use driver::{Runtime, Template, reaper};
use failure::Verdict;
use matrix::{Matrix, Outcome};
use run::{Places, run};

/// Runs the conformance scenarios against the real runtimes.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    subcommand: Option<Command>,
    /// Write the outcome as a list of {scenario, runtime, outcome, reason}
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the outcome as a page for the book
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Run only scenarios whose id contains this
    #[arg(long, value_name = "SUBSTR", default_value = "")]
    filter: String,
    /// Run only on this runtime; may be repeated or be a list
    #[arg(long, value_enum, value_delimiter = ',')]
    runtime: Vec<Runtime>,
    /// Run on a gate that this command starts; without --runtime, on nothing else. `{config}` in it
    /// is replaced by the path of a `streamgate.toml`, and `{address}` by where to listen, as
    /// 127.0.0.1:4711. It is cut at white space, and no shell reads it
    #[arg(long, value_name = "COMMAND")]
    command: Option<Template>,
    /// How many runtimes to drive at a time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// List the scenarios and stop
    #[arg(long)]
    list: bool,
    /// Show in the table how long each cell took
    #[arg(long)]
    times: bool,
    /// Also run the real pages in this folder
    #[arg(long, value_name = "DIR", requires = "hosts")]
    pages: Option<PathBuf>,
    /// The host to map in each page: lines of page, host and number of occurrences, separated by
    /// tabs
    #[arg(long, value_name = "FILE", requires = "pages")]
    hosts: Option<PathBuf>,
    /// How many of the pages to run
    #[arg(long, default_value_t = 10)]
    first: usize,
    /// Instead of the scenarios, play so many random exchanges, and compare the runtimes with the
    /// native gate
    #[arg(long, value_name = "N", conflicts_with_all = ["filter", "json", "markdown", "list"])]
    random: Option<u64>,
    /// What makes the first random exchange; each further one has the next number
    #[arg(long, value_name = "S", default_value_t = 1, requires = "random")]
    seed: u64,
    /// The folder that `cargo xtask build` writes to
    #[arg(long, value_name = "DIR")]
    edge: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the gate on a runtime, prints its address, and stops it at the end of standard input
    Gate(gate::Arguments),
    /// Checks the native gate before real servers: nginx and Node
    Origins(origins::Arguments),
    /// Holds each runtime under mixed traffic with faults for a while
    Soak(soak::Arguments),
    /// Checks the gate with each platform's own tool: wrangler, the fastly command and wasmtime
    Tools(tools::Arguments),
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(reaper::ARGUMENT) {
        reaper::run();
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::parse();
    let outcome = match &arguments.subcommand {
        Some(Command::Gate(arguments)) => gate::serve(arguments, &root()).map(|()| true),
        Some(Command::Origins(arguments)) => origins::check(arguments, &root()),
        Some(Command::Soak(arguments)) => soak::run(arguments, &root()),
        Some(Command::Tools(arguments)) => tools::check(arguments, &root()),
        None => conform(arguments),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("conformance: {failure:?}");
            ExitCode::from(2)
        }
    }
}

/// Runs what `arguments` select, and returns whether no cell failed.
fn conform(arguments: Arguments) -> Verdict<bool> {
    let mut scenarios = table::all();
    let mut aliases = Vec::new();
    if let (Some(folder), Some(hosts)) = (&arguments.pages, &arguments.hosts) {
        let mut hosts = pages::hosts(hosts)?;
        hosts.truncate(arguments.first);
        scenarios.extend(pages::scenarios(folder, &hosts)?);
        aliases.extend(hosts.into_iter().map(|(_, host)| host));
        aliases.sort();
        aliases.dedup();
    }
    scenarios.retain(|scenario| scenario.id.contains(&arguments.filter));
    if arguments.list {
        scenarios
            .iter()
            .for_each(|scenario| println!("{}", scenario.id));
        return Ok(true);
    }
    let mut runtimes = arguments.runtime;
    if arguments.command.is_some() {
        runtimes.push(Runtime::Command);
    } else if runtimes.is_empty() {
        runtimes.extend(Runtime::ALL);
    }
    let root = root();
    let edge = arguments.edge.unwrap_or_else(|| root.join("target/edge"));
    // A gate of another repository is no reason to write into this one.
    let work = match arguments.command {
        Some(_) => std::env::current_dir()?,
        None => root,
    };
    let places = Places {
        edge,
        work: work.join("target/conformance"),
        aliases,
        command: arguments.command,
    };
    reaper::start()?;
    if let Some(count) = arguments.random {
        return random::run(count, arguments.seed, &runtimes, &places);
    }
    let scenarios = Arc::new(scenarios);
    let cells = run(&scenarios, &runtimes, arguments.jobs, &places);
    let order = scenarios
        .iter()
        .map(|scenario| scenario.id.clone())
        .collect();
    let matrix = Matrix::new(order, &runtimes, cells);
    print!("{}", matrix.for_terminal(arguments.times));
    if let Some(file) = &arguments.json {
        let cells: Vec<_> = matrix.cells().collect();
        write(file, &serde_json::to_string_pretty(&cells)?)?;
    }
    if let Some(file) = &arguments.markdown {
        write(file, &matrix.for_the_book())?;
    }
    println!("\n{}", matrix.summary());
    Ok(matrix.count(Outcome::Fail) == 0)
}

/// Returns the root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn write(file: &Path, text: &str) -> Verdict {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(file, text)?)
}
