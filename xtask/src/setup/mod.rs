//! Finds the compilers, tools and runtimes, and installs what is missing. What is there is never installed again, so
//! every command asks here for what it needs, each time.

mod apt;
mod cargo_tools;
mod host;
mod node;
mod report;
mod sysroot;
mod toolchain;

use std::{
    fs::{self, File, TryLockError},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{
    paths,
    versions::{CARGO_TOOLS, CargoTool, WASM_BINDGEN, WORKER_BUILD},
};
use report::Report;

pub(crate) use toolchain::Toolchain;

/// Finds or installs everything that building and testing needs, and says what it found.
///
/// # Errors
/// Something can be neither found nor installed; all such are named. What does not depend on them is installed.
pub(crate) fn all() -> Result<()> {
    let start = Instant::now();
    let _lock = lock()?;
    let report = Report::everything();
    let steps = [
        host::ensure_components(&report),
        toolchain::ensure(&report).map(drop),
        node::ensure(&report),
        cargo_tools::ensure(&CARGO_TOOLS, &report),
    ];
    let errors: Vec<_> = steps.into_iter().filter_map(Result::err).collect();
    if !errors.is_empty() {
        let errors: Vec<_> = errors.iter().map(|error| format!("{error:#}")).collect();
        bail!("set-up is not complete:\n{}", errors.join("\n"));
    }
    println!(
        "setup: everything is there, {} ({:.1} s)",
        report.outcome(),
        start.elapsed().as_secs_f32()
    );
    Ok(())
}

/// The compiler for WebAssembly.
///
/// # Errors
/// It can be neither found nor made.
pub(crate) fn wasm_compiler() -> Result<Toolchain> {
    let _lock = lock()?;
    toolchain::ensure(&Report::installations())
}

/// What `worker-build` and the tests of the Cloudflare adapter need, with the compiler for WebAssembly.
///
/// # Errors
/// Something can be neither found nor installed.
pub(crate) fn worker_tools() -> Result<Toolchain> {
    let _lock = lock()?;
    let report = Report::installations();
    let toolchain = toolchain::ensure(&report)?;
    node::ensure(&report)?;
    cargo_tools::ensure(&[WASM_BINDGEN, WORKER_BUILD], &report)?;
    Ok(toolchain)
}

/// One tool that cargo installs.
///
/// # Errors
/// It can be neither found nor installed.
pub(crate) fn cargo_tool(tool: CargoTool) -> Result<()> {
    let _lock = lock()?;
    cargo_tools::ensure(&[tool], &Report::installations())
}

/// The tools that npm installs.
///
/// # Errors
/// They can be neither found nor installed.
pub(crate) fn npm_tools() -> Result<()> {
    let _lock = lock()?;
    node::ensure(&Report::installations())
}

/// Only one set-up at a time changes the folder; the lock ends with the returned file.
fn lock() -> Result<File> {
    let path = paths::cache().join("setup.lock");
    fs::create_dir_all(paths::cache())
        .with_context(|| format!("making {}", paths::cache().display()))?;
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => println!("setup: waiting for another set-up to end"),
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("locking {}", path.display()));
        }
    }
    file.lock()
        .with_context(|| format!("locking {}", path.display()))?;
    Ok(file)
}
