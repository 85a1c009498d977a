//! `streamgate crawl`: visits the pages of a site through a gate in this process, and reports what
//! a visitor must not find: names of an origin, links that the gate breaks, bodies that do not end.
//!
//! `crawler` visits, `look` searches what comes, and `report` says what was found.

mod crawler;
mod look;
mod report;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, value_parser};
use http::Uri;
use streamgate::{Config, Gate};
use tokio::task::LocalSet;

use self::report::Report;
use super::listen;
use super::rewrite::PUBLIC;
use super::settings::{self, Source};
use super::terminal::{self, is_coloured};
use super::visit;

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate crawl https://origin.example.com
  streamgate crawl --config streamgate.toml --pages 200
  streamgate crawl --config streamgate.toml https://staging.example.com --json > found.json

Exit status:
  0  nothing was found
  1  something was: a name of an origin, a broken link, a body that ends unfinished; or
     the configuration is not valid, or no page can be had
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Crawl {
    /// The origin, instead of the configuration's `origin.url`
    #[arg(required_unless_present = "config", value_parser = settings::origin_url)]
    origin: Option<Uri>,
    /// The configuration. Left out: one that maps the origin and does nothing else
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How many pages are visited, from the first on
    #[arg(long, value_name = "N", default_value_t = 50)]
    #[arg(value_parser = value_parser!(u16).range(1..=10_000))]
    pages: u16,
    /// The path of the first page
    #[arg(long, value_name = "PATH", default_value = "/", value_parser = visit::start)]
    start: String,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

impl Crawl {
    /// Visits the pages, and prints what was found on standard output. Returns the exit status that
    /// `--help` documents.
    pub(crate) fn run(self) -> ExitCode {
        let found = self.found().and_then(|report| {
            let text = match self.json {
                true => report.json(),
                false => report.text(is_coloured(io::stdout().is_terminal())),
            };
            terminal::print(text.as_bytes()).map(|()| report.is_clean())
        });
        match found {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                terminal::complain(&error);
                ExitCode::FAILURE
            }
        }
    }

    fn found(&self) -> Result<Report, String> {
        let gate = self.gate()?;
        let runtime = listen::runtime().map_err(|error| format!("cannot start: {error}"))?;
        let crawl = crawler::crawl(gate, &self.start, usize::from(self.pages));
        LocalSet::new().block_on(&runtime, crawl)
    }

    /// Compiles the configuration, with a public host in any case.
    fn gate(&self) -> Result<Gate, String> {
        let source = Source {
            file: self.config.clone(),
            origin: self.origin.clone(),
            more: "",
        };
        let mut config = match (&self.config, &self.origin) {
            (None, Some(origin)) => {
                let text = format!("origin.url = {}\n", toml::Value::from(origin.to_string()));
                Config::from_toml(&text, "ORIGIN").map_err(|error| error.to_string())?
            }
            _ => source.compile(&source.read()?)?.config().clone(),
        };
        let public = config.origin.public.take();
        config.origin.public = Some(public.unwrap_or(Uri::from_static(PUBLIC)));
        Gate::new(config).map_err(|error| error.to_string())
    }
}
