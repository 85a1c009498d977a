//! Cloudflare Workers: the workerd that wrangler brings, started directly.
//!
//! `wrangler dev` is not used. It runs two workerd processes, with a proxy worker of its own in
//! front of ours, which encodes a chunked HTML body with gzip for a client that accepts it, ends a
//! truncated body cleanly, and buffers. A client would observe what the proxy does. `wrangler dev`
//! is for people; workerd is the runtime.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::process::Process;
use super::{Instance, Start, artifact, free_port};
use crate::failure::{Failure, Verdict, ensure};

/// The file of the worker that stores what the Cache API of another one is given: workerd has no
/// store of its own.
const CACHE: &str = "cache-of-the-runtime.mjs";

/// Starts workerd with the modules, and with the compatibility date and flags of the root's
/// `wrangler.toml`.
pub(super) fn start(start: &Start<'_>) -> Verdict<Instance> {
    let built = artifact(start, "cloudflare")?;
    let wrangler = wrangler(start)?;
    let entry = wrangler
        .get("main")
        .and_then(toml::Value::as_str)
        .and_then(|main| Path::new(main).file_name());
    let entry = entry
        .ok_or_else(|| Failure("wrangler.toml has no `main`".to_owned()))?
        .to_string_lossy();
    let mut modules = modules(&built, &start.folder)?;
    // workerd takes the first module as the entry.
    put_cache(&start.folder)?;
    modules.sort_by_key(|name| (*name != entry, name.clone()));
    ensure!(
        modules.first().is_some_and(|name| *name == entry),
        "{} has no {entry}",
        built.display()
    );
    let address = free_port()?;
    let config = start.folder.join("workerd.capnp");
    fs::write(&config, capnp(&wrangler, &modules, &address.to_string())?)?;
    let mut command = Command::new("workerd");
    command
        .arg("serve")
        .arg(&config)
        .env("STREAMGATE_CONFIG", &start.config);
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}

/// Writes the worker that is the cache beside a configuration.
pub(super) fn put_cache(folder: &Path) -> Verdict {
    fs::write(folder.join(CACHE), include_str!("cache.mjs"))?;
    Ok(())
}

/// Reads the root's `wrangler.toml`.
pub(super) fn wrangler(start: &Start<'_>) -> Verdict<toml::Table> {
    let file = start.edge.join("../../wrangler.toml");
    let text = fs::read_to_string(&file)
        .map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    Ok(text.parse()?)
}

/// Copies the modules to the folder of the configuration, which embeds them by relative paths, and
/// returns their names.
fn modules(built: &Path, folder: &Path) -> Verdict<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if matches!(&*extension, "js" | "mjs" | "wasm") {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            fs::copy(&path, folder.join(&name))?;
            names.push(name);
        }
    }
    Ok(names)
}

/// Writes workerd's configuration: the modules, the entry first, and the variable that holds the
/// gate's configuration.
pub(super) fn capnp(wrangler: &toml::Table, modules: &[String], address: &str) -> Verdict<String> {
    let date = wrangler
        .get("compatibility_date")
        .and_then(toml::Value::as_str)
        .unwrap_or_default();
    let flags = wrangler
        .get("compatibility_flags")
        .and_then(toml::Value::as_array)
        .cloned()
        .unwrap_or_default();
    let flags: Vec<_> = flags
        .iter()
        .filter_map(toml::Value::as_str)
        .map(|flag| format!("\"{flag}\""))
        .collect();
    let mut list = String::new();
    for name in modules {
        let kind = if name.ends_with(".wasm") {
            "wasm"
        } else {
            "esModule"
        };
        writeln!(list, "    (name = \"{name}\", {kind} = embed \"{name}\"),")?;
    }
    Ok(format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gate", worker = .gate),
    (name = "cache", worker = .cache),
    # The origin of a scenario is on the loopback interface, which workerd's default network
    # does not reach.
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "{address}", http = (), service = "gate")],
);

const gate :Workerd.Worker = (
  modules = [
{list}  ],
  compatibilityDate = "{date}",
  compatibilityFlags = [{}],
  bindings = [(name = "STREAMGATE_CONFIG", fromEnvironment = "STREAMGATE_CONFIG")],
  cacheApiOutbound = "cache",
);

const cache :Workerd.Worker = (
  modules = [(name = "{CACHE}", esModule = embed "{CACHE}")],
  compatibilityDate = "{date}",
);
"#,
        flags.join(", ")
    ))
}
