//! Makes the package of each platform with that platform's own tool, and measures the deployed
//! modules.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    build::{self, Adapter},
    npm, paths,
    process::{self, host_cargo},
    setup,
    versions::{CLOUDFLARE_TARGET, FASTLY_TARGET, WASI_TARGET},
};

/// The modules that are deployed, with the names of their platforms.
const MODULES: [(&str, &str); 5] = [
    ("Fastly Compute", "fastly.wasm"),
    ("Cloudflare Workers", "cloudflare/index_bg.wasm"),
    ("WASI HTTP 0.2", "wasi.wasm"),
    ("WASI HTTP 0.3", "wasi3.wasm"),
    ("Node, Deno, Bun, service workers", "web/streamgate_bg.wasm"),
];

/// The package that `fastly compute build` makes, named after the manifest.
const FASTLY: &str = "pkg/streamgate.tar.gz";

/// What belongs to every archive.
const BESIDE: [&str; 2] = ["LICENSE", "NOTICE"];

/// The manifests for those who deploy a module as it was built.
const FASTLY_MANIFEST: &str = "adapters/fastly/deploy/fastly.toml";
const WRANGLER_MANIFEST: &str = "adapters/cloudflare/deploy/wrangler.toml";

/// What belongs to the native gate beside its binary.
const BESIDE_NATIVE: [&str; 3] = [
    "adapters/native/deploy/Containerfile",
    "adapters/native/deploy/streamgate.service",
    "docs/streamgate.schema.json",
];

/// Builds all adapters, makes what is published of each in `target/package`, with a bill of
/// materials for each and a checksum for every file, and prints the sizes of the modules.
///
/// # Errors
/// Returns an error if a build or a tool fails, or if a result can be neither read nor written.
pub(crate) fn run() -> Result<()> {
    setup::bill_of_materials()?;
    build::run(&[])?;
    let folder = paths::target().join("package");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("emptying {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    for adapter in build::or_all(&[]) {
        make(*adapter)?;
        publish(*adapter, &folder)?;
        list_materials(*adapter, &folder)?;
    }
    sum(&folder)?;
    println!("\n| module | bytes | bytes, gzip |\n| --- | ---: | ---: |");
    for (platform, file) in MODULES {
        let path = paths::edge().join(file);
        println!("| {platform} | {} | {} |", size(&path)?, gzip_size(&path)?);
    }
    println!("\npackages: {}", folder.display());
    Ok(())
}

/// Puts what is published of an adapter into a folder.
fn publish(adapter: Adapter, folder: &Path) -> Result<()> {
    let root = paths::root();
    let beside = BESIDE.iter().map(|file| root.join(file));
    match adapter {
        Adapter::Native => {
            let name = format!("streamgate-{}", setup::host()?);
            let staged = stage(&name)?;
            let files = beside.chain(BESIDE_NATIVE.iter().map(|file| root.join(file)));
            let binary = paths::edge().join("streamgate");
            copy_into(&staged.join(&name), files.chain([binary]))?;
            archive(&staged, &name, &folder.join(format!("{name}.tar.gz")))
        }
        Adapter::Fastly => {
            let staged = stage("streamgate")?;
            process::run(
                process::command("tar")
                    .args(["--extract", "--gzip", "--file"])
                    .arg(root.join(FASTLY))
                    .arg("--directory")
                    .arg(&staged),
            )?;
            // In place of the one by which this repository builds it.
            let files = beside.chain([root.join(FASTLY_MANIFEST)]);
            copy_into(&staged.join("streamgate"), files)?;
            let package = folder.join("streamgate-fastly.tar.gz");
            archive(&staged, "streamgate", &package)?;
            validate(&package)
        }
        Adapter::Wasi | Adapter::Wasi3 => copy(
            &paths::edge().join(format!("{}.wasm", adapter.name())),
            &folder.join(format!("{}.wasm", adapter.package())),
        ),
        // A crate, which cargo packs.
        Adapter::Tower => Ok(()),
        Adapter::Web => npm::pack(folder).map(drop),
        Adapter::Cloudflare => {
            let name = "streamgate-cloudflare";
            let staged = stage(name)?;
            let mut files = vec![root.join(WRANGLER_MANIFEST)];
            let built = paths::edge().join("cloudflare");
            for entry in fs::read_dir(&built).context("reading the Worker")? {
                files.push(entry.context("reading the Worker")?.path());
            }
            files.retain(|file| file.is_file());
            copy_into(&staged.join(name), beside.chain(files))?;
            archive(&staged, name, &folder.join(format!("{name}.tar.gz")))
        }
    }
}

/// Makes an empty folder of that name, in an empty folder, which it returns.
fn stage(name: &str) -> Result<PathBuf> {
    let staged = paths::target().join("package-staged");
    if staged.exists() {
        fs::remove_dir_all(&staged).with_context(|| format!("emptying {}", staged.display()))?;
    }
    fs::create_dir_all(staged.join(name))
        .with_context(|| format!("making {}", staged.display()))?;
    Ok(staged)
}

fn copy_into(folder: &Path, files: impl IntoIterator<Item = PathBuf>) -> Result<()> {
    for file in files {
        let name = file.file_name().context("a file has a name")?;
        copy(&file, &folder.join(name))?;
    }
    Ok(())
}

/// Packs a folder in `staged` into a file. The same files make the same bytes.
fn archive(staged: &Path, name: &str, file: &Path) -> Result<()> {
    process::run(
        process::command("tar")
            .args(["--create", "--sort=name", "--mtime=@0"])
            .arg("--use-compress-program=gzip --no-name")
            .args(["--owner=0", "--group=0", "--numeric-owner"])
            .arg("--file")
            .arg(file)
            .arg("--directory")
            .arg(staged)
            .arg(name),
    )
}

/// Writes which crates an adapter consists of, in CycloneDX's form.
fn list_materials(adapter: Adapter, folder: &Path) -> Result<()> {
    let triple = match adapter {
        Adapter::Native | Adapter::Tower => setup::host()?,
        Adapter::Fastly => FASTLY_TARGET.to_owned(),
        Adapter::Cloudflare | Adapter::Web => CLOUDFLARE_TARGET.to_owned(),
        Adapter::Wasi | Adapter::Wasi3 => WASI_TARGET.to_owned(),
    };
    let package = paths::root().join("adapters").join(adapter.name());
    let file = format!("{}.cdx.json", adapter.package());
    let mut cargo = host_cargo();
    cargo.args(["cyclonedx", "--format", "json", "--spec-version", "1.5"]);
    cargo.args(["--no-build-deps", "--target", &triple, "--quiet"]);
    cargo.args(["--override-filename", file.trim_end_matches(".json")]);
    cargo.arg("--manifest-path").arg(package.join("Cargo.toml"));
    process::run(&mut cargo)?;
    let written = package.join(&file);
    let bill =
        fs::read_to_string(&written).with_context(|| format!("reading {}", written.display()))?;
    // Where the repository is on this machine is nobody's business.
    let here = format!("file://{}/", paths::root().display());
    fs::write(folder.join(&file), bill.replace(&here, "file:"))
        .with_context(|| format!("writing {file}"))?;
    // It lists what every member of the workspace consists of.
    for member in members()? {
        let written = member.join(&file);
        fs::remove_file(&written).with_context(|| format!("removing {}", written.display()))?;
    }
    Ok(())
}

/// Returns the folders of the workspace's packages.
fn members() -> Result<Vec<PathBuf>> {
    let mut cargo = host_cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let text = process::output(&mut cargo).context("cargo metadata fails")?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let manifests = packages.filter_map(|package| package["manifest_path"].as_str());
    let folders = manifests.filter_map(|manifest| Path::new(manifest).parent());
    Ok(folders.map(Path::to_path_buf).collect())
}

/// Writes the checksums of all files of a folder, for `sha256sum --check`.
fn sum(folder: &Path) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).context("reading the packages")? {
        names.push(entry.context("reading the packages")?.file_name());
    }
    names.sort();
    let mut command = process::command("sha256sum");
    command.current_dir(folder).args(names);
    let sums = process::output(&mut command).context("sha256sum fails")?;
    fs::write(folder.join("SHA256SUMS"), sums).context("writing the checksums")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))
}

/// Makes the package of an adapter as it would be uploaded, with `wrangler deploy --dry-run`, or
/// with `fastly compute build` and `fastly compute validate`; or packs the npm package, and tries it
/// in an empty project. The other adapters have no package.
///
/// # Errors
/// Returns an error if the platform's tool cannot be set up, or fails.
pub(crate) fn make(adapter: Adapter) -> Result<()> {
    setup::npm_tools(adapter)?;
    match adapter {
        Adapter::Cloudflare => process::run(
            process::command("wrangler")
                .args(["deploy", "--dry-run", "--outdir"])
                .arg(paths::root().join("target/wrangler"))
                .env("WRANGLER_SEND_METRICS", "false"),
        ),
        Adapter::Fastly => {
            process::run(process::command("fastly").args([
                "compute",
                "build",
                "--non-interactive",
                "--accept-defaults",
            ]))?;
            validate(&paths::root().join(FASTLY))
        }
        Adapter::Web => npm::try_out(),
        Adapter::Native | Adapter::Wasi | Adapter::Wasi3 | Adapter::Tower => Ok(()),
    }
}

/// Lets Fastly's own tool look at a package.
fn validate(package: &Path) -> Result<()> {
    process::run(
        process::command("fastly")
            .args(["compute", "validate", "--package"])
            .arg(package),
    )
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path)
        .with_context(|| format!("reading {}", path.display()))?
        .len())
}

fn gzip_size(path: &Path) -> Result<usize> {
    let output = process::command("gzip")
        .arg("-9c")
        .arg(path)
        .output()
        .context("starting gzip")?;
    Ok(output.stdout.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(file: &str) -> toml::Table {
        let text = fs::read_to_string(paths::root().join(file)).expect(file);
        text.parse().expect(file)
    }

    #[test]
    fn what_is_published_runs_as_what_is_built() {
        let (built, published) = (manifest("wrangler.toml"), manifest(WRANGLER_MANIFEST));
        for key in ["name", "compatibility_date", "compatibility_flags"] {
            assert_eq!(published.get(key), built.get(key), "{key}");
        }
        let (built, published) = (manifest("fastly.toml"), manifest(FASTLY_MANIFEST));
        for key in ["manifest_version", "name", "language", "setup"] {
            assert_eq!(published.get(key), built.get(key), "{key}");
        }
    }
}
