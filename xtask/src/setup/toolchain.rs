//! The compiler for WebAssembly: the default compiler, if it has the standard libraries of the
//! targets or rustup adds them; otherwise Debian's, with standard libraries built from its source.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use super::{
    host::{self, Host},
    report::Report,
    sysroot::{PURPOSE, Sysroot},
};
use crate::{
    paths,
    process::{command, host_cargo},
    versions::WASM_TARGETS,
};

/// A compiler with the standard libraries of all WebAssembly targets.
pub(crate) enum Toolchain {
    /// The default compiler.
    Host,
    /// Debian's compiler, with a sysroot made here.
    Debian {
        /// The sysroot, which is a toolchain too.
        sysroot: Sysroot,
        /// The folder of `rust-lld`.
        linkers: PathBuf,
    },
}

impl Toolchain {
    /// Returns the cargo of this toolchain.
    pub(crate) fn cargo(&self) -> Command {
        match self {
            Self::Host => self.prepare(host_cargo()),
            Self::Debian { .. } => self.command("cargo"),
        }
    }

    /// Prepares a program that calls `cargo` and `rustc`, which are then those of this toolchain.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.prepare(command(program))
    }

    /// Returns the target folder of this toolchain. A newly built standard library must not meet
    /// crates that were compiled against the old one, so the name of the folder contains the
    /// sysroot's key.
    pub(crate) fn target(&self) -> PathBuf {
        match self {
            Self::Host => paths::target(),
            Self::Debian { sysroot, .. } => paths::target().join(format!("wasm-{}", sysroot.key)),
        }
    }

    fn prepare(&self, mut command: Command) -> Command {
        command.env("CARGO_TARGET_DIR", self.target());
        if let Self::Debian { sysroot, linkers } = self {
            // /usr/bin precedes rustup's folder, because `cargo clippy` must be Debian's too. But
            // the installed tools precede /usr/bin, because they may include a newer Node.
            let mut folders = vec![sysroot.folder.join("bin")];
            folders.extend(paths::tools());
            folders.push("/usr/bin".into());
            folders.extend(paths::search_path());
            folders.push(linkers.clone());
            command.env("PATH", paths::join(folders));
            command.env("SYSROOT", &sysroot.folder);
            for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC"] {
                command.env_remove(name);
            }
        }
        command
    }
}

/// Finds a compiler for WebAssembly, or makes one.
///
/// # Errors
/// Returns an error if neither the default compiler, rustup nor Debian's packages provide one.
pub(super) fn ensure(report: &Report) -> Result<Toolchain> {
    let host = Host::find()?;
    let targets = WASM_TARGETS.join(", ");
    let missing = host.missing_targets();
    if missing.is_empty() {
        report.found(&format!("{targets}: Rust {}", host.version));
        return Ok(Toolchain::Host);
    }
    let sysroot = match Sysroot::find() {
        Some(sysroot) => sysroot,
        None if !host::may_install() => Sysroot::ensure(&host, report)?,
        None => {
            let add = || host::add_targets(&missing);
            let what = missing.join(", ");
            let Err(error) = report.installing(&what, PURPOSE, "rustup, under a minute", add)
            else {
                return Ok(Toolchain::Host);
            };
            println!("  rustup could not: {error:#}");
            Sysroot::ensure(&host, report)?
        }
    };
    let linkers = sysroot.linkers(&host, report)?;
    report.found(&format!("{targets}: {}", sysroot.folder.display()));
    Ok(Toolchain::Debian { sysroot, linkers })
}
