//! Debian's compiler for WebAssembly: a sysroot whose standard libraries are built once, from the
//! source that Debian packages with its compiler.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};

use super::{apt, host::Host, report::Report};
use crate::{
    paths,
    process::{command, install},
    versions::{DEBIAN_LINKER, DEBIAN_TOOLCHAIN, WASM_TARGETS},
};

/// The purpose that is shown for everything installed here.
pub(super) const PURPOSE: &str = "compiles the adapters for the edge";
/// To be incremented when this file makes a different sysroot from the same packages.
const RECIPE: u32 = 1;
/// The file that records the packages that a sysroot was made of, and when it was made.
const STAMP: &str = "stamp";
/// The folder of the objects in Debian's wasi-libc.
const WASI_LIBC: &str = "/usr/lib/wasm32-wasi";
/// The objects in that folder that the standard library of a WASI target links.
const WASI_OBJECTS: [&str; 3] = ["crt1-command.o", "crt1-reactor.o", "libc.a"];

/// A sysroot for Debian's compiler, with a `bin` folder that makes it a toolchain.
pub(crate) struct Sysroot {
    /// The folder of the sysroot.
    pub(crate) folder: PathBuf,
    /// A key that differs for each build of the sysroot.
    pub(crate) key: String,
}

impl Sysroot {
    /// Returns the sysroot that was made from the currently installed packages, if it exists.
    pub(super) fn find() -> Option<Self> {
        Self::made_of(&apt::find(&DEBIAN_TOOLCHAIN)?)
    }

    /// Finds the sysroot, or makes it.
    ///
    /// # Errors
    /// Returns an error if Debian's packages cannot be installed, or the standard libraries cannot
    /// be built.
    pub(super) fn ensure(host: &Host, report: &Report) -> Result<Self> {
        let packages = apt::ensure(&DEBIAN_TOOLCHAIN, PURPOSE, report)?;
        if let Some(sysroot) = Self::made_of(&packages) {
            return Ok(sysroot);
        }
        let what = "the WebAssembly standard libraries for Debian's Rust";
        report.installing(what, PURPOSE, "about 5 min", || {
            make(&folder(), &packages, host)
        })?;
        Self::made_of(&packages).context("the sysroot that was just made is not there")
    }

    /// Returns the folder of `rust-lld`: rustup's, or a folder with a script of that name that
    /// calls Debian's linker.
    ///
    /// # Errors
    /// Returns an error if Debian's linker cannot be installed.
    pub(super) fn linkers(&self, host: &Host, report: &Report) -> Result<PathBuf> {
        if let Some(linkers) = host.linkers() {
            return Ok(linkers);
        }
        let (package, program) = DEBIAN_LINKER;
        apt::ensure(&[package], PURPOSE, report)?;
        let linkers = self.folder.join("linkers");
        fs::create_dir_all(&linkers).with_context(|| format!("making {}", linkers.display()))?;
        script(&linkers.join("rust-lld"), program)?;
        Ok(linkers)
    }

    fn made_of(packages: &str) -> Option<Self> {
        let folder = folder();
        let stamp = fs::read_to_string(folder.join(STAMP)).ok()?;
        stamp.starts_with(&inputs(packages)).then(|| {
            let mut hasher = DefaultHasher::new();
            stamp.hash(&mut hasher);
            Self {
                folder,
                key: format!("{:016x}", hasher.finish()),
            }
        })
    }
}

fn folder() -> PathBuf {
    paths::cache().join("toolchain")
}

fn inputs(packages: &str) -> String {
    format!("recipe {RECIPE}\n{packages}")
}

/// Returns Debian's cargo, which uses Debian's compiler and its default sysroot.
pub(super) fn debian_cargo() -> Command {
    let mut cargo = command("/usr/bin/cargo");
    let mut folders = vec![PathBuf::from("/usr/bin")];
    folders.extend(paths::search_path());
    cargo.env("PATH", paths::join(folders));
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Makes the sysroot beside `folder`, and moves it there when it is complete.
fn make(folder: &Path, packages: &str, host: &Host) -> Result<()> {
    let work = paths::cache().join("toolchain-build");
    remove(&work)?;
    let new = work.join("toolchain");
    let empty = work.join("empty");
    fs::create_dir_all(empty.join("src"))?;
    fs::write(
        empty.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(empty.join("src/lib.rs"), "#![no_std]\n")?;
    build_standard_libraries(&empty)?;
    for target in WASM_TARGETS {
        let built = empty.join("target").join(target).join("release/deps");
        collect(
            target,
            &built,
            &new.join("lib/rustlib").join(target).join("lib"),
        )?;
    }
    // Build scripts and procedural macros run on the host.
    symlink(
        Path::new("/usr/lib/rustlib").join(&host.triple),
        new.join("lib/rustlib").join(&host.triple),
    )?;
    fs::create_dir_all(new.join("bin"))?;
    symlink("/usr/bin/cargo", new.join("bin/cargo"))?;
    for program in ["rustc", "rustdoc"] {
        let call = format!("/usr/bin/{program} --sysroot '{}'", folder.display());
        script(&new.join("bin").join(program), &call)?;
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let stamp = format!("{}built {}\n", inputs(packages), now.as_nanos());
    fs::write(new.join(STAMP), stamp)?;
    remove(folder)?;
    fs::rename(&new, folder)
        .with_context(|| format!("moving the toolchain to {}", folder.display()))?;
    remove(&work)
}

/// Builds the standard library of each target, as the dependency of an empty crate.
fn build_standard_libraries(empty: &Path) -> Result<()> {
    let mut cargo = debian_cargo();
    cargo.current_dir(empty).args([
        "build",
        "--release",
        "-Zbuild-std=std,panic_abort,proc_macro,test",
    ]);
    for target in WASM_TARGETS {
        cargo.args(["--target", target]);
    }
    cargo
        // Makes a released compiler accept the unstable flag for building its standard library.
        .env("RUSTC_BOOTSTRAP", "1")
        // Without embedded bitcode, the standard library takes no part in the adapters' link-time
        // optimisation.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", empty.join("target"));
    install(&mut cargo, "standard-libraries", None)
}

/// Copies the libraries built for `target`, and the objects that they link, to `libraries`.
fn collect(target: &str, built: &Path, libraries: &Path) -> Result<()> {
    let own = libraries.join("self-contained");
    fs::create_dir_all(&own).with_context(|| format!("making {}", own.display()))?;
    for entry in fs::read_dir(built).with_context(|| format!("reading {}", built.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(&path, libraries.join(name))
                .with_context(|| format!("copying {}", path.display()))?;
        }
    }
    if target.contains("wasi") {
        for object in WASI_OBJECTS {
            let path = Path::new(WASI_LIBC).join(object);
            fs::copy(&path, own.join(object))
                .with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}

/// Writes a script that replaces itself by `call` with the arguments of the script.
fn script(path: &Path, call: &str) -> Result<()> {
    let write = || {
        fs::write(path, format!("#!/bin/sh\nexec {call} \"$@\"\n"))?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
    };
    write().with_context(|| format!("writing {}", path.display()))
}

/// Removes a folder if it exists.
fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    Ok(())
}
