//! Measures the gate beside its peers on the loopback interface: same origin, same pages, same
//! client, in turn within one run, servers on one core and everything else on the other.
//!
//! `cargo xtask bench` builds and sets up what is measured, and starts this program.

mod browser;
mod client;
mod contest;
mod core;
mod cpu;
mod drip;
mod expect;
mod files;
mod instructions;
mod memory;
mod origin;
#[path = "../../../core/benches/stages/pages.rs"]
mod pages;
mod plan;
mod plot;
mod process;
mod programs;
mod report;
mod row;
mod seam;
mod start;
mod statistics;
mod wrk;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

use crate::files::Files;
use crate::process::Server;
use crate::programs::Places;
use crate::row::Row;

/// Measures the gate beside its peers.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Writes the rows as JSON, by default to target/bench/report.json
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes the rows as a page with plots, by default to target/bench/report.html
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Puts the tables between the marks of a page of the book
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Takes real pages from this folder, with their origins in its hosts.tsv
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Takes this page of the corpus, by its name without .html; may be repeated. Without it, the
    /// longest are taken
    #[arg(long = "page", value_name = "NAME")]
    pages: Vec<String>,
    /// Measures only the works whose names contain this text
    #[arg(long, value_name = "WORK", default_value = "")]
    filter: String,
    /// How often each side takes its turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long a turn is
    #[arg(long, default_value_t = 2)]
    seconds: u32,
    #[arg(long, hide = true)]
    root: PathBuf,
    #[arg(long, hide = true)]
    edge: PathBuf,
    #[arg(long, hide = true)]
    built: PathBuf,
    #[arg(long, hide = true)]
    stages: PathBuf,
    #[arg(long, hide = true)]
    modules: PathBuf,
    #[arg(long, hide = true)]
    work: PathBuf,
}

/// What all measurements share.
struct Bench {
    places: Places,
    origin: Server,
    corpus: Option<PathBuf>,
    pages: Vec<String>,
    filter: String,
    rounds: usize,
    seconds: u32,
    stages: PathBuf,
    /// The program that loads pages in the browser.
    painter: PathBuf,
    /// The folder that has the driver of the browser.
    modules: PathBuf,
}

impl Bench {
    /// Returns whether a work is to be measured.
    fn wants(&self, work: &str) -> bool {
        work.contains(&self.filter)
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, reports, and returns whether everything could be measured.
fn run(arguments: Arguments) -> Result<bool> {
    let places = Places {
        edge: arguments.edge,
        peers: arguments.root.join("bench/peers"),
        built: arguments.built,
        work: arguments.work.join("run"),
    };
    let files = Files::new(arguments.work.join("files"))?;
    let bench = Bench {
        origin: places.origin(&files.folder)?,
        places,
        corpus: arguments.corpus,
        pages: arguments.pages,
        filter: arguments.filter,
        rounds: arguments.rounds.max(1),
        seconds: arguments.seconds.max(1),
        stages: arguments.stages,
        painter: arguments.root.join("bench/browser/paint.mjs"),
        modules: arguments.modules,
    };
    let (before, cores) = (load(), std::thread::available_parallelism()?);
    process::bind_client()?;
    let rows = measure(&bench, &files)?;
    if rows.is_empty() {
        bail!("no work has \"{}\" in its name", bench.filter);
    }
    let machine = format!(
        "{}, {} cores, load {before} before and {} after, {} rounds of {} s.",
        model().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores,
        load(),
        bench.rounds,
        bench.seconds
    );
    let file = |name: Option<PathBuf>, usual| name.unwrap_or_else(|| arguments.work.join(usual));
    let json = file(arguments.json, "report.json");
    report::json(&rows, &json)?;
    plot::html(&rows, &machine, &file(arguments.html, "report.html"))?;
    if let Some(page) = &arguments.markdown {
        report::markdown(&rows, &machine, page)?;
    }
    println!("\n{machine}\n\n{}", report::table(&rows));
    let (targets, met) = report::tally(&rows);
    println!("{met} of {targets} targets are met; {}", json.display());
    Ok(rows.iter().all(|row| row.fault.is_none()))
}

fn measure(bench: &Bench, files: &Files) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let add = |rows: &mut Vec<Row>, new: Vec<Row>| {
        for row in &new {
            println!(
                "{}",
                report::table(std::slice::from_ref(row))
                    .lines()
                    .last()
                    .unwrap_or_default()
            );
        }
        rows.extend(new);
    };
    for contest in plan::contests(files, bench)? {
        if bench.wants(contest.work) {
            add(&mut rows, contest.run(bench));
        }
    }
    let small = files.small()?;
    let long = files.long_in_br(bench.corpus.as_deref(), &bench.pages)?;
    add(
        &mut rows,
        instructions::row(bench, &small).into_iter().collect(),
    );
    add(&mut rows, core::rows(bench));
    add(&mut rows, cpu::row(bench, &long).into_iter().collect());
    add(&mut rows, drip::rows(bench));
    add(&mut rows, seam::rows(bench));
    add(&mut rows, start::row(bench, &small).into_iter().collect());
    add(&mut rows, memory::row(bench, files).into_iter().collect());
    Ok(rows)
}

/// Returns the load of the machine: the mean number of processes that ran in the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Returns the name of the processor.
fn model() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}
