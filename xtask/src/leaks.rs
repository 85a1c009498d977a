//! Runs the leak finder of `tests/leaks/` on a folder of pages.

use std::{
    env,
    process::{Command, ExitCode},
};

use crate::{paths, process};

/// What the leak finder says with its exit status when something cannot be read; so too if it
/// cannot be built.
const UNREADABLE: u8 = 2;

/// Builds the leak finder if need be and runs it, all arguments going to it. Its exit status is
/// ours.
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

/// Cargo with the leak finder, where the user is: folder and files are named from there.
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
