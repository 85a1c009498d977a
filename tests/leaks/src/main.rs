//! Looks for what URL mapping leaves of an origin in a folder of pages, and for bytes that it
//! should not have changed.
//!
//! The mapping is the gate's own code. The search shares nothing with it: it has its own way of
//! finding a host in any escaping (`streamgate-sight`), it compares the page before and after side
//! by side, and it uses a browser's parser on both.

#[cfg(test)]
mod book;
mod check;
mod compare;
mod dom;
mod flight;
mod folder;
mod gate;
mod hosts;
mod kind;
#[cfg(test)]
mod pages;
mod report;
#[cfg(test)]
mod selftest;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use check::{Rewriter, check};
use gate::Page;
use report::{Json, Row, Totals};
use streamgate_sight::Origin;

/// Looks for what URL mapping leaves of an origin in a folder of pages, and for bytes that it
/// should not have changed. The exit status is 0 if nothing was found, 1 if something was, and 2 if
/// something cannot be read.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask leaks", bin_name = "cargo xtask leaks")]
struct Arguments {
    /// The folder of pages
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The list of pages and their origins: lines of page, tab, origin; `*` or no page at all means
    /// every page
    #[arg(long, value_name = "FILE")]
    hosts: PathBuf,
    /// The URL that takes the place of the origins
    #[arg(long, value_name = "URL", default_value = "https://www.streamgate-leaks.test", value_parser = Origin::parse)]
    public: Origin,
    /// Whether to compare the trees that a browser makes of a page before and after
    #[arg(long, value_enum, num_args = 0..=1, default_value = "on", default_missing_value = "on")]
    dom: Switch,
    /// Show every finding, and what is left on purpose with the reason
    #[arg(long, short)]
    verbose: bool,
    /// Write the outcome for machines
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// The outcome; its number is the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Clean = 0,
    Found = 1,
    Unreadable = 2,
}

fn main() -> ExitCode {
    let outcome = run(&Arguments::parse(), &gate::rewrite).unwrap_or_else(|faults| {
        for fault in faults {
            eprintln!("leaks: {fault}");
        }
        Outcome::Unreadable
    });
    ExitCode::from(outcome as u8)
}

/// Checks the pages of the folder and prints the findings.
///
/// # Errors
/// Returns a sentence for each thing that cannot be read or written.
fn run(arguments: &Arguments, rewrite: Rewriter<'_>) -> Result<Outcome, Vec<String>> {
    let list = &arguments.hosts;
    let text = fs::read(list).map_err(|error| vec![format!("{}: {error}", list.display())])?;
    let in_list = |fault: String| format!("{}: {fault}", list.display());
    let entries = hosts::parse(&String::from_utf8_lossy(&text))
        .map_err(|faults| faults.into_iter().map(in_list).collect::<Vec<_>>())?;
    let files = folder::files(&arguments.folder).map_err(|fault| vec![fault])?;
    let listed = folder::listed(&files, &arguments.folder, list, &entries);
    let mut faults: Vec<String> = listed.missing.iter().cloned().map(in_list).collect();
    let mut totals = Totals::default();
    let mut rows = Vec::new();
    let names = listed.pages.keys().chain(&listed.others);
    let width = names
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    println!("{}", report::heading(width));
    for (name, origins) in &listed.pages {
        let Some(path) = files.get(name) else {
            continue;
        };
        let body = match fs::read(path) {
            Ok(body) => body,
            Err(error) => {
                faults.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let media_type = kind::of(name, &body).unwrap_or("application/octet-stream");
        let page = Page {
            media_type,
            body: &body,
            origins,
            public: &arguments.public,
        };
        match check(&page, rewrite, arguments.dom == Switch::On) {
            Ok(found) => {
                totals.add(&found);
                println!("{}", report::page(name, width, &found, arguments.verbose));
                rows.push(Row::new(name, media_type, &found));
            }
            Err(why) => faults.push(format!("{name}: {why}")),
        }
    }
    for name in &listed.others {
        println!("{name:<width$}  not listed");
    }
    if !listed.others.is_empty() || totals.kept > 0 {
        println!(
            "\n{} left on purpose, {} pages not listed",
            totals.kept,
            listed.others.len()
        );
    }
    println!("{}", totals.line());
    if let Some(file) = &arguments.json {
        let json = Json {
            pages: &rows,
            not_listed: &listed.others,
            missing: &listed.missing,
            total: totals,
        };
        let written = serde_json::to_string_pretty(&json)
            .map_err(std::io::Error::from)
            .and_then(|json| fs::write(file, json + "\n"));
        if let Err(error) = written {
            faults.push(format!("{}: {error}", file.display()));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(match totals.is_clean() {
        true => Outcome::Clean,
        false => Outcome::Found,
    })
}
