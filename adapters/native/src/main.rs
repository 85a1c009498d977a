//! streamgate in one native process: its command line.
//!
//! Without a subcommand the program shows itself: the gate in front of a built-in demo origin. Core
//! defines what an exchange is; this crate carries it, with hyper.

mod activity;
mod body;
#[cfg(test)]
mod book;
mod cache;
mod client;
mod client_address;
mod connect;
mod demo;
mod exchange;
mod health;
mod metrics;
mod origins;
#[cfg(feature = "otel")]
mod otel;
mod places;
mod process;
mod race;
mod received;
mod record;
mod repeated;
mod shared_by;
mod socket;
mod taken;
mod tls;
mod view;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use http::Uri;
use streamgate::Config;

use crate::process::Listen;
use crate::process::bench::Bench;
use crate::process::check::Check;
use crate::process::completions::Completions;
use crate::process::crawl::Crawl;
use crate::process::explain::Explain;
use crate::process::init::Init;
use crate::process::manual::Manual;
use crate::process::purge::Purge;
use crate::process::rewrite::Rewrite;
use crate::process::settings::{self, Source};
use crate::process::terminal;

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate                                         the gate before its demo site
  streamgate serve --origin https://www.example.com  the gate before an origin
  streamgate init https://www.example.com            a configuration for an origin
  streamgate check streamgate.toml                   what is wrong with a configuration
  streamgate explain https://www.example.com/news    what the gate does with a page, and why
  streamgate crawl https://www.example.com           what the gate leaves or breaks in a site

`streamgate COMMAND --help` has examples of each command.

Exit status:
  0  it was told to end, and has
  1  it cannot start, or a second signal ended it at once
  2  the command line is not valid";

/// How `demo --help` ends.
const DEMO_HELP: &str = "\
Examples:
  streamgate demo
  streamgate demo --listen 127.0.0.1:0 --origin-listen 127.0.0.1:0    at any free ports

Exit status:
  0  it was told to end, and has
  1  it cannot start, or a second signal ended it at once
  2  the command line is not valid";

/// How `serve --help` ends.
const SERVE_HELP: &str = "\
Examples:
  streamgate serve --origin https://www.example.com
  streamgate serve --config streamgate.toml --listen 0.0.0.0:8080
  streamgate serve --config streamgate.toml --ui    with the live view

Exit status:
  0  it was told to end, and has
  1  it cannot start, or a second signal ended it at once
  2  the command line is not valid";

/// How `schema --help` ends.
const SCHEMA_HELP: &str = "\
Example:
  streamgate schema > streamgate.schema.json
  and as the first line of streamgate.toml:
  #:schema ./streamgate.schema.json

Exit status:
  0  the schema is printed
  1  it cannot be written
  2  the command line is not valid";

/// A streaming reverse-proxy gate. Without a subcommand: the gate in front of a built-in demo
/// origin.
#[derive(Debug, Parser)]
#[command(name = "streamgate", version, args_conflicts_with_subcommands = true, after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: Demo,
    #[command(flatten)]
    log: Log,
}

// No group, whose name would be that of the subcommand's own.
#[derive(Debug, Args)]
#[group(skip)]
struct Demo {
    #[command(flatten)]
    listen: Listen,
    /// Where the demo origin listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    origin_listen: SocketAddr,
    /// Where the live view listens, which shows what the gate does. Left out: 127.0.0.1:8082 if the
    /// gate is for this machine only, else nowhere
    #[arg(long, value_name = "ADDR")]
    ui: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a built-in demo origin, and show the gate at work, as without a subcommand
    #[command(after_help = DEMO_HELP)]
    Demo {
        #[command(flatten)]
        demo: Demo,
        #[command(flatten)]
        log: Log,
    },
    /// Serve an origin
    #[command(after_help = SERVE_HELP)]
    Serve(Serve),
    /// Write a configuration for an origin, by what is seen in its pages
    Init(Init),
    /// Check a configuration file: tells all that is wrong, where, and what to write instead
    Check(Check),
    /// Explain an exchange: shows what the gate does with a response, and why
    Explain(Explain),
    /// Visit pages through the gate, and report what it leaves or breaks
    Crawl(Crawl),
    /// Measure how soon a response comes: directly, buffered, and through the gate
    Bench(Bench),
    /// Rewrite standard input to standard output, as the body of a response would be
    Rewrite(Rewrite),
    /// Have a running gate forget what its cache stores
    Purge(Purge),
    /// Print the JSON Schema of the configuration, by which editors complete and check the file
    #[command(after_help = SCHEMA_HELP)]
    Schema,
    /// Print the script by which a shell completes the command
    Completions(Completions),
    /// Print a manual page, in the form that `man` reads
    Man(Manual),
}

#[derive(Debug, Args)]
struct Serve {
    /// The configuration, reloaded when the file changes. Left out: the built-in one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The origin, instead of the configuration's `origin.url`
    #[arg(long, value_name = "URL", value_parser = settings::origin_url)]
    origin: Option<Uri>,
    #[command(flatten)]
    listen: Listen,
    /// Shows what the gate does in a browser on this machine, and lets its rules be edited there;
    /// ADDR: where that live view listens
    #[arg(
        long,
        value_name = "ADDR",
        num_args = 0..=1,
        default_missing_value = view::DEFAULT
    )]
    ui: Option<SocketAddr>,
    #[command(flatten)]
    log: Log,
}

#[derive(Debug, Args)]
struct Log {
    /// What is logged: error, warn, info, debug, trace, off, or a filter as RUST_LOG takes it. Left
    /// out: RUST_LOG, or info
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

impl Demo {
    fn run(&self, log: &Log) -> Result<(), String> {
        terminal::log(log.log.as_deref())?;
        demo::run(self.origin_listen, &self.listen, self.ui)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let _written = terminal::Written;
    let result = match cli.command {
        None => cli.demo.run(&cli.log),
        Some(Command::Demo { demo, log }) => demo.run(&log),
        Some(Command::Serve(serve)) => terminal::log(serve.log.log.as_deref()).and_then(|()| {
            let source = Source {
                file: serve.config,
                origin: serve.origin,
                more: "",
            };
            process::run(&source, &serve.listen, serve.ui, None)
        }),
        Some(Command::Init(init)) => init.run(),
        Some(Command::Rewrite(rewrite)) => terminal::log(None).and_then(|()| rewrite.run()),
        Some(Command::Schema) => {
            terminal::print(format!("{:#}\n", Config::json_schema()).as_bytes())
        }
        Some(Command::Completions(completions)) => completions.run(Cli::command()),
        Some(Command::Man(manual)) => manual.run(Cli::command()),
        Some(Command::Check(check)) => return check.run(),
        Some(Command::Crawl(crawl)) => return crawl.run(),
        Some(Command::Bench(bench)) => bench.run(),
        Some(Command::Explain(explain)) => explain.run(),
        Some(Command::Purge(purge)) => purge.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::FAILURE
        }
    }
}
