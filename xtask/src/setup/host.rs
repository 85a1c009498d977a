//! The Rust of this machine: the compiler that `rustc` means, and rustup if it provides that
//! compiler.

use std::{env, path::PathBuf, time::Duration};

use anyhow::{Context, Result};

use super::{apt, report::Report};
use crate::{
    paths,
    process::{command, host_cargo, install, output},
    versions::{Version, WASM_TARGETS},
};

/// How long rustup may take. It would try for very long if its server is out of reach.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// The subcommands of cargo that the checks call, each with the rustup component and the Debian
/// package that contain it.
const COMPONENTS: [(&str, &str, &str); 2] = [
    ("fmt", "rustfmt", "rustfmt-web"),
    ("clippy", "clippy", "rust-web-clippy"),
];

/// The compiler that `rustc` means on this machine.
pub(super) struct Host {
    /// The release of the compiler.
    pub(super) version: Version,
    /// The folder of the compiler's libraries and linkers.
    pub(super) sysroot: PathBuf,
    /// The target that the compiler builds for by default.
    pub(super) triple: String,
}

impl Host {
    /// Asks the compiler for its properties.
    ///
    /// # Errors
    /// Returns an error if there is no compiler, or if it does not answer as `rustc` does.
    pub(super) fn find() -> Result<Self> {
        let text = output(command("rustc").arg("-vV")).context("rustc cannot be started")?;
        let line = |key| {
            text.lines()
                .find_map(|line| line.strip_prefix(key))
                .map(str::trim)
        };
        let sysroot = output(command("rustc").args(["--print", "sysroot"]))
            .context("rustc has no sysroot")?;
        Ok(Self {
            version: line("release:")
                .and_then(Version::find)
                .context("rustc does not tell its release")?,
            triple: line("host:")
                .context("rustc does not tell its host")?
                .to_owned(),
            sysroot: sysroot.trim().into(),
        })
    }

    /// Returns the folder of the linkers that come with this compiler, if it has any.
    pub(super) fn linkers(&self) -> Option<PathBuf> {
        let folder = self
            .sysroot
            .join("lib/rustlib")
            .join(&self.triple)
            .join("bin");
        folder.join("rust-lld").is_file().then_some(folder)
    }

    /// Returns the WebAssembly targets that have no standard library here.
    pub(super) fn missing_targets(&self) -> Vec<&'static str> {
        let has = |target: &&str| {
            self.sysroot
                .join("lib/rustlib")
                .join(target)
                .join("lib")
                .is_dir()
        };
        WASM_TARGETS
            .into_iter()
            .filter(|target| !has(target))
            .collect()
    }
}

/// Returns whether rustup exists and may install.
pub(super) fn may_install() -> bool {
    env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
        && paths::find("rustup").is_some()
}

/// Makes rustup add the standard libraries of `targets`.
///
/// # Errors
/// Returns an error if rustup fails, or takes too long.
pub(super) fn add_targets(targets: &[&str]) -> Result<()> {
    install(
        command("rustup").args(["target", "add"]).args(targets),
        "rustup-target",
        Some(RUSTUP_LIMIT),
    )
}

/// Finds `cargo fmt` and `cargo clippy`, or installs them from where the compiler came: rustup or
/// Debian.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(super) fn ensure_components(report: &Report) -> Result<()> {
    for (subcommand, component, debian) in COMPONENTS {
        if let Some(version) = output(host_cargo().args([subcommand, "--version"])) {
            report.found(version.trim());
        } else if paths::find("rustup").is_some() {
            report.installing(
                component,
                "checks the code",
                "rustup, under a minute",
                || {
                    let mut rustup = command("rustup");
                    rustup.args(["component", "add", component]);
                    install(&mut rustup, component, Some(RUSTUP_LIMIT))
                },
            )?;
        } else {
            apt::ensure(&[debian], "checks the code", report)
                .with_context(|| format!("`cargo {subcommand}` is missing"))?;
        }
    }
    Ok(())
}
