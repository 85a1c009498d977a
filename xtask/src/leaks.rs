//! Runs the leak finder of `tests/leaks/` on a folder of pages.

use std::{
    env,
    process::{Command, ExitCode},
};

use crate::{paths, process};

/// The exit status of the leak finder for an input that cannot be read. Also returned if the leak
/// finder cannot be built.
const UNREADABLE: u8 = 2;

/// Builds the leak finder if necessary, runs it with all arguments, and returns its exit status.
pub(crate) fn run(args: &[String]) -> ExitCode {
    let built = finder("build", &[]).status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("xtask: the leak finder cannot be built");
        return ExitCode::from(UNREADABLE);
    }
    let status = finder("run", args).status().ok();
    let code = status.and_then(|status| u8::try_from(status.code()?).ok());
    ExitCode::from(code.unwrap_or(UNREADABLE))
}

/// Returns the cargo command for the leak finder. It runs in the user's current folder, which paths
/// among the arguments are relative to.
fn finder(command: &str, args: &[String]) -> Command {
    let mut cargo = process::host_cargo();
    if let Ok(here) = env::current_dir() {
        cargo.current_dir(here);
    }
    cargo
        .args([command, "--quiet", "--package", "streamgate-leaks"])
        .arg("--manifest-path")
        .arg(paths::root().join("Cargo.toml"));
    if command == "run" {
        cargo.arg("--").args(args);
    }
    cargo
}
