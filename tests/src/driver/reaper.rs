//! Stops the runtimes even if this process is killed: a child that waits for the end of a pipe and then kills what is
//! left. Works for every way of dying, where a signal handler or a destructor does not run.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use super::process::kill;
use crate::failure::Verdict;

/// The argument by which this binary becomes the reaper.
pub(crate) const ARGUMENT: &str = "--reap";

/// The reaper's standard input.
static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

/// Starts the reaper.
pub(crate) fn start() -> Verdict {
    let mut reaper = Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .stdin(Stdio::piped())
        .process_group(0) // Ctrl-C on the terminal is not for it
        .spawn()?;
    let pipe = reaper.stdin.take().expect("stdin is piped");
    PIPE.set(Mutex::new(pipe)).expect("one reaper is started");
    Ok(())
}

/// What the reaper does: keeps the groups that it is told of, and kills those that are left when the pipe ends.
pub(crate) fn run() {
    let mut groups = BTreeSet::new();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let (verb, group) = line.split_once(' ').unwrap_or_default();
        let Ok(group) = group.parse::<i32>() else {
            continue;
        };
        if verb == "watch" {
            groups.insert(group);
        } else {
            groups.remove(&group);
        }
    }
    groups.into_iter().for_each(kill);
}

pub(super) fn watch(group: i32) -> Verdict {
    tell("watch", group)
}

pub(super) fn forget(group: i32) -> Verdict {
    tell("forget", group)
}

fn tell(verb: &str, group: i32) -> Verdict {
    if let Some(pipe) = PIPE.get() {
        writeln!(pipe.lock().unwrap(), "{verb} {group}")?;
    }
    Ok(())
}
