//! Visits the pages that show the gate in a browser: the playground, and the native gate's live
//! view. What it does there is in `tests/ui/`.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{
    apps::install,
    paths,
    playground::{self, Profile},
    process,
    tally::Tally,
};

/// What to visit.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The pages, by the names of their files in tests/ui/: playground, view; both by default
    names: Vec<String>,
    /// Writes the book's screenshots into docs/images/
    #[arg(long)]
    screenshots: bool,
}

/// The pages.
const PAGES: [&str; 2] = ["playground", "view"];

/// Builds what shows the pages, for development, and visits them. Returns whether all checks
/// passed.
///
/// # Errors
/// Returns an error if there is no such page, if a page cannot be built, or if the browser can be
/// neither found nor installed.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let is_known = |name: &&String| PAGES.contains(&name.as_str());
    if let Some(name) = arguments.names.iter().find(|name| !is_known(name)) {
        bail!("there is no page {name}; there are {}", PAGES.join(", "));
    }
    let is_chosen =
        |page: &&str| arguments.names.is_empty() || arguments.names.iter().any(|name| name == page);
    let pages: Vec<_> = PAGES
        .iter()
        .copied()
        .filter(|page| is_chosen(&page))
        .collect();
    let playground = paths::target().join("playground");
    if pages.contains(&"playground") {
        playground::build(Profile::Dev, &playground)?;
    }
    if pages.contains(&"view") {
        let package = "streamgate-native";
        process::run(process::host_cargo().args(["build", "--quiet", "--package", package]))?;
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
