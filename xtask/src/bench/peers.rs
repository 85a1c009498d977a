//! Builds the peers that are programs of ours.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::manifest;
use crate::{
    paths,
    process::{self, command, install},
    setup,
    versions::{FASTLY_TARGET, WASI_TARGET},
};

/// The naive programs: package, target, and result.
const PROGRAMS: [(&str, &str, &str); 2] = [
    ("naive-fastly", FASTLY_TARGET, "naive-fastly.wasm"),
    ("naive-wasi", WASI_TARGET, "naive_wasi.wasm"),
];
/// The result of the program for Fastly's JavaScript SDK.
const FASTLY_JS: &str = "fastly-js.wasm";

/// Builds the peers into a folder. Fastly's JavaScript SDK may be missing: its row then says so.
///
/// # Errors
/// Returns an error if a naive program cannot be built.
pub(super) fn build(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let toolchain = setup::wasm_compiler()?;
    for (package, target, result) in PROGRAMS {
        let mut cargo = toolchain.cargo();
        cargo.args([
            "build",
            "--release",
            "--package",
            package,
            "--target",
            target,
        ]);
        process::run(cargo.arg("--manifest-path").arg(manifest()))?;
        let built = toolchain.target().join(target).join("release").join(result);
        put(&built, &folder.join(result))?;
    }
    if let Err(error) = fastly_js(&folder.join(FASTLY_JS)) {
        println!("  no HTMLRewritingStream: {error:#}");
    }
    Ok(())
}

/// Copies a result, unless it has not changed: what was compiled from it is then still of use.
fn put(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(to, bytes).with_context(|| format!("writing {}", to.display()))
}

/// Installs Fastly's JavaScript SDK and builds the program for it, unless this was done before.
fn fastly_js(result: &Path) -> Result<()> {
    let sources = paths::root().join("bench/peers/fastly-js");
    let place = paths::cache().join("bench/fastly-js");
    let mut is_new = !result.exists();
    fs::create_dir_all(&place).with_context(|| format!("making {}", place.display()))?;
    for file in ["package.json", "index.js"] {
        let source = fs::read(sources.join(file)).with_context(|| format!("reading {file}"))?;
        if fs::read(place.join(file)).is_ok_and(|there| there == source) {
            continue;
        }
        is_new = true;
        fs::write(place.join(file), source).with_context(|| format!("writing {file}"))?;
    }
    if !is_new {
        return Ok(());
    }
    println!(
        "  installing Fastly's JavaScript SDK into {}",
        place.display()
    );
    let mut npm = command("npm");
    npm.current_dir(&place);
    // No package here needs its install script.
    let options = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
    install(npm.args(options), "bench-fastly-js", None)?;
    let mut compiler = command(place.join("node_modules/.bin/js-compute-runtime"));
    compiler.current_dir(&place).arg("index.js").arg(result);
    install(&mut compiler, "bench-fastly-js-build", None)
}
