//! The Rust that is here: the compiler that `rustc` means, and rustup if that is where it comes
//! from.

use std::{env, path::PathBuf, time::Duration};

use anyhow::{Context, Result};

use super::{apt, report::Report};
use crate::{
    paths,
    process::{command, host_cargo, install, output},
    versions::{Version, WASM_TARGETS},
};

/// How long rustup may take. Where its server is out of reach it would try for very long.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// The subcommands of cargo that the checks call, with what brings them: rustup's component, or
/// Debian's package.
const COMPONENTS: [(&str, &str, &str); 2] = [
    ("fmt", "rustfmt", "rustfmt-web"),
    ("clippy", "clippy", "rust-web-clippy"),
];

/// The compiler that `rustc` means here.
pub(super) struct Host {
    /// Its release.
    pub(super) version: Version,
    /// The folder that holds its libraries and linkers.
    pub(super) sysroot: PathBuf,
    /// The target that it builds for by default.
    pub(super) triple: String,
}

impl Host {
    /// Asks the compiler.
    ///
    /// # Errors
    /// There is none, or it does not answer as `rustc` does.
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

    /// The folder of the linkers that come with this compiler, if they do.
    pub(super) fn linkers(&self) -> Option<PathBuf> {
        let folder = self
            .sysroot
            .join("lib/rustlib")
            .join(&self.triple)
            .join("bin");
        folder.join("rust-lld").is_file().then_some(folder)
    }

    /// Those of the WebAssembly targets that have no standard library here.
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

/// Whether rustup is here and may install.
pub(super) fn may_install() -> bool {
    env::var_os("RUSTUP_AUTO_INSTALL").is_none_or(|value| value != "0")
        && paths::find("rustup").is_some()
}

/// Lets rustup add the standard libraries of `targets`.
///
/// # Errors
/// rustup fails, or takes too long.
pub(super) fn add_targets(targets: &[&str]) -> Result<()> {
    install(
        command("rustup").args(["target", "add"]).args(targets),
        "rustup-target",
        Some(RUSTUP_LIMIT),
    )
}

/// Finds `cargo fmt` and `cargo clippy`, or installs them from where the compiler came.
///
/// # Errors
/// They can be neither found nor installed.
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
