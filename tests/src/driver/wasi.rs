//! WASI HTTP in both versions: `wasmtime serve`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::UNIX_EPOCH;

use super::process::Process;
use super::{Instance, Runtime, Start, artifact, free_port};
use crate::client::FRONT_FIELD;
use crate::failure::{Verdict, ensure};

/// Starts the runtime. `-S cli` gives the component its environment and standard error.
pub(super) fn start(runtime: Runtime, start: &Start<'_>) -> Verdict<Instance> {
    let address = free_port()?;
    let mut command = Command::new("wasmtime");
    command
        .args(["serve", "-S", "cli", "--allow-precompiled", "--addr"])
        .arg(address.to_string());
    command
        .arg("--env")
        .arg(format!("STREAMGATE_CONFIG={}", start.config));
    if runtime.needs_a_front() {
        let variable = format!("STREAMGATE_HOST_FIELD={FRONT_FIELD}");
        command.arg("--env").arg(variable);
    }
    command.arg(compiled(runtime, start)?);
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}

/// Returns the component as machine code, which is made once for all starts: compiling it takes
/// longer than most scenarios.
fn compiled(runtime: Runtime, start: &Start<'_>) -> Verdict<PathBuf> {
    let component = artifact(start, &format!("{runtime}.wasm"))?;
    let code = component.with_extension("cwasm");
    let stamp = component.with_extension("cwasm.stamp");
    let version = Command::new("wasmtime").arg("--version").output()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let modified = fs::metadata(&component)?.modified()?;
    let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    let made_of = format!("{} {}", version.trim(), modified.as_nanos());
    if code.exists() && fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == made_of) {
        return Ok(code);
    }
    let output = Command::new("wasmtime")
        .arg("compile")
        .arg(&component)
        .arg("--output")
        .arg(&code)
        .output()?;
    ensure!(
        output.status.success(),
        "wasmtime does not compile the component: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(&stamp, made_of)?;
    Ok(code)
}
