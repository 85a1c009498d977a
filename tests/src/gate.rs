//! Starts the gate on a real runtime for a program that drives it, such as a browser.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::driver::{Backend, Instance, Runtime, Start, reaper};
use crate::failure::{Failure, Verdict};

/// What to start.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The runtime
    #[arg(long, value_enum)]
    runtime: Runtime,
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The folder that `cargo xtask build` writes to
    #[arg(long, value_name = "DIR")]
    edge: Option<PathBuf>,
    /// The folder for the runtime's own files and its log
    #[arg(long, value_name = "DIR")]
    work: PathBuf,
}

/// Returns the main origin as a service of Fastly Compute defines it. Viceroy hands a WebSocket to
/// such a backend only, not to one that the gate makes, and with the backend's `Host`.
fn origin(config: &str) -> Verdict<Option<Backend>> {
    let config: toml::Table = config.parse()?;
    let key = |name| config.get("origin")?.get(name)?.as_str().map(str::to_owned);
    let is_transparent = key("identity").is_some_and(|identity| identity == "transparent");
    Ok(key("url").map(|url| Backend {
        name: "origin",
        url,
        override_host: key("host").filter(|_| !is_transparent),
        first_byte_timeout: None,
    }))
}

/// Serves until standard input ends, which it does at the latest with the program at its other end.
///
/// # Errors
/// Returns an error if the configuration cannot be read, or the runtime does not start.
pub(crate) fn serve(arguments: &Arguments, root: &Path) -> Verdict {
    let file = &arguments.config;
    let config = fs::read_to_string(file)
        .map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    let edge = arguments.edge.clone();
    let start = Start {
        edge: &edge.unwrap_or_else(|| root.join("target/edge")),
        folder: arguments.work.clone(),
        backends: origin(&config)?.into_iter().collect(),
        config,
        trusted: None,
        command: None,
    };
    reaper::start()?;
    let instance = Instance::start(arguments.runtime, &start)?;
    println!("listening on http://{}", instance.address);
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
