//! Installs the browser and the applications, each into a folder of its own.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::Value;

use super::folder;
use crate::{
    paths,
    process::{command, install, output},
    setup,
};

/// The folder of the browser's driver, whose package is installed as those of applications are.
pub(crate) const DRIVER: &str = "driver";

/// The folders that installations fill, which outlive a change of the sources.
const INSTALLED: [&str; 2] = ["node_modules", "venv"];

/// Returns the folder that an application is installed to.
pub(crate) fn place(name: &str) -> PathBuf {
    paths::cache().join("apps").join(name)
}

/// Finds or installs Chromium, Node, and what drives the browser.
///
/// # Errors
/// Returns an error if one of them can be neither found nor installed.
pub(crate) fn browser() -> Result<()> {
    let purpose = "the browser that applications are visited with, and its certificates";
    setup::node_and_debian(&["chromium", "openssl"], purpose)?;
    app(&folder().join(DRIVER), DRIVER)
}

/// Copies the sources of an application to its place, installs what they need and builds them,
/// unless all of this has been done with the same sources.
///
/// # Errors
/// Returns an error if an installation or a build fails.
pub(crate) fn app(sources: &Path, name: &str) -> Result<()> {
    let place = place(name);
    let stamp = place.join("installed.stamp");
    let files = files(sources, Path::new(""))?;
    let made_of = hash(sources, &files)?;
    let about = fs::read(sources.join("app.json")).unwrap_or_else(|_| b"{}".to_vec());
    let about: Value = serde_json::from_slice(&about)
        .with_context(|| format!("reading {}", sources.join("app.json").display()))?;
    let debian: Vec<_> = list(&about["debian"]);
    if !debian.is_empty() {
        setup::node_and_debian(&debian, &format!("needed by the application {name}"))?;
    }
    if fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == made_of) {
        return Ok(());
    }
    println!("  installing {name} into {}", place.display());
    copy(sources, &files, &place)?;
    let run = |step: &str, command: &mut Command| {
        command.current_dir(&place);
        install(command, &format!("apps-{name}-{step}"), None)
    };
    if place.join("package.json").is_file() {
        // No package here needs its install script.
        let options = ["install", "--ignore-scripts", "--no-audit", "--no-fund"];
        run("npm", command("npm").args(options))?;
    }
    if place.join("requirements.txt").is_file() {
        ensure_venv()?;
        run("venv", command("python3").args(["-m", "venv", "venv"]))?;
        let options = ["install", "--quiet", "--requirement", "requirements.txt"];
        run("pip", command(place.join("venv/bin/pip")).args(options))?;
    }
    let build = list(&about["build"]);
    if let [program, arguments @ ..] = &build[..] {
        run("build", command(program).args(arguments))?;
    }
    fs::write(&stamp, made_of).with_context(|| format!("writing {}", stamp.display()))
}

/// Finds or installs what makes virtual environments, which Debian separates from Python.
fn ensure_venv() -> Result<()> {
    match output(command("python3").args(["-m", "ensurepip", "--version"])) {
        Some(_) => Ok(()),
        None => setup::node_and_debian(&["python3-venv"], "for applications in Python"),
    }
}

/// Returns the texts in a list.
fn list(value: &Value) -> Vec<&str> {
    let values = value.as_array().into_iter().flatten();
    values.filter_map(Value::as_str).collect()
}

/// Returns the paths of all files in a folder, in order.
fn files(root: &Path, below: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let folder = root.join(below);
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            found.extend(files(root, &path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Returns a hash of the files that determine what is installed.
fn hash(root: &Path, files: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|file| is_installed(file)) {
        let bytes = fs::read(root.join(file));
        let bytes = bytes.with_context(|| format!("reading {}", file.display()))?;
        (file, bytes).hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Returns whether a file is part of an application, rather than of its visit.
fn is_installed(file: &Path) -> bool {
    file != Path::new("flow.mjs") && file.extension().is_none_or(|extension| extension != "toml")
}

/// Copies the sources. Removes those of before, and all that was built from them.
fn copy(sources: &Path, files: &[PathBuf], place: &Path) -> Result<()> {
    let copy_all = || {
        fs::create_dir_all(place)?;
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            let name = entry.file_name();
            if INSTALLED.iter().any(|kept| name == *kept) {
                continue;
            }
            match entry.file_type()?.is_dir() {
                true => fs::remove_dir_all(entry.path())?,
                false => fs::remove_file(entry.path())?,
            }
        }
        for file in files.iter().filter(|file| is_installed(file)) {
            let to = place.join(file);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::copy(sources.join(file), to)?;
        }
        Ok::<_, std::io::Error>(())
    };
    copy_all().with_context(|| format!("copying {} to {}", sources.display(), place.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_installed;

    #[test]
    fn a_change_of_a_visit_installs_nothing() {
        for (file, expected) in [
            ("flow.mjs", false),
            ("streamgate.toml", false),
            ("app/flow.mjs", true),
            ("server.mjs", true),
            ("Makefile", true),
        ] {
            assert_eq!(is_installed(Path::new(file)), expected, "{file}");
        }
    }
}
