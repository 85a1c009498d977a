//! Looks for inputs that break a property of core: builds the programs in `fuzz/` for libFuzzer,
//! and runs one after the other.

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::{paths, process, setup};

/// The most bytes of an input. Longer ones find little more, and slowly.
const LONGEST: usize = 4096;
/// The most seconds that one input may take.
const SLOWEST: u64 = 20;
/// The number of lines of a target's log that a finding shows.
const SHOWN: usize = 12;

/// What to fuzz, and for how long.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The targets to run; all by default.
    targets: Vec<String>,
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
}

/// What came of one target.
struct Outcome {
    target: String,
    executions: u64,
    findings: usize,
}

/// Builds all targets, runs those that are named, and prints what they found. Returns whether they
/// found nothing.
///
/// # Errors
/// Returns an error if no target has a given name, if cargo-fuzz can be neither found nor
/// installed, or if a target cannot be built or run.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let all = names(&folder("fuzz_targets"))?;
    let chosen = match arguments.targets.as_slice() {
        [] => all,
        named => {
            if let Some(unknown) = named.iter().find(|name| !all.contains(*name)) {
                let all = all.into_iter().collect::<Vec<_>>();
                bail!("there is no target {unknown}; there are {}", all.join(", "));
            }
            named.iter().cloned().collect()
        }
    };
    let host = setup::fuzzer()?;
    check_lockfile()?;
    let programs = build(&host)?;
    let mut outcomes = Vec::new();
    for target in chosen {
        println!("fuzz: {target}, {} s", arguments.seconds);
        outcomes.push(fuzz(target, &programs, arguments.seconds)?);
    }
    print!("{}", table(&outcomes));
    Ok(outcomes.iter().all(|outcome| outcome.findings == 0))
}

/// Builds all targets, in a folder of their own, and returns the folder of the programs.
fn build(host: &str) -> Result<PathBuf> {
    let built = paths::target().join("fuzz");
    let mut cargo = process::host_cargo();
    cargo
        .args(["fuzz", "build", "--fuzz-dir", "fuzz", "--target", host])
        .env("CARGO_TARGET_DIR", &built)
        // The options for coverage and for the sanitizer are in every compiler, and only those of
        // the nightly channel take them without this.
        .env("RUSTC_BOOTSTRAP", "1");
    process::run(&mut cargo)?;
    Ok(built.join(host).join("release"))
}

/// Runs a target, and shows why it has ended if it has found something.
fn fuzz(target: String, programs: &Path, seconds: u64) -> Result<Outcome> {
    let [corpus, seeds, artifacts] =
        ["corpus", "seeds", "artifacts"].map(|of| folder(of).join(&target));
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let before = names(&artifacts)?;
    let log = paths::logs().join(format!("fuzz-{target}.log"));
    let mut libfuzzer = process::command(programs.join(&target));
    libfuzzer
        .args([&corpus, &seeds])
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST}"))
        .arg(format!("-timeout={SLOWEST}"))
        .arg(format!("-dict={}", folder("words.dict").display()))
        // A panic says where it is; libFuzzer prints the stack.
        .env("RUST_BACKTRACE", "0")
        // What lives as long as the process is no leak, and core has no other.
        .arg("-detect_leaks=0")
        .arg("-print_final_stats=1");
    let (result, text) = process::with_log(&log, || process::run(&mut libfuzzer));
    let after = names(&artifacts)?;
    let findings: Vec<_> = after.difference(&before).collect();
    if result.is_err() {
        println!("{}", cause(&text));
    }
    for finding in &findings {
        println!("fuzz: {target} found {}", artifacts.join(finding).display());
    }
    match executions(&text) {
        Some(executions) if result.is_ok() || !findings.is_empty() => Ok(Outcome {
            target,
            executions,
            findings: findings.len(),
        }),
        _ => bail!("{target} did not run to its end; see {}", log.display()),
    }
}

/// Checks that the lock file of `fuzz/`, which cargo-fuzz would change silently, is up to date.
fn check_lockfile() -> Result<()> {
    let mut cargo = process::host_cargo();
    cargo
        .args(["metadata", "--locked", "--format-version=1"])
        .arg("--manifest-path")
        .arg(folder("Cargo.toml"))
        .stdout(Stdio::null());
    process::run(&mut cargo).context("fuzz/Cargo.lock is not up to date")
}

fn folder(of: &str) -> PathBuf {
    paths::root().join("fuzz").join(of)
}

/// Returns the names of the files in a folder, without extensions.
fn names(of: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(of).with_context(|| format!("reading {}", of.display()))?;
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default();
        Ok(stem.to_string_lossy().into_owned())
    };
    entries.map(name).collect()
}

/// Returns what the log of a target says of its end: a panic, a report of libFuzzer or of the
/// sanitizer, or else its last lines.
fn cause(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    let tells = |line: &&str| line.contains("panicked at") || line.contains("ERROR: ");
    let start = lines.iter().position(tells);
    let start = start.unwrap_or(lines.len().saturating_sub(SHOWN));
    let shown: Vec<_> = lines.into_iter().skip(start).take(SHOWN).collect();
    shown.join("\n")
}

/// Reads the number of inputs that libFuzzer ran from what it prints at its end.
fn executions(log: &str) -> Option<u64> {
    let mut lines = log.lines().rev();
    let counted = lines.find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    counted?.trim().parse().ok()
}

fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!("{:<16}{:>12}{:>10}\n", "target", "executions", "findings");
    for Outcome {
        target,
        executions,
        findings,
    } in outcomes
    {
        // Writing to a text cannot fail.
        let _ = writeln!(table, "{target:<16}{executions:>12}{findings:>10}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Outcome, SHOWN, cause, executions, table};

    #[test]
    fn a_finding_shows_its_cause() {
        let noise = "#1 NEW cov: 3\n".repeat(30);
        let log = format!("{noise}thread panicked at a.rs:1:\nwhy\n{noise}");
        assert!(cause(&log).starts_with("thread panicked at a.rs:1:\nwhy\n"));
        assert_eq!(cause(&log).lines().count(), SHOWN);
        assert_eq!(cause("error: no target\n"), "error: no target");
    }

    #[test]
    fn what_libfuzzer_counts_is_read() {
        let log = "#4\tINITED cov: 5\nDone 12 runs in 1 second(s)\n\
                   stat::number_of_executed_units: 1234\nstat::average_exec_per_sec:     617\n";
        assert_eq!(executions(log), Some(1234));
        assert_eq!(executions("error: could not compile"), None);
    }

    #[test]
    fn the_table_has_a_line_for_each_target() {
        let outcome = |target: &str, executions, findings| Outcome {
            target: target.to_owned(),
            executions,
            findings,
        };
        assert_eq!(
            table(&[outcome("gzip", 12, 0), outcome("validators", 1_000_000, 1)]),
            "target            executions  findings\n\
             gzip                      12         0\n\
             validators           1000000         1\n"
        );
    }
}
