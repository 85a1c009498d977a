//! Builds the playground: the page of `docs/playground/` with the module that it calls.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{docs, paths, process, setup, versions::CLOUDFLARE_TARGET};

/// The package of the module.
const PACKAGE: &str = "streamgate-playground";
/// Cargo's name for what it makes of the package.
const MODULE: &str = "streamgate_playground.wasm";

/// The files that the page shares with the native gate's live view, in `adapters/native/ui/`.
const SHARED: [&str; 2] = ["base.css", "faults.js"];

/// How the module is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Soon ready, for tests.
    Dev,
    /// Small and fast, for readers of the book.
    Release,
}

impl Profile {
    /// Returns the name of the folder that cargo puts its results into.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Makes the page with its module in an empty folder `to`.
///
/// # Errors
/// Returns an error if the compiler or wasm-bindgen can be neither found nor installed, or if one
/// of them fails.
pub(crate) fn build(profile: Profile, to: &Path) -> Result<()> {
    let toolchain = setup::bindgen()?;
    let mut cargo = toolchain.cargo();
    let target = CLOUDFLARE_TARGET;
    cargo.args(["build", "--package", PACKAGE, "--target", target]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)?;
    let built = toolchain.target().join(target).join(profile.folder());
    docs::copy(&paths::root().join("docs/playground"), to)?;
    for name in SHARED {
        let from = paths::root().join("adapters/native/ui").join(name);
        fs::copy(&from, to.join(name)).with_context(|| format!("copying {}", from.display()))?;
    }
    let mut bindgen = process::command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]);
    process::run(bindgen.arg(to).arg(built.join(MODULE)))
}
