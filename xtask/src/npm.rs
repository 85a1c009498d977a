//! Makes the npm package `streamgate` of its modules in `adapters/web/npm/` and of the compiled one.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

use anyhow::{Context, Result};

use crate::{
    docs, lockfile, paths, process,
    versions::{BINARYEN, WASM_BINDGEN},
};

/// What the optimiser may use: what Node 20, the oldest of the runtimes, runs.
const FEATURES: [&str; 6] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// The files beside the modules.
const BESIDE: [&str; 3] = ["LICENSE", "NOTICE", "adapters/web/README.md"];

/// Makes the package in `folder`. The module is processed only if it is another one than before.
///
/// # Errors
/// Returns an error if a tool fails, or if a file can be neither read nor written.
pub(crate) fn make(module: &Path, folder: &Path) -> Result<()> {
    let stamp = folder.with_extension("stamp");
    let made_of = inputs(module)?;
    let compiled = folder.with_extension("compiled");
    let is_made = compiled.is_dir() && fs::read_to_string(&stamp).is_ok_and(|was| was == made_of);
    if !is_made {
        process_module(module, &compiled)?;
        fs::write(&stamp, made_of).with_context(|| format!("writing {}", stamp.display()))?;
    }
    docs::copy(&paths::root().join("adapters/web/npm"), folder)?;
    for file in ["streamgate.js", "streamgate.d.ts", "streamgate_bg.wasm"] {
        put(&compiled.join(file), &folder.join(file))?;
    }
    for file in BESIDE {
        let from = paths::root().join(file);
        let name = from.file_name().context("a file has a name")?;
        put(&from, &folder.join(name))?;
    }
    Ok(())
}

fn process_module(module: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = process::command("wasm-bindgen");
    bindgen.args(["--target", "web", "--out-name", "streamgate", "--out-dir"]);
    process::run(bindgen.arg(folder).arg(module))?;
    let bound = folder.join("streamgate_bg.wasm");
    let mut optimiser = process::command("wasm-opt");
    optimiser.arg("-O").args(FEATURES).arg(&bound);
    process::run(optimiser.arg("--output").arg(&bound))
}

/// Returns a hash of everything that determines the processed module.
fn inputs(module: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(module)
        .with_context(|| format!("reading {}", module.display()))?
        .hash(&mut hasher);
    (lockfile::version_of("wasm-bindgen")?, BINARYEN.version).hash(&mut hasher);
    (FEATURES, WASM_BINDGEN.package).hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

fn put(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))
}
