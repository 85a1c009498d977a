//! Fastly Compute: Viceroy, with a named backend and a Config Store.

use std::process::Command;

use super::process::Process;
use super::{Backend, Instance, Start, artifact, free_port};
use crate::failure::Verdict;

/// Starts Viceroy.
pub(super) fn start(start: &Start<'_>) -> Verdict<Instance> {
    let manifest = start.folder.join("fastly.toml");
    let config = toml::Value::String(start.config.clone());
    let backends: String = start.backends.iter().map(table).collect();
    let text = format!(
        "manifest_version = 3\nname = \"conformance\"\nlanguage = \"rust\"\n\n\
         {backends}\
         [local_server.config_stores.streamgate]\nformat = \"inline-toml\"\n\n\
         [local_server.config_stores.streamgate.contents]\nconfig = {config}\n",
    );
    std::fs::write(&manifest, text)?;
    let address = free_port()?;
    let mut command = Command::new("viceroy");
    command
        .arg("serve")
        .arg("-C")
        .arg(&manifest)
        .arg("--addr")
        .arg(address.to_string());
    command.arg(artifact(start, "fastly.wasm")?);
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}

/// Formats the table of a backend. Its timeout is the platform's to configure, not the gate's.
fn table(backend: &Backend) -> String {
    let Backend { name, url, .. } = backend;
    let host = backend.override_host.as_ref();
    let host = host.map_or(String::new(), |host| {
        format!("override_host = \"{host}\"\n")
    });
    let timeout = backend.first_byte_timeout;
    let timeout = timeout.map_or(String::new(), |timeout| {
        format!("first_byte_timeout_ms = {}\n", timeout.as_millis())
    });
    format!("[local_server.backends.{name}]\nurl = \"{url}\"\n{host}{timeout}\n")
}
