//! The native binary.

use std::process::Command;
use std::time::{Duration, Instant};

use super::process::Process;
use super::{Instance, Start, artifact};
use crate::failure::{Verdict, ensure};

/// The words that the binary prints before its address.
const LISTENING: &str = "listening on http://";

/// Starts the binary on a port that it picks, and reads from its log which one.
pub(super) fn start(start: &Start<'_>, deadline: Instant) -> Verdict<Instance> {
    let config = start.folder.join("streamgate.toml");
    std::fs::write(&config, &start.config)?;
    let mut command = Command::new(artifact(start, "streamgate")?);
    command
        .arg("serve")
        .arg("--config")
        .arg(&config)
        .args(["--listen", "127.0.0.1:0"]);
    if let Some(certificate) = &start.trusted {
        command.env("SSL_CERT_FILE", certificate);
    }
    let mut process = Process::spawn(command, &start.folder)?;
    loop {
        let log = process.log();
        let said = log.split_once(LISTENING).map(|(_, after)| after);
        let address =
            said.and_then(|after| after.split(|c: char| c.is_whitespace() || c == '/').next());
        if let Some(Ok(address)) = address.map(str::parse) {
            return Ok(Instance { address, process });
        }
        ensure!(
            !process.has_ended(),
            "streamgate ended at its start: {}",
            process.log_end()
        );
        ensure!(
            Instant::now() < deadline,
            "streamgate does not say where it listens: {}",
            process.log_end()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
