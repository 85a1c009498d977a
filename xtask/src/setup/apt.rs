//! Debian's packages.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::report::Report;
use crate::{
    paths,
    process::{command, install, output},
};

/// Finds or installs the packages, and returns one line for each: its name and version.
///
/// # Errors
/// The packages are missing, and cannot be installed here.
pub(super) fn ensure(packages: &[&str], report: &Report) -> Result<String> {
    if let Some(versions) = find(packages) {
        return Ok(versions);
    }
    let names = packages.join(" ");
    if paths::find("apt-get").is_none() {
        bail!("the Debian packages {names} are needed, and this is no Debian");
    }
    report.installing(
        &format!("the Debian packages {names}"),
        "a minute or two",
        || {
            // One source that does not answer need not be the one that has the packages.
            let update = install(
                as_root("apt-get", &names)?.arg("update"),
                "apt-update",
                None,
            );
            let arguments = ["install", "--yes", "--no-remove", "--no-install-recommends"];
            let installed = install(
                as_root("apt-get", &names)?.args(arguments).args(packages),
                "apt-install",
                None,
            );
            match (update, installed) {
                (Err(update), Err(install)) => Err(install).context(format!("{update:#}")),
                (_, installed) => installed,
            }
        },
    )?;
    find(packages).with_context(|| format!("of the Debian packages {names} not all are installed"))
}

/// Name and version of each package, if all of them are installed.
pub(super) fn find(packages: &[&str]) -> Option<String> {
    let format = "${db:Status-Status} ${Package} ${Version}\n";
    let text = output(
        command("dpkg-query")
            .args(["--show", "--showformat", format])
            .args(packages),
    )?;
    let mut lines: Vec<_> = text
        .lines()
        .map(|line| line.strip_prefix("installed "))
        .collect::<Option<_>>()?;
    lines.sort_unstable();
    (lines.len() == packages.len()).then(|| lines.iter().map(|line| format!("{line}\n")).collect())
}

/// `program` with the rights to install.
fn as_root(program: &str, packages: &str) -> Result<Command> {
    let is_root = output(command("id").arg("--user")).is_some_and(|id| id.trim() == "0");
    let mut command = if is_root {
        command(program)
    } else if output(command("sudo").args(["--non-interactive", "true"])).is_some() {
        let mut sudo = command("sudo");
        sudo.args(["--non-interactive", program]);
        sudo
    } else {
        bail!("run this, then try again: sudo apt-get install {packages}");
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}
