//! Installs packages of Debian.

use std::{
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::report::Report;
use crate::{
    paths,
    process::{command, install, output},
};

/// How long to wait for another process that holds the locks of the package system, such as the
/// first updates of a fresh machine.
const LOCK_LIMIT: Duration = Duration::from_secs(600);
/// The interval between attempts, where the package manager does not wait by itself.
const LOCK_PAUSE: Duration = Duration::from_secs(5);

/// Serialises the installations of set-up steps that run in parallel.
static TURN: Mutex<()> = Mutex::new(());

/// Finds or installs the packages, and returns a line with name and version for each.
///
/// # Errors
/// Returns an error if packages are missing and cannot be installed here.
pub(super) fn ensure(packages: &[&str], purpose: &str, report: &Report) -> Result<String> {
    if let Some(versions) = find(packages) {
        return Ok(versions);
    }
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(versions) = find(packages) {
        return Ok(versions);
    }
    let names = packages.join(" ");
    if paths::find("apt-get").is_none() {
        bail!("the Debian packages {names} are needed, and this is no Debian");
    }
    let what = format!("the Debian packages {names}");
    report.installing(&what, purpose, "a minute or two", || install_all(packages))?;
    find(packages).with_context(|| format!("of the Debian packages {names} not all are installed"))
}

fn install_all(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    // The leftovers of an interrupted installation would make the next one fail.
    as_root("dpkg", &names, |dpkg| {
        install(dpkg.args(["--configure", "--pending"]), "dpkg", None)
    })?;
    // The update may fail for a source that does not have the packages: try the installation
    // anyway.
    let update = as_root("apt-get", &names, |apt| {
        install(apt.arg("update"), "apt-update", None)
    });
    let installed = as_root("apt-get", &names, |apt| {
        let patience = format!("DPkg::Lock::Timeout={}", LOCK_LIMIT.as_secs());
        apt.args(["--option", &patience, "install", "--yes"])
            .args(["--no-remove", "--no-install-recommends"])
            .args(packages);
        install(apt, "apt-install", None)
    });
    match (update, installed) {
        (Err(update), Err(install)) => Err(install).context(format!("{update:#}")),
        (_, installed) => installed,
    }
}

/// Returns name and version of each package, if all of them are installed.
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

/// Runs `program` with the rights to install, and again as long as another process holds the locks
/// that the program needs.
fn as_root(program: &str, packages: &str, run: impl Fn(&mut Command) -> Result<()>) -> Result<()> {
    let began = Instant::now();
    loop {
        let error = match run(&mut privileged(program, packages)?) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if !is_locked(&format!("{error:#}")) {
            return Err(error);
        }
        if began.elapsed() > LOCK_LIMIT {
            return Err(error).context(format!(
                "another process has held the lock of Debian's packages for {} min: wait for its end \
                 or stop it, then try again",
                LOCK_LIMIT.as_secs() / 60
            ));
        }
        if began.elapsed() < LOCK_PAUSE {
            println!("    waiting for another process that holds the lock of Debian's packages");
        }
        thread::sleep(LOCK_PAUSE);
    }
}

/// Returns whether the output of `apt-get` or `dpkg` says that another process holds a lock.
fn is_locked(said: &str) -> bool {
    [
        "Could not get lock",
        "Unable to lock",
        "is locked by another process",
        "lock was locked by another process",
    ]
    .iter()
    .any(|words| said.contains(words))
}

fn privileged(program: &str, packages: &str) -> Result<Command> {
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
    // `is_locked` expects English output.
    command.env("LC_ALL", "C");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::is_locked;

    #[test]
    fn a_lock_is_told_from_other_faults() {
        for (said, locked) in [
            (
                "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4242 (apt-get)",
                true,
            ),
            ("E: Unable to lock directory /var/lib/apt/lists/", true),
            (
                "dpkg: error: dpkg frontend lock was locked by another process with pid 4242",
                true,
            ),
            ("E: Unable to locate package rustc-web", false),
        ] {
            assert_eq!(is_locked(said), locked, "{said}");
        }
    }
}
