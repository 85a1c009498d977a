//! Web-standard runtimes, with the npm package: Node on its own HTTP server; Deno and Bun on theirs.

use std::path::Path;
use std::process::Command;

use super::process::Process;
use super::{Instance, Runtime, Start, artifact, free_port};
use crate::failure::Verdict;

/// Starts a runtime with its server, one of the files beside this one.
pub(super) fn start(runtime: Runtime, start: &Start<'_>) -> Verdict<Instance> {
    let package = artifact(start, "web")?;
    let address = free_port()?;
    let servers = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/driver/web");
    let mut command = Command::new(runtime.to_string());
    if runtime == Runtime::Deno {
        command.args(["run", "--quiet", "--no-config", "--no-lock", "--allow-all"]);
    }
    command
        .arg(servers.join(format!("{runtime}.mjs")))
        .arg(package)
        .arg(address.port().to_string())
        .env("STREAMGATE_CONFIG", &start.config);
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}
