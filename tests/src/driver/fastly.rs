//! Fastly Compute: Viceroy, with a named backend and a Config Store.

use std::process::Command;

use super::process::Process;
use super::{Instance, Start, artifact, free_port};
use crate::failure::Verdict;

/// Starts Viceroy.
pub(super) fn start(start: &Start<'_>) -> Verdict<Instance> {
    let manifest = start.folder.join("fastly.toml");
    let config = toml::Value::String(start.config());
    // The platform configures the timeouts of a named backend, not the gate.
    let timeout = start
        .setup
        .first_byte_timeout()
        .map_or(String::new(), |timeout| {
            format!("first_byte_timeout_ms = {}\n", timeout.as_millis())
        });
    let slow =
        start
            .setup
            .named_backend(start.origin)
            .map_or(String::new(), |(name, url, timeout)| {
                let timeout = timeout.as_millis();
                format!(
                    "[local_server.backends.{name}]\nurl = \"{url}\"\n\
                 first_byte_timeout_ms = {timeout}\n\n"
                )
            });
    let text = format!(
        "manifest_version = 3\nname = \"conformance\"\nlanguage = \"rust\"\n\n\
         [local_server.backends.origin]\nurl = \"{}\"\n{timeout}\n{slow}\
         [local_server.config_stores.streamgate]\nformat = \"inline-toml\"\n\n\
         [local_server.config_stores.streamgate.contents]\nconfig = {config}\n",
        start.origin.main
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
