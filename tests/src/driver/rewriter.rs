//! A peer: a Worker that rewrites with `HTMLRewriter`, on the workerd that the gate runs on, too.

use std::fs;
use std::process::Command;

use super::process::Process;
use super::{Instance, Start, cloudflare, free_port};
use crate::failure::Verdict;
use crate::peers;

/// The Worker.
const WORKER: &str = include_str!("../../../bench/peers/workerd/gate.js");

/// Starts workerd with the Worker, which gets the configuration as JSON.
pub(super) fn start(start: &Start<'_>) -> Verdict<Instance> {
    let mut site: toml::Table = start.config.parse()?;
    let types = peers::types(&site);
    if let Some(gate) = site.get_mut("gate").and_then(toml::Value::as_table_mut) {
        gate.insert("processable".to_owned(), types.into());
    }
    fs::write(start.folder.join("gate.js"), WORKER)?;
    cloudflare::put_cache(&start.folder)?;
    let names = ["gate.js".to_owned()];
    let address = free_port()?;
    let wrangler = cloudflare::wrangler(start)?;
    let config = start.folder.join("workerd.capnp");
    fs::write(
        &config,
        cloudflare::capnp(&wrangler, &names, &address.to_string())?,
    )?;
    let mut command = Command::new("workerd");
    command
        .arg("serve")
        .arg(&config)
        .env("STREAMGATE_CONFIG", serde_json::to_string(&site)?);
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}
