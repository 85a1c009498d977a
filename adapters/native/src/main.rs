//! streamgate in one native process: its command line.
//!
//! Without a subcommand the program shows itself: the gate in front of a built-in demo origin. Core
//! defines what an exchange is; this crate carries it, with hyper.

mod activity;
mod body;
#[cfg(test)]
mod book;
mod client;
mod client_address;
mod connect;
mod demo;
mod edge;
mod health;
mod metrics;
#[cfg(feature = "otel")]
mod otel;
mod patience;
mod places;
mod process;
mod race;
mod received;
mod record;
mod repeated;
mod shared_by;
mod socket;
mod tls;
mod upgrade;
mod websocket;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use http::Uri;
use streamgate::Config;

use crate::process::Listen;
use crate::process::check::Check;
use crate::process::explain::Explain;
use crate::process::rewrite::Rewrite;
use crate::process::settings::{self, Source};
use crate::process::terminal;

/// A streaming reverse-proxy gate. Without a subcommand: the gate in front of a built-in demo
/// origin.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    demo: Demo,
    #[command(flatten)]
    log: Log,
}

#[derive(Debug, Args)]
struct Demo {
    #[command(flatten)]
    listen: Listen,
    /// Where the demo origin listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    origin_listen: SocketAddr,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve an origin
    Serve(Serve),
    /// Check a configuration file: tells all that is wrong, where, and what to write instead
    Check(Check),
    /// Explain an exchange: shows what the gate does with a response, and why
    Explain(Explain),
    /// Rewrite standard input to standard output, as the body of a response would be
    Rewrite(Rewrite),
    /// Print the JSON Schema of the configuration, by which editors complete and check the file
    Schema,
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

fn main() -> ExitCode {
    let cli = Cli::parse();
    let _written = terminal::Written;
    let result = match cli.command {
        None => terminal::log(cli.log.log.as_deref())
            .and_then(|()| demo::run(cli.demo.origin_listen, &cli.demo.listen)),
        Some(Command::Serve(serve)) => terminal::log(serve.log.log.as_deref()).and_then(|()| {
            let source = Source {
                file: serve.config,
                origin: serve.origin,
            };
            process::run(&source, &serve.listen, None)
        }),
        Some(Command::Rewrite(rewrite)) => terminal::log(None).and_then(|()| rewrite.run()),
        Some(Command::Schema) => {
            terminal::say(&format!("{:#}", Config::json_schema()));
            Ok(())
        }
        Some(Command::Check(check)) => return check.run(),
        Some(Command::Explain(explain)) => explain.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::FAILURE
        }
    }
}
