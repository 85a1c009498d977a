//! Finds the compilers, tools and runtimes, and installs those that are missing. Nothing is
//! installed twice, so every command asks for its needs here, each time.

mod apt;
mod cargo_tools;
mod host;
mod node;
mod report;
mod sysroot;
mod toolchain;

use std::{
    fs::{self, File, TryLockError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    build::Adapter,
    paths,
    versions::{
        BINARYEN, CARGO_CYCLONEDX, CARGO_FUZZ, CARGO_TOOLS, CargoTool, MDBOOK, NPM_TOOLS, NpmTool,
        VICEROY, WASM_BINDGEN, WASMTIME, WORKER_BUILD,
    },
};
use host::Host;
use report::Report;

pub(crate) use toolchain::Toolchain;

/// The things besides Rust that building and testing an adapter needs.
#[derive(Default)]
struct Needs {
    /// The compiler for WebAssembly.
    wasm: bool,
    npm: Vec<NpmTool>,
    cargo: Vec<CargoTool>,
}

impl Needs {
    /// Returns the combined needs of the adapters.
    fn of(adapters: &[Adapter]) -> Self {
        let has = |of: &[Adapter]| of.iter().any(|adapter| adapters.contains(adapter));
        let npm = NPM_TOOLS.into_iter().filter(|tool| has(tool.of));
        let cargo = CARGO_TOOLS.into_iter().filter(|tool| has(tool.of));
        Self {
            wasm: adapters.iter().any(|adapter| adapter.is_wasm()),
            npm: npm.collect(),
            cargo: cargo.collect(),
        }
    }
}

/// Finds or installs everything that building and testing the adapters needs, and prints what it
/// found. Independent installations run in parallel. Returns each installation with the time that
/// it took.
///
/// # Errors
/// Returns an error that names everything that can be neither found nor installed. Whatever does
/// not depend on these is installed.
pub(crate) fn all(adapters: &[Adapter]) -> Result<Vec<(String, Duration)>> {
    let _lock = lock()?;
    let report = Report::everything();
    let Needs { wasm, npm, cargo } = Needs::of(adapters);
    let errors: Vec<_> = thread::scope(|scope| {
        let steps = [
            scope.spawn(|| host::ensure_components(&report)),
            scope.spawn(|| match wasm {
                true => toolchain::ensure(&report).map(drop),
                false => Ok(()),
            }),
            scope.spawn(|| node::ensure(&npm, &report)),
            scope.spawn(|| cargo_tools::ensure(&cargo, &report)),
        ];
        let ended = steps.into_iter().map(thread::ScopedJoinHandle::join);
        let results = ended.map(|ended| ended.unwrap_or_else(|_| bail!("a step panicked")));
        results.filter_map(Result::err).collect()
    });
    if !errors.is_empty() {
        let errors: Vec<_> = errors.iter().map(|error| format!("{error:#}")).collect();
        bail!("set-up is not complete:\n{}", errors.join("\n"));
    }
    let installed = report.installed();
    let outcome = match installed.len() {
        0 => "nothing was installed".to_owned(),
        1 => "1 thing was installed".to_owned(),
        several => format!("{several} things were installed"),
    };
    let seconds = report.elapsed().as_secs_f32();
    println!("setup: everything is there, {outcome} ({seconds:.1} s)");
    Ok(installed)
}

/// Returns the compiler for WebAssembly.
///
/// # Errors
/// Returns an error if the compiler can be neither found nor made.
pub(crate) fn wasm_compiler() -> Result<Toolchain> {
    let _lock = lock()?;
    toolchain::ensure(&Report::installations())
}

/// Finds or installs the tools that `worker-build` and the tests of the Cloudflare adapter need,
/// and returns the compiler for WebAssembly.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn worker_tools() -> Result<Toolchain> {
    let _lock = lock()?;
    let report = Report::installations();
    let toolchain = toolchain::ensure(&report)?;
    node::ensure(&npm_of(Adapter::Cloudflare), &report)?;
    cargo_tools::ensure(&[WASM_BINDGEN, WORKER_BUILD], &report)?;
    Ok(toolchain)
}

/// Finds or installs the tools that make the npm package, and returns the compiler for WebAssembly.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn web_tools() -> Result<Toolchain> {
    let _lock = lock()?;
    let report = Report::installations();
    let toolchain = toolchain::ensure(&report)?;
    node::ensure(&[BINARYEN], &report)?;
    cargo_tools::ensure(&[WASM_BINDGEN], &report)?;
    Ok(toolchain)
}

/// Finds or installs the command line of wasm-bindgen, and returns the compiler for WebAssembly.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn bindgen() -> Result<Toolchain> {
    let _lock = lock()?;
    let report = Report::installations();
    cargo_tools::ensure(&[WASM_BINDGEN], &report)?;
    toolchain::ensure(&report)
}

/// Finds or installs the runtime that an adapter is tested on.
///
/// # Errors
/// Returns an error if the runtime can be neither found nor installed.
pub(crate) fn runtime(adapter: Adapter) -> Result<()> {
    let _lock = lock()?;
    let report = Report::installations();
    match adapter {
        Adapter::Native | Adapter::Tower => Ok(()),
        Adapter::Fastly => cargo_tools::ensure(&[VICEROY], &report),
        Adapter::Wasi | Adapter::Wasi3 => cargo_tools::ensure(&[WASMTIME], &report),
        Adapter::Cloudflare | Adapter::Web => node::ensure(&npm_of(adapter), &report),
    }
}

/// Finds or installs Node and the npm tools of an adapter.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn npm_tools(adapter: Adapter) -> Result<()> {
    let _lock = lock()?;
    node::ensure(&npm_of(adapter), &Report::installations())
}

/// Finds or installs the command that builds fuzz targets, and returns the target of the host.
///
/// # Errors
/// Returns an error if the command can be neither found nor installed, or if there is no compiler.
pub(crate) fn fuzzer() -> Result<String> {
    let _lock = lock()?;
    cargo_tools::ensure(&[CARGO_FUZZ], &Report::installations())?;
    Ok(Host::find()?.triple)
}

/// Returns the target of the host.
///
/// # Errors
/// Returns an error if there is no compiler.
pub(crate) fn host() -> Result<String> {
    Ok(Host::find()?.triple)
}

/// Finds or installs the command that makes a website of the book.
///
/// # Errors
/// Returns an error if the command can be neither found nor installed.
pub(crate) fn book() -> Result<()> {
    let _lock = lock()?;
    cargo_tools::ensure(&[MDBOOK], &Report::installations())
}

/// Finds or installs the command that lists what a package consists of.
///
/// # Errors
/// Returns an error if the command can be neither found nor installed.
pub(crate) fn bill_of_materials() -> Result<()> {
    let _lock = lock()?;
    cargo_tools::ensure(&[CARGO_CYCLONEDX], &Report::installations())
}

/// Finds or installs Node.
///
/// # Errors
/// Returns an error if it can be neither found nor installed.
pub(crate) fn node() -> Result<()> {
    let _lock = lock()?;
    node::ensure_node(&Report::installations())
}

/// Finds or installs Node and packages of Debian.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn node_and_debian(packages: &[&str], purpose: &str) -> Result<()> {
    let _lock = lock()?;
    let report = Report::installations();
    node::ensure_node(&report)?;
    apt::ensure(packages, purpose, &report).map(drop)
}

/// Finds or installs packages of Debian.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn debian(packages: &[&str], purpose: &str) -> Result<()> {
    let _lock = lock()?;
    apt::ensure(packages, purpose, &Report::installations()).map(drop)
}

fn npm_of(adapter: Adapter) -> Vec<NpmTool> {
    Needs::of(&[adapter]).npm
}

/// Waits until no other set-up changes the folder. Dropping the returned file releases the lock.
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
