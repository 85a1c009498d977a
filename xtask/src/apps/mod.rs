//! Runs real applications in a browser, directly and through the gate.
//!
//! The applications, and the driver of the browser, are in `tests/apps/`.

pub(crate) mod install;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    build::{self, Adapter},
    paths, process, setup,
    tally::Tally,
};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The applications, by the names of their folders in tests/apps/; all by default
    names: Vec<String>,
    /// The runtime that the gate runs on; may be repeated
    #[arg(long, value_enum, default_value = "native")]
    runtime: Vec<Adapter>,
    /// Takes the adapters from this folder, such as `target/debug` with a `streamgate` in it, and
    /// builds none
    #[arg(long, value_name = "DIR")]
    edge: Option<PathBuf>,
}

/// Installs the applications, and visits each one directly and through the gate. Returns whether
/// all checks passed.
///
/// # Errors
/// Returns an error if the gate, the browser or an application can be neither found, installed nor
/// built.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let names = chosen(&arguments.names)?;
    for runtime in &arguments.runtime {
        setup::runtime(*runtime)?;
    }
    let edge = match &arguments.edge {
        Some(edge) => edge.canonicalize().context("the folder of the adapters")?,
        None => {
            build::run(&arguments.runtime)?;
            paths::edge()
        }
    };
    let package = "streamgate-conformance";
    process::run(process::host_cargo().args(["build", "--quiet", "--package", package]))?;
    install::browser()?;
    let mut sum = Tally::default();
    for name in &names {
        install::app(&folder().join(name), name)?;
        for runtime in &arguments.runtime {
            sum += visit(name, *runtime, &edge)?;
        }
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0 && !sum.is_empty())
}

/// Returns the folder with a folder for each application.
fn folder() -> PathBuf {
    paths::root().join("tests/apps")
}

/// Returns the names, or those of all applications if there are none.
fn chosen(names: &[String]) -> Result<Vec<String>> {
    let mut known = Vec::new();
    for entry in fs::read_dir(folder()).context("reading tests/apps")? {
        let entry = entry?;
        if entry.path().join("app.json").is_file() {
            known.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    known.sort();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        bail!(
            "there is no application {name}; there are {}",
            known.join(", ")
        );
    }
    Ok(if names.is_empty() {
        known
    } else {
        names.to_vec()
    })
}

/// Visits an application on one runtime, and returns how many checks passed.
fn visit(name: &str, runtime: Adapter, edge: &Path) -> Result<Tally> {
    let work = paths::target().join("apps").join(runtime.name()).join(name);
    let mut tally = Tally::default();
    let status = process::watch(&mut driver(name, runtime, edge, &work), |line| {
        tally += Tally::of_conformance(line).unwrap_or_default();
    })?;
    if tally.is_empty() {
        bail!("{name} was not visited on {} ({status})", runtime.name());
    }
    Ok(tally)
}

/// Returns the command line of the driver.
fn driver(name: &str, runtime: Adapter, edge: &Path, work: &Path) -> Command {
    let mut node = process::command("node");
    node.arg(folder().join("driver/main.mjs"))
        .arg("--app")
        .arg(folder().join(name))
        .arg("--installed")
        .arg(install::place(name))
        .arg("--modules")
        .arg(install::place(install::DRIVER).join("node_modules"))
        .arg("--conformance")
        .arg(paths::target().join("debug/streamgate-conformance"))
        .arg("--edge")
        .arg(edge)
        .arg("--runtime")
        .arg(runtime.name())
        .arg("--work")
        .arg(work);
    node
}
