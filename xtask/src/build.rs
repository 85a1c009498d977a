//! Builds the adapters, optimised, and puts each result where tests, packages and users look for
//! it.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::{
    lockfile, npm, paths, process,
    setup::{self, Toolchain},
    versions::{CLOUDFLARE_TARGET, FASTLY_TARGET, NPM_TOOLS, WASI_TARGET, WORKER_BUILD_VERSION},
};

/// An adapter, with the location of its build result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Adapter {
    /// target/edge/streamgate
    Native,
    /// target/edge/fastly.wasm and bin/main.wasm
    Fastly,
    /// target/edge/cloudflare/
    Cloudflare,
    /// target/edge/wasi.wasm
    Wasi,
    /// target/edge/wasi3.wasm
    Wasi3,
    /// target/edge/tower, a server of hyper with the tower service
    Tower,
    /// target/edge/web/
    #[value(aliases = ["node", "deno", "bun"])]
    Web,
}

impl Adapter {
    /// Returns the name of the adapter on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Returns whether the adapter is compiled to WebAssembly.
    pub(crate) fn is_wasm(self) -> bool {
        !matches!(self, Self::Native | Self::Tower)
    }

    /// Returns the names of the adapter's runtimes for the conformance runner.
    pub(crate) fn runtimes(self) -> Vec<String> {
        match self {
            Self::Web => ["node", "deno", "bun"].map(str::to_owned).to_vec(),
            _ => vec![self.name()],
        }
    }

    /// Returns the name of the adapter's package.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Native => "streamgate-native",
            Self::Fastly => "streamgate-fastly",
            Self::Cloudflare => "streamgate-cloudflare",
            Self::Wasi => "streamgate-wasi",
            Self::Wasi3 => "streamgate-wasi3",
            Self::Tower => "streamgate-tower",
            Self::Web => "streamgate-web",
        }
    }
}

/// Returns the adapters, or all that exist if none is named.
pub(crate) fn or_all(adapters: &[Adapter]) -> &[Adapter] {
    match adapters {
        [] => Adapter::value_variants(),
        _ => adapters,
    }
}

/// Builds the adapters, or all of them if none is named.
///
/// # Errors
/// Returns an error if the tools for a build cannot be set up, or a build fails. The adapters that
/// follow are not built.
pub(crate) fn run(adapters: &[Adapter]) -> Result<()> {
    for adapter in or_all(adapters) {
        build(*adapter).with_context(|| format!("building {}", adapter.package()))?;
    }
    Ok(())
}

/// Sets the variable that `worker-build` compiles the macros of the Cloudflare adapter with. Cargo
/// does not notice when that variable changes, so every build must set it.
pub(crate) fn for_worker(cargo: &mut Command) -> &mut Command {
    cargo.env("WASM_BINDGEN_USE_JS_SYS", "1")
}

fn build(adapter: Adapter) -> Result<()> {
    let edge = paths::edge();
    match adapter {
        Adapter::Native => {
            process::run(process::host_cargo().args([
                "build",
                "--release",
                "--package",
                adapter.package(),
            ]))?;
            put(
                &paths::target().join("release/streamgate"),
                &edge.join("streamgate"),
            )
        }
        Adapter::Fastly => {
            let module = wasm(
                &setup::wasm_compiler()?,
                adapter,
                FASTLY_TARGET,
                "streamgate-fastly.wasm",
            )?;
            put(&module, &edge.join("fastly.wasm"))?;
            // `fastly compute build` takes the result of its build script from here.
            put(&module, &paths::root().join("bin/main.wasm"))
        }
        Adapter::Wasi | Adapter::Wasi3 => {
            let module = wasm(
                &setup::wasm_compiler()?,
                adapter,
                WASI_TARGET,
                &format!("{}.wasm", adapter.package().replace('-', "_")),
            )?;
            put(&module, &edge.join(format!("{}.wasm", adapter.name())))
        }
        Adapter::Tower => {
            let package = adapter.package();
            let mut cargo = process::host_cargo();
            cargo.args([
                "build",
                "--release",
                "--package",
                package,
                "--example",
                "hyper",
            ]);
            process::run(&mut cargo)?;
            put(
                &paths::target().join("release/examples/hyper"),
                &edge.join("tower"),
            )
        }
        Adapter::Cloudflare => {
            let toolchain = setup::worker_tools()?;
            let module = wasm(
                &toolchain,
                adapter,
                CLOUDFLARE_TARGET,
                "streamgate_cloudflare.wasm",
            )?;
            worker(&toolchain, &module, &edge.join("cloudflare"))
        }
        Adapter::Web => {
            let toolchain = setup::web_tools()?;
            let module = wasm(
                &toolchain,
                adapter,
                CLOUDFLARE_TARGET,
                "streamgate_web.wasm",
            )?;
            npm::make(&module, &edge.join("web"))
        }
    }
}

/// Builds the package of an adapter for its target and returns the path of the module.
fn wasm(toolchain: &Toolchain, adapter: Adapter, target: &str, module: &str) -> Result<PathBuf> {
    let mut cargo = toolchain.cargo();
    cargo.args([
        "build",
        "--release",
        "--target",
        target,
        "--package",
        adapter.package(),
    ]);
    process::run(for_worker(&mut cargo))?;
    Ok(toolchain.target().join(target).join("release").join(module))
}

/// Makes the entry point and the module of the Worker from cargo's output, unless they are up to
/// date.
fn worker(toolchain: &Toolchain, module: &Path, folder: &Path) -> Result<()> {
    let stamp = folder.with_extension("stamp");
    let made_of = worker_inputs(module)?;
    if folder.join("index.js").is_file()
        && fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == made_of)
    {
        return Ok(());
    }
    let mut tool = toolchain.command("worker-build");
    tool.current_dir(paths::root().join("adapters/cloudflare"));
    tool.args(["--release", "--out-dir"]).arg(folder);
    // worker-build downloads each program whose path it is not given.
    for (name, program) in [
        ("WASM_BINDGEN_BIN", "wasm-bindgen"),
        ("WASM_OPT_BIN", "wasm-opt"),
        ("ESBUILD_BIN", "esbuild"),
    ] {
        tool.env(
            name,
            paths::find(program).with_context(|| format!("{program} is not there"))?,
        );
    }
    process::run(&mut tool)?;
    put_entry(&folder.join("index.js"))?;
    fs::write(&stamp, made_of).with_context(|| format!("writing {}", stamp.display()))
}

/// Returns the source of the Worker's own entry point.
fn entry() -> Result<String> {
    let path = paths::root().join("adapters/cloudflare/src/entry.js");
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// Puts the Worker's own entry point in the place of the one that worker-build has made.
fn put_entry(module: &Path) -> Result<()> {
    let made = fs::read_to_string(module)?;
    let replaced = with_entry(&made, &entry()?)
        .with_context(|| format!("{} exports no default", module.display()))?;
    fs::write(module, replaced).with_context(|| format!("writing {}", module.display()))
}

/// Returns a minified module that exports the `Entry` of a source by default, in which `Generated`
/// stands for what it exported before.
fn with_entry(module: &str, entry: &str) -> Option<String> {
    let (before, after) = module.rsplit_once(" as default")?;
    let start = before.rfind([',', '{'])? + 1;
    let (before, generated) = before.split_at(start);
    let entry = entry.replace("Generated", generated);
    Some(format!("{before}Entry as default{after}\n{entry}"))
}

/// Returns a hash of everything that determines the Worker: the compiled module, its entry point
/// and the versions of the tools that process them.
fn worker_inputs(module: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(module)
        .with_context(|| format!("reading {}", module.display()))?
        .hash(&mut hasher);
    (
        lockfile::version_of("wasm-bindgen")?,
        WORKER_BUILD_VERSION,
        NPM_TOOLS,
        entry()?,
    )
        .hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// Copies a result without disturbing programs that run or read the old file.
fn put(from: &Path, to: &Path) -> Result<()> {
    let copy = || {
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = to.with_extension("new");
        fs::copy(from, &new)?;
        fs::rename(&new, to)
    };
    copy().with_context(|| format!("copying {} to {}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::with_entry;

    #[test]
    fn a_module_gets_its_own_entry_point() {
        let made = "var a=class{};export{b as B,a as default};\n";
        let entry = "const Entry = Generated;\n";
        let expected = "var a=class{};export{b as B,Entry as default};\n\nconst Entry = a;\n";
        assert_eq!(with_entry(made, entry).as_deref(), Some(expected));
        assert_eq!(with_entry("export{a};", entry), None);
    }
}
