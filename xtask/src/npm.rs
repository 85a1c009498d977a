//! Makes the npm package `streamgate` of its modules in `adapters/web/npm/` and `adapters/node/`,
//! and of the compiled one.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
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

/// The modules for every runtime.
const MODULES: &str = "adapters/web/npm";

/// The modules over Node's HTTP.
const OVER_NODE: &str = "adapters/node";

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
    docs::copy(&paths::root().join(MODULES), folder)?;
    let over_node = paths::root().join(OVER_NODE);
    for entry in fs::read_dir(&over_node).context("reading the modules over Node's HTTP")? {
        let entry = entry?;
        put(&entry.path(), &folder.join(entry.file_name()))?;
    }
    for file in ["streamgate.js", "streamgate_bg.wasm"] {
        put(&compiled.join(file), &folder.join(file))?;
    }
    for file in BESIDE {
        let from = paths::root().join(file);
        let name = from.file_name().context("a file has a name")?;
        put(&from, &folder.join(name))?;
    }
    Ok(())
}

/// Packs the package into a folder, and returns the archive.
///
/// # Errors
/// Returns an error if npm fails.
pub(crate) fn pack(folder: &Path) -> Result<PathBuf> {
    let mut npm = process::command("npm");
    npm.args(["pack", "--silent", "--pack-destination"])
        .arg(folder);
    process::run(npm.current_dir(paths::edge().join("web")))?;
    Ok(folder.join(format!("streamgate-{}.tgz", env!("CARGO_PKG_VERSION"))))
}

/// Packs the package, installs it into an empty project, and runs the servers of the book there.
///
/// # Errors
/// Returns an error if npm fails, or if a server does not answer as it must.
pub(crate) fn try_out() -> Result<()> {
    let folder = paths::target().join("npm");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let archive = pack(&folder)?;
    let mut node = process::command("node");
    node.arg(paths::root().join("tests/npm/try.mjs"))
        .arg(archive);
    node.arg(paths::root().join("docs/web.md"));
    process::run(node.arg(folder.join("project")))
}

fn process_module(module: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = process::command("wasm-bindgen");
    bindgen.args([
        "--target",
        "web",
        "--no-typescript",
        "--out-name",
        "streamgate",
    ]);
    process::run(bindgen.arg("--out-dir").arg(folder).arg(module))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_has_the_version_of_the_workspace() {
        let manifest = paths::root().join("adapters/web/npm/package.json");
        let manifest = fs::read(manifest).expect("the manifest");
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    }
}
