//! Holds each real runtime under mixed traffic for a while: bodies that pass through and bodies
//! that are rewritten, uploads, clients that are slow or leave, an origin that fails in every way,
//! and on the native gate a configuration that changes. Nothing may be lost or corrupted, and the
//! runtime may grow up to a plateau only.
//!
//! One exchange in twenty has a fault, and must be seen to have it. Each comes from its seed, so
//! that origin and client know what is right without a word between them.

mod client;
mod content;
mod exchange;
mod fault;
mod judge;
mod origin;
mod report;
mod script;
mod setup;
mod tally;
#[cfg(test)]
mod tests;
mod traffic;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::driver::{Instance, Runtime, Start, reaper};
use crate::failure::{Failure, Verdict};
use crate::meter::Meter;
use fault::Fault;
use judge::Outcome;
use origin::Origin;
use report::{Held, Report, table};
use setup::{Changing, config};
use tally::{Counts, Tally};
use traffic::Traffic;

/// How long a runtime may take to let go of what the last exchanges held.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// How often what a runtime holds is read until it stays.
const READING: Duration = Duration::from_millis(500);

/// How many readings in a row must be the same.
const SAME_READINGS: usize = 5;

/// How long the log of a runtime may become, in bytes. It is emptied then.
const LONGEST_LOG: u64 = 32 << 20;

/// What to soak.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many minutes of traffic each runtime gets, the first fifth to warm up
    #[arg(long, value_name = "N", value_parser = minutes)]
    minutes: Duration,
    /// Only this runtime; may be repeated or be a list
    #[arg(long, value_enum, value_delimiter = ',')]
    runtime: Vec<Runtime>,
    /// Write the reports as a list of {runtime, requests, faults_injected, lost, corrupted,
    /// rss_start, rss_end, fds_start, fds_end}
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What makes the first exchange; each further one has the next number
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// How many seconds the gate waits for the origin. This is far longer than the origin's pauses
    /// that must do no harm; a busy machine makes those longer
    #[arg(long, value_name = "N", default_value_t = 4)]
    limit: u64,
    /// The folder that `cargo xtask build` writes to
    #[arg(long, value_name = "DIR")]
    edge: Option<PathBuf>,
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes: f64 = text.parse().map_err(|error| format!("{error}"))?;
    match Duration::try_from_secs_f64(minutes * 60.0) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("it must be more than zero".to_owned()),
    }
}

/// Soaks the runtimes one after the other. Returns whether all was well.
///
/// # Errors
/// Returns an error if a runtime does not start, or ends.
pub(crate) fn run(arguments: &Arguments, root: &Path) -> Verdict<bool> {
    let runtimes = match &arguments.runtime[..] {
        [] => &Runtime::ALL,
        named => named,
    };
    let edge = arguments.edge.clone();
    let edge = edge.unwrap_or_else(|| root.join("target/edge"));
    reaper::start()?;
    let mut reports = Vec::new();
    for runtime in runtimes {
        let work = root.join("target/soak").join(runtime.to_string());
        let (report, counts) = soak(*runtime, &edge, &work, arguments)?;
        println!("{runtime}: {}", counts.by_fault());
        if counts.changes > 0 {
            println!("{runtime}: {} changes of the configuration", counts.changes);
        }
        for reason in fault::left_out(*runtime) {
            println!("{runtime}: left out: {reason}");
        }
        reports.push(report);
    }
    print!("\n{}", table(&reports));
    if let Some(file) = &arguments.json {
        crate::write(
            file,
            &format!("{}\n", serde_json::to_string_pretty(&reports)?),
        )?;
    }
    let mut is_well = true;
    for (runtime, report) in runtimes.iter().zip(&reports) {
        if let Err(Failure(why)) = report.verdict() {
            println!("{runtime}: FAIL: {why}");
            is_well = false;
        }
    }
    Ok(is_well)
}

/// Soaks one runtime, with traffic for so long.
fn soak(
    runtime: Runtime,
    edge: &Path,
    folder: &Path,
    arguments: &Arguments,
) -> Verdict<(Report, Counts)> {
    let (time, limit) = (arguments.minutes, arguments.limit);
    let tally = Arc::new(Tally::default());
    let origin = origin(Arc::clone(&tally))?;
    let base = origin.base();
    let start = Start {
        edge,
        folder: folder.to_owned(),
        config: config(base, limit, 0),
        // The limits of an origin that the platform defines are the platform's.
        backends: Vec::new(),
        trusted: None,
        command: None,
    };
    let instance = Instance::start(runtime, &start)?;
    let meter = match runtime {
        // npm's `workerd` is a program of Node that starts the runtime.
        Runtime::Cloudflare => instance.meter().of("workerd"),
        _ => instance.meter(),
    };
    let gate = instance.address;
    let traffic = Traffic {
        runtime,
        gate,
        base,
        tally: &tally,
        next: AtomicU64::new(arguments.seed),
    };
    let instance = Mutex::new(instance);
    let hang_up = || instance.lock().unwrap().hang_up();
    let changing = Changing {
        gate,
        file: folder.join("streamgate.toml"),
        hang_up: &hang_up,
        base,
        limit,
    };
    let phase = |time: Duration| -> Verdict<Held> {
        let until = Instant::now() + time;
        let has_ended = AtomicBool::new(false);
        let goes_on = || Instant::now() < until && !has_ended.load(Ordering::Relaxed);
        std::thread::scope(|scope| {
            if runtime == Runtime::Native {
                scope.spawn(|| changing.keep_on(&tally, &goes_on));
            }
            scope.spawn(|| {
                while goes_on() {
                    std::thread::sleep(Duration::from_millis(100));
                    let mut instance = instance.lock().unwrap();
                    has_ended.store(instance.has_ended(), Ordering::Relaxed);
                    empty_if_long(instance.log());
                }
            });
            traffic.run(&goes_on);
        });
        origin.close_idle();
        settled(meter).map_err(|Failure(why)| Failure(format!("{runtime} has ended: {why}")))
    };
    let after_warm_up = phase(time / 5)?;
    let at_the_end = phase(time - time / 5)?;
    let counts = tally.counts();
    let report = Report::new(runtime, &counts, after_warm_up, at_the_end);
    Ok((report, counts))
}

/// Starts the origin. An upload that the client has broken off must never come whole.
fn origin(tally: Arc<Tally>) -> Verdict<Origin> {
    Origin::start(move |asked| {
        let exchange = &asked.exchange;
        if exchange.fault == Some(Fault::HalfUpload) {
            let why = "half an upload looks complete at the origin".to_owned();
            tally.wrong(&exchange.target(), &Outcome::Corrupted(why));
        }
        script::script(asked, &content::original(exchange, &asked.base))
    })
}

/// Waits until what a runtime holds stays, but not forever, and returns it.
fn settled(meter: Meter) -> Verdict<Held> {
    let until = Instant::now() + SETTLED_WITHIN;
    let (mut held, mut same) = (Held::now(meter)?, 1);
    while same < SAME_READINGS && Instant::now() < until {
        std::thread::sleep(READING);
        let now = Held::now(meter)?;
        same = if now == held { same + 1 } else { 1 };
        held = now;
    }
    Ok(held)
}

/// Empties a log that has become long. The runtime appends to it.
fn empty_if_long(log: &Path) {
    let is_long = std::fs::metadata(log).is_ok_and(|data| data.len() > LONGEST_LOG);
    if is_long {
        // A log that cannot be emptied grows on.
        let _ = std::fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(log);
    }
}
