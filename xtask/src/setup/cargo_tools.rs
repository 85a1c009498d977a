//! The tools that `cargo install` builds.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};

use super::{apt, host::Host, report::Report, sysroot};
use crate::{
    lockfile, paths,
    process::{command, host_cargo, install, output},
    versions::{CargoTool, Pin, Version},
};

/// Finds or installs the tools.
///
/// # Errors
/// At least one of them can be neither found nor installed; each such is named. The others are installed.
pub(super) fn ensure(tools: &[CargoTool], report: &Report) -> Result<()> {
    let builds = paths::cargo_tools().join("build");
    let mut missing = Vec::new();
    for tool in tools {
        let version = version_of(tool)?;
        let what = format!("{} {version}", tool.package);
        if tool
            .programs
            .iter()
            .all(|program| is_installed(program, &version))
        {
            report.found(&what);
        } else {
            missing.push((tool, version, what));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let mut errors = Vec::new();
    for (tool, version, what) in missing {
        let takes = format!("cargo install, about {} min", tool.minutes);
        if let Err(error) =
            report.installing(&what, &takes, || build(tool, &version, &builds, report))
        {
            errors.push(format!("{what}: {error:#}"));
        }
    }
    // What the tools share was kept from one to the next.
    if builds.exists() {
        fs::remove_dir_all(&builds).with_context(|| format!("removing {}", builds.display()))?;
    }
    if errors.is_empty() {
        return Ok(());
    }
    bail!(errors.join("\n"))
}

fn version_of(tool: &CargoTool) -> Result<String> {
    match tool.pin {
        Pin::Exact(version) => Ok(version.to_owned()),
        Pin::Lockfile(package) => lockfile::version_of(package),
    }
}

fn build(tool: &CargoTool, version: &str, builds: &Path, report: &Report) -> Result<()> {
    let mut cargo = compiler_for(tool.needs, report)?;
    cargo.args(["install", "--version", version, tool.package]);
    cargo
        .arg("--root")
        .arg(paths::cargo_tools())
        .env("CARGO_TARGET_DIR", builds);
    if tool.locked {
        cargo.arg("--locked");
    }
    if let Some(features) = tool.features {
        cargo.args(["--no-default-features", "--features", features]);
    }
    install(&mut cargo, tool.package, None)
}

/// Whether the program that `PATH` leads to is of this version.
fn is_installed(program: &str, pin: &str) -> bool {
    output(command(program).arg("--version"))
        .is_some_and(|text| text.split_whitespace().any(|word| word == pin))
}

/// The default cargo if its compiler is new enough, else Debian's.
fn compiler_for(needs: Version, report: &Report) -> Result<Command> {
    let host = Host::find()?;
    if host.version >= needs {
        return Ok(host_cargo());
    }
    let advice = format!(
        "Rust {needs} is needed, and here is {}: update it (rustup update)",
        host.version
    );
    apt::ensure(&["rustc-web", "cargo-web"], report).with_context(|| advice.clone())?;
    let debian = output(command("/usr/bin/rustc").arg("--version"))
        .as_deref()
        .and_then(Version::find);
    if debian.is_none_or(|version| version < needs) {
        bail!("{advice}; Debian's is not new enough either");
    }
    Ok(sysroot::debian_cargo())
}
