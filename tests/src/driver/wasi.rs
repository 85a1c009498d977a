//! WASI HTTP: `wasmtime serve`.

use std::process::Command;

use super::process::Process;
use super::{Instance, Start, artifact, free_port};
use crate::failure::Verdict;

/// Starts `wasmtime serve`. `-S cli` gives the component its environment and standard error.
pub(super) fn start(start: &Start<'_>) -> Verdict<Instance> {
    let address = free_port()?;
    let mut command = Command::new("wasmtime");
    command
        .args(["serve", "-S", "cli", "--addr"])
        .arg(address.to_string());
    command
        .arg("--env")
        .arg(format!("STREAMGATE_CONFIG={}", start.config()));
    command.arg(artifact(start, "wasi.wasm")?);
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}
