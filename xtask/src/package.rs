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
const MODULES: [(&str, &str); 4] = [
    ("Fastly Compute", "fastly.wasm"),
    ("Cloudflare Workers", "cloudflare/index_bg.wasm"),
    ("WASI HTTP", "wasi.wasm"),
    ("Node, Deno, Bun, service workers", "web/streamgate_bg.wasm"),
];

/// The package that `fastly compute build` makes, named after the manifest.
const FASTLY: &str = "pkg/streamgate.tar.gz";

/// What belongs to the native gate beside its binary.
const BESIDE_NATIVE: [&str; 5] = [
    "LICENSE",
    "NOTICE",
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
    match adapter {
        Adapter::Native => {
            let triple = setup::host()?;
            let binary = paths::edge().join("streamgate");
            let files = BESIDE_NATIVE.iter().map(|file| root.join(file));
            let files: Vec<_> = files.chain([binary]).collect();
            archive(folder, &format!("streamgate-{triple}"), &files)
        }
        Adapter::Fastly => copy(&root.join(FASTLY), &folder.join("streamgate-fastly.tar.gz")),
        Adapter::Wasi => copy(
            &paths::edge().join("wasi.wasm"),
            &folder.join("streamgate-wasi.wasm"),
        ),
        Adapter::Web => npm::pack(folder).map(drop),
        Adapter::Cloudflare => {
            let manifest = paths::target().join("wrangler/wrangler.toml");
            fs::write(&manifest, wrangler_manifest()?)
                .with_context(|| format!("writing {}", manifest.display()))?;
            let built = paths::edge().join("cloudflare");
            let mut files = vec![root.join("LICENSE"), root.join("NOTICE"), manifest];
            for entry in fs::read_dir(&built).context("reading the Worker")? {
                files.push(entry.context("reading the Worker")?.path());
            }
            files.retain(|file| file.is_file());
            archive(folder, "streamgate-cloudflare", &files)
        }
    }
}

/// Returns the manifest of the Worker for those who deploy it as it was built.
fn wrangler_manifest() -> Result<String> {
    let file = paths::root().join("wrangler.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let mut manifest: toml::Table = text.parse().context("wrangler.toml")?;
    manifest.remove("build");
    manifest.insert("main".to_owned(), "index.js".into());
    manifest.insert("no_bundle".to_owned(), true.into());
    let rule: toml::Table = "type = 'CompiledWasm'\nglobs = ['**/*.wasm']".parse()?;
    manifest.insert("rules".to_owned(), toml::Value::Array(vec![rule.into()]));
    Ok(manifest.to_string())
}

/// Packs files into `NAME.tar.gz`, below a folder of that name. The same files make the same bytes.
fn archive(folder: &Path, name: &str, files: &[PathBuf]) -> Result<()> {
    let staged = paths::target().join("package-staged").join(name);
    if staged.exists() {
        fs::remove_dir_all(&staged).with_context(|| format!("emptying {}", staged.display()))?;
    }
    fs::create_dir_all(&staged).with_context(|| format!("making {}", staged.display()))?;
    for file in files {
        let name = file.file_name().context("a file has a name")?;
        copy(file, &staged.join(name))?;
    }
    process::run(
        process::command("tar")
            .args(["--create", "--sort=name", "--mtime=@0"])
            .arg("--use-compress-program=gzip --no-name")
            .args(["--owner=0", "--group=0", "--numeric-owner"])
            .arg("--file")
            .arg(folder.join(format!("{name}.tar.gz")))
            .arg("--directory")
            .arg(paths::target().join("package-staged"))
            .arg(name),
    )
}

/// Writes which crates an adapter consists of, in CycloneDX's form.
fn list_materials(adapter: Adapter, folder: &Path) -> Result<()> {
    let triple = match adapter {
        Adapter::Native => setup::host()?,
        Adapter::Fastly => FASTLY_TARGET.to_owned(),
        Adapter::Cloudflare | Adapter::Web => CLOUDFLARE_TARGET.to_owned(),
        Adapter::Wasi => WASI_TARGET.to_owned(),
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
            process::run(process::command("fastly").args([
                "compute",
                "validate",
                "--package",
                FASTLY,
            ]))
        }
        Adapter::Web => npm::try_out(),
        Adapter::Native | Adapter::Wasi => Ok(()),
    }
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
