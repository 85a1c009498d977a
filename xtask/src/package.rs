//! Makes the package of each platform with that platform's own tool, and measures the deployed
//! modules.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{
    build::{self, Adapter},
    paths, process, setup,
};

/// The modules that are deployed, with the names of their platforms.
const MODULES: [(&str, &str); 3] = [
    ("Fastly Compute", "fastly.wasm"),
    ("Cloudflare Workers", "cloudflare/index_bg.wasm"),
    ("WASI HTTP", "wasi.wasm"),
];

/// Builds all adapters, makes the packages and prints the sizes.
///
/// # Errors
/// Returns an error if a build or a platform's tool fails, or if a result cannot be read.
pub(crate) fn run() -> Result<()> {
    build::run(&[])?;
    make(Adapter::Cloudflare)?;
    make(Adapter::Fastly)?;
    println!("\n| module | bytes | bytes, gzip |\n| --- | ---: | ---: |");
    for (platform, file) in MODULES {
        let path = paths::edge().join(file);
        println!("| {platform} | {} | {} |", size(&path)?, gzip_size(&path)?);
    }
    Ok(())
}

/// Makes the package of an adapter as it would be uploaded, with `wrangler deploy --dry-run` or
/// `fastly compute build`. The other adapters have no package.
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
        Adapter::Fastly => process::run(process::command("fastly").args([
            "compute",
            "build",
            "--non-interactive",
            "--accept-defaults",
        ])),
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
