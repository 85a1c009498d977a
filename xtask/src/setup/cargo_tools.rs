//! Installs the tools that `cargo install` builds.

use std::{fs, process::Command, sync::Mutex, thread};

use anyhow::{Context, Result, bail};

use super::{apt, host::Host, report::Report, sysroot};
use crate::{
    lockfile, paths,
    process::{command, host_cargo, install, output},
    versions::{CargoTool, Pin, Version},
};

/// The profile that the tools are built with. They are built once and run for tests, so their build
/// time counts more than their speed, except for the packages that [`CargoTool::hot`] names.
const PROFILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
];

/// The number of tools built in parallel: while one of them links or waits for its one large
/// package, another compiles.
const SIDE_BY_SIDE: usize = 2;

/// Finds or installs the tools.
///
/// # Errors
/// Returns an error that names each tool that can be neither found nor installed. The others are
/// installed.
pub(super) fn ensure(tools: &[CargoTool], report: &Report) -> Result<()> {
    let mut missing = Vec::new();
    for tool in tools {
        let version = version_of(tool)?;
        let what = format!("{} {version}", tool.package);
        let has = |program: &&str| is_installed(program, &version);
        if tool.programs.iter().all(has) {
            report.found(&what);
        } else {
            missing.push((tool, version, what));
        }
    }
    let waiting = Mutex::new(missing.into_iter());
    let lane = || {
        let mut errors = Vec::new();
        loop {
            // A statement of its own, so that the lock is not held during the build.
            let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
            let Some((tool, version, what)) = next else {
                return errors;
            };
            let takes = format!("cargo install, about {} min", tool.minutes);
            let build = || build(tool, &version, report);
            if let Err(error) = report.installing(&what, tool.purpose, &takes, build) {
                errors.push(format!("{what}: {error:#}"));
            }
        }
    };
    let errors = thread::scope(|scope| {
        let lanes: Vec<_> = (0..SIDE_BY_SIDE).map(|_| scope.spawn(lane)).collect();
        let ended = lanes.into_iter().map(thread::ScopedJoinHandle::join);
        let errors = ended.map(|ended| ended.unwrap_or_else(|_| vec!["panicked".to_owned()]));
        errors.flatten().collect::<Vec<_>>()
    });
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

/// Builds a tool in a folder of its own. An interrupted build leaves the folder, and the next build
/// continues from it.
fn build(tool: &CargoTool, version: &str, report: &Report) -> Result<()> {
    let builds = paths::cargo_tools().join("build").join(tool.package);
    let mut cargo = compiler_for(tool.needs, report)?;
    cargo.args(["install", "--version", version, tool.package]);
    cargo
        .arg("--root")
        .arg(paths::cargo_tools())
        .env("CARGO_TARGET_DIR", &builds)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", tool.opt_level)
        .envs(PROFILE);
    for package in tool.hot {
        let optimised = format!("profile.release.package.{package}.opt-level=3");
        cargo.args(["--config", &optimised]);
    }
    for program in tool.programs {
        cargo.args(["--bin", program]);
    }
    if tool.locked {
        // The versions are fixed, so the compiler's is compared with what the project has seen.
        cargo.args(["--locked", "--ignore-rust-version"]);
    }
    if let Some(features) = tool.features {
        cargo.args(["--no-default-features", "--features", features]);
    }
    install(&mut cargo, tool.package, None)?;
    if !builds.exists() {
        // Cargo knows of an installation of this version, although the program does not say so.
        bail!("{version} is installed, and does not say that it is {version}");
    }
    fs::remove_dir_all(&builds).with_context(|| format!("removing {}", builds.display()))
}

/// Returns whether the program that `PATH` leads to has this version.
fn is_installed(program: &str, pin: &str) -> bool {
    // A command of cargo gets its own name from cargo first.
    let name = program.strip_prefix("cargo-");
    output(command(program).args(name).arg("--version")).is_some_and(|text| {
        // mdBook says `v0.5.4`.
        let mut words = text.split_whitespace();
        words.any(|word| word.trim_start_matches('v') == pin)
    })
}

/// Returns the default cargo if its compiler is new enough, otherwise Debian's.
fn compiler_for(needs: Version, report: &Report) -> Result<Command> {
    let host = Host::find()?;
    if host.version >= needs {
        return Ok(host_cargo());
    }
    let advice = format!(
        "Rust {needs} is needed, and here is {}: update it (rustup update)",
        host.version
    );
    apt::ensure(&["rustc-web", "cargo-web"], "builds the runtimes", report)
        .with_context(|| advice.clone())?;
    let debian = output(command("/usr/bin/rustc").arg("--version"))
        .as_deref()
        .and_then(Version::find);
    if debian.is_none_or(|version| version < needs) {
        bail!("{advice}; Debian's is not new enough either");
    }
    Ok(sysroot::debian_cargo())
}
