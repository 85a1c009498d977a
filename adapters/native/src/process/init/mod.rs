//! `streamgate init`: looks at an origin and some of its pages, and writes a configuration for it.
//!
//! `survey` visits pages, `hosts`, `third_parties` and `frameworks` say what is in them,
//! `streamgate` and `platforms` write the files, and `report` says what was found.

mod frameworks;
mod hosts;
mod platforms;
mod report;
mod streamgate;
mod survey;
mod third_parties;

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use ::streamgate::{Config, Gate};
use clap::{Args, value_parser};
use http::Uri;
use tokio::task::LocalSet;

use super::listen;
use super::settings;
use super::terminal::{self, is_coloured};
use super::visit;

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate init https://origin.example.com
  streamgate init https://origin.example.com --public https://www.example.com --dir site
  streamgate init https://origin.example.com --pages 40 --force

It writes streamgate.toml with the schema that editors complete it by, wrangler.toml and
fastly.toml, and says why what is in them.

Exit status:
  0  the files are written
  1  nothing is: the origin does not answer or leads elsewhere, or there is such a file already
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Init {
    /// The origin: scheme and host, and perhaps a port
    #[arg(value_parser = settings::origin_url)]
    origin: Uri,
    /// The folder for the files, which is made if there is none
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
    /// What browsers are to see in place of the origin
    #[arg(long, value_name = "URL", value_parser = settings::origin_url)]
    public: Option<Uri>,
    /// The path of the first page
    #[arg(long, value_name = "PATH", default_value = "/", value_parser = visit::start)]
    start: String,
    /// How many pages are looked at, from the first on, within a minute and 32 MiB
    #[arg(long, value_name = "N", default_value_t = 10)]
    #[arg(value_parser = value_parser!(u16).range(1..=500))]
    pages: u16,
}

impl Init {
    /// Looks at the pages, writes the files, and prints what was found.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if nothing can be proposed or written.
    pub(crate) fn run(self) -> Result<(), String> {
        let names = [
            "streamgate.toml",
            "streamgate.schema.json",
            "wrangler.toml",
            "fastly.toml",
        ];
        let files = names.map(|name| self.dir.join(name));
        // Before others are asked for pages that will not be used.
        if let Some(file) = files.iter().find(|file| is_in_the_way(file, self.force)) {
            return Err(exists(file));
        }
        let runtime = listen::runtime().map_err(|error| format!("cannot start: {error}"))?;
        let start = visit::begin(&self.origin, &self.start)?;
        let pages = usize::from(self.pages);
        let survey = survey::survey(&self.origin, start, self.public.as_ref(), pages);
        let survey = LocalSet::new().block_on(&runtime, survey)?;
        let configuration = streamgate::streamgate(&self.origin, self.public.as_ref(), &survey);
        // Whatever pages contain, what is written is valid.
        Gate::from_toml(&configuration, "the proposal").map_err(|error| error.to_string())?;
        let texts = [
            configuration,
            format!("{:#}\n", Config::json_schema()),
            platforms::wrangler(&self.origin),
            platforms::fastly(&self.origin),
        ];
        std::fs::create_dir_all(&self.dir).map_err(|e| format!("{}: {e}", self.dir.display()))?;
        for (file, text) in files.iter().zip(&texts) {
            write(file, text, self.force)?;
        }
        let is_coloured = is_coloured(io::stdout().is_terminal());
        let report = report::report(&self.origin, &survey, &files, is_coloured);
        terminal::print(report.as_bytes())
    }
}

/// Writes a file. Unless it is forced to, it does not replace one that is there.
fn write(file: &Path, text: &str, force: bool) -> Result<(), String> {
    let mut options = OpenOptions::new();
    match force {
        true => options.create(true).truncate(true),
        false => options.create_new(true),
    };
    let written = options.write(true).open(file);
    let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(file),
        _ => format!("{}: {error}", file.display()),
    })
}

/// Returns whether a file cannot be written, or may not be: whatever has its name stays unless it
/// is forced, and what is no file stays in any case.
fn is_in_the_way(file: &Path, force: bool) -> bool {
    let there = file.symlink_metadata();
    there.is_ok_and(|there| !force || there.is_dir())
}

fn exists(file: &Path) -> String {
    format!(
        "{} exists already, and nothing is written; --force overwrites it, --dir DIR writes \
         elsewhere",
        file.display()
    )
}

/// Splits a text into lines of so many characters, where it has spaces.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
