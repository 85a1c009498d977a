//! `streamgate check`: tells all that is wrong with a configuration file, and what is valid in it
//! and surely not meant.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use clap::Args;
use serde::Serialize;
use streamgate::{CertificateFiles, Config, ConfigFinding};

use super::page::counted;
use super::terminal::{complain, is_coloured, say, show};
use crate::tls;

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate check streamgate.toml
  streamgate check --deny-warnings streamgate.toml    before a deployment
  streamgate check --json streamgate.toml             for an editor or a script

Exit status:
  0  the configuration is valid, perhaps with warnings
  1  it is not, it cannot be read, or it has warnings and --deny-warnings is given
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Check {
    /// The file
    file: PathBuf,
    /// Fail if there are warnings
    #[arg(long)]
    deny_warnings: bool,
    /// Print a list of what was found as JSON, on standard output
    #[arg(long)]
    json: bool,
}

/// What was found in a file.
#[derive(Default)]
struct Report {
    /// Why the file cannot be read.
    unreadable: Option<String>,
    text: String,
    /// What is said of the text as a whole, before its warnings.
    notes: Vec<String>,
    errors: Vec<ConfigFinding>,
    warnings: Vec<ConfigFinding>,
}

/// A finding as it is printed in JSON. What is not known is `null`.
#[derive(Serialize)]
struct Entry<'a> {
    severity: &'static str,
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    key: Option<&'a str>,
    message: &'a str,
    help: Option<&'a str>,
}

impl Check {
    /// Checks the file, and prints what was found: for people on standard error, as JSON on
    /// standard output. Returns the exit status that `--help` documents.
    pub(crate) fn run(self) -> ExitCode {
        let name = self.file.display().to_string();
        let report = match std::fs::read_to_string(&self.file) {
            Ok(text) => Report::of(text, &name, |name| std::env::var(name).ok(), unusable),
            Err(error) => Report {
                unreadable: Some(error.to_string()),
                ..Report::default()
            },
        };
        if self.json {
            say(&report.json(&name));
        } else {
            report.print(&name);
        }
        let is_refused = self.deny_warnings && !report.warnings.is_empty();
        match report.unreadable.is_some() || !report.errors.is_empty() || is_refused {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }
}

/// Returns whether a configuration from elsewhere than a file is valid, and a list of what was
/// found in it as JSON, with `notes` as warnings. Its variables have the values that `environment`
/// holds. It may name no files, none of which is read: `no_files` says why.
pub(crate) fn findings(
    text: String,
    name: &str,
    environment: impl Fn(&str) -> Option<String>,
    no_files: &str,
    notes: Vec<String>,
) -> (bool, String) {
    let refused = |_, _: &CertificateFiles, text: &str, name: &str| {
        ConfigFinding::of_key("tls", no_files, "leave [tls] out", text, name)
    };
    let mut report = Report::of(text, name, environment, refused);
    report.notes = notes;
    (report.errors.is_empty(), report.json(name))
}

impl Report {
    /// Checks a text. `unusable` says what is wrong with the files of the certificate at an index,
    /// for a text under a name.
    fn of(
        text: String,
        name: &str,
        environment: impl Fn(&str) -> Option<String>,
        unusable: impl Fn(usize, &CertificateFiles, &str, &str) -> Option<ConfigFinding>,
    ) -> Self {
        let (errors, warnings) = match Config::from_toml_with(&text, name, environment) {
            Err(error) => (error.faults().to_vec(), Vec::new()),
            Ok(config) => {
                let files = config.tls.iter().enumerate();
                let unusable = |(index, files)| unusable(index, files, &text, name);
                let errors = files.filter_map(unusable).collect();
                (errors, config.warnings(&text, name))
            }
        };
        Self {
            unreadable: None,
            notes: Vec::new(),
            text,
            errors,
            warnings,
        }
    }

    fn print(&self, name: &str) {
        if let Some(why) = &self.unreadable {
            return complain(&format!("{name}: {why}"));
        }
        let renderer = match is_coloured(io::stderr().is_terminal()) {
            true => Renderer::styled(),
            false => Renderer::plain(),
        };
        let errors = self.errors.iter().map(|error| (Level::ERROR, error));
        let warnings = self.warnings.iter().map(|it| (Level::WARNING, it));
        for (level, finding) in errors.chain(warnings) {
            show(&render(&renderer, level, finding, &self.text));
        }
        let warnings = counted(self.warnings.len(), "warning", "warnings");
        match (self.errors.len(), self.warnings.len()) {
            (0, 0) => say(&format!("{name}: ok")),
            (0, _) => say(&format!("{name}: ok, with {warnings}")),
            (errors, 0) => complain(&format!("{name}: {}", counted(errors, "error", "errors"))),
            (errors, _) => {
                let errors = counted(errors, "error", "errors");
                complain(&format!("{name}: {errors} and {warnings}"));
            }
        }
    }

    fn json(&self, name: &str) -> String {
        let whole = |severity, message| Entry {
            severity,
            file: name,
            line: None,
            column: None,
            key: None,
            message,
            help: None,
        };
        let unreadable = self.unreadable.as_deref();
        let unreadable = unreadable.map(|message| whole("error", message));
        let notes = self.notes.iter().map(|note| whole("warning", note));
        let errors = self.errors.iter().map(|error| Entry::of("error", error));
        let warnings = self.warnings.iter().map(|it| Entry::of("warning", it));
        let entries: Vec<_> = unreadable
            .into_iter()
            .chain(errors)
            .chain(notes)
            .chain(warnings)
            .collect();
        // Texts and numbers can always be written.
        serde_json::to_string_pretty(&entries).unwrap_or_default()
    }
}

impl<'a> Entry<'a> {
    fn of(severity: &'static str, finding: &'a ConfigFinding) -> Self {
        Self {
            severity,
            file: finding.file(),
            line: Some(finding.line()),
            column: Some(finding.column()),
            key: Some(finding.key()).filter(|key| !key.is_empty()),
            message: finding.message(),
            help: finding.help(),
        }
    }
}

/// Shows a finding in its source.
fn render(renderer: &Renderer, level: Level<'_>, finding: &ConfigFinding, text: &str) -> String {
    let title = match finding.key() {
        "" => finding.message().to_owned(),
        key => format!("{key}: {}", finding.message()),
    };
    let source = Snippet::source(text)
        .path(finding.file())
        .annotation(AnnotationKind::Primary.span(finding.span()));
    let group = level.primary_title(title).element(source);
    let help = finding.help().map(|help| Level::HELP.message(help));
    renderer.render(&[group.elements(help)])
}

/// Returns what is wrong with the files of a certificate.
fn unusable(
    index: usize,
    files: &CertificateFiles,
    text: &str,
    name: &str,
) -> Option<ConfigFinding> {
    let error = tls::acceptor(std::slice::from_ref(files)).err()?;
    let is_key = error.starts_with(&format!("{}: ", files.key.display()));
    let key = if is_key { "tls.key" } else { "tls.certificate" };
    let help = "name files in PEM that the gate can read, each certificate beside its own key";
    let item = format!("{key}[{index}]");
    ConfigFinding::of_key(&item, &error, help, text, name)
        .or_else(|| ConfigFinding::of_key(key, &error, help, text, name))
}
