//! Visits pages in a browser: the playground, the native gate's live view, the demo's page with
//! late fragments, and a page whose service worker runs the gate. What it does there is in
//! `tests/ui/`.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{
    apps::install,
    build::{self, Adapter},
    paths,
    playground::{self, Profile},
    process,
    tally::Tally,
};

/// What to visit.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The pages, by the names of their files in tests/ui/; all by default
    #[arg(value_parser = PAGES)]
    pages: Vec<String>,
    /// Writes the book's screenshots into docs/images/
    #[arg(long)]
    screenshots: bool,
}

/// The pages.
const PAGES: [&str; 4] = ["playground", "view", "seam", "worker"];

/// Builds what shows the pages, for development, and visits them. Returns whether all checks
/// passed.
///
/// # Errors
/// Returns an error if a page cannot be built, or if the browser can be neither found nor
/// installed.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let is_chosen = |page: &str| {
        let mut chosen = arguments.pages.iter();
        arguments.pages.is_empty() || chosen.any(|chosen| chosen == page)
    };
    let pages: Vec<_> = PAGES.into_iter().filter(|page| is_chosen(page)).collect();
    let playground = paths::target().join("playground");
    if is_chosen("playground") {
        playground::build(Profile::Dev, &playground)?;
    }
    if is_chosen("view") || is_chosen("seam") {
        let package = "streamgate-native";
        process::run(process::host_cargo().args(["build", "--quiet", "--package", package]))?;
    }
    if is_chosen("worker") {
        build::run(&[Adapter::Web])?;
    }
    install::browser()?;
    let mut node = process::command("node");
    node.arg(paths::root().join("tests/ui/main.mjs"))
        .arg("--modules")
        .arg(install::place(install::DRIVER).join("node_modules"))
        .arg("--playground")
        .arg(playground)
        .arg("--gate")
        .arg(paths::target().join("debug/streamgate"))
        .arg("--package")
        .arg(paths::edge().join("web"))
        .args(pages.iter().flat_map(|page| ["--page", page]));
    if arguments.screenshots {
        let images: PathBuf = paths::root().join("docs/images");
        node.arg("--screenshots").arg(images);
    }
    let mut tally = Tally::default();
    let status = process::watch(&mut node, |line| {
        tally += Tally::of_conformance(line).unwrap_or_default();
    })?;
    if tally.is_empty() {
        bail!("nothing was visited ({status})");
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0)
}
