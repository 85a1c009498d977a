//! Stops the runtimes even if this process is killed. The reaper is a child that waits for the end
//! of a pipe and then kills what is left. That works for every way of dying, including those in
//! which no signal handler and no destructor runs.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use super::process::kill;
use crate::failure::Verdict;

/// The argument that turns this binary into the reaper.
pub(crate) const ARGUMENT: &str = "--reap";

/// The reaper's standard input.
static PIPE: OnceLock<Mutex<ChildStdin>> = OnceLock::new();

/// Starts the reaper.
pub(crate) fn start() -> Verdict {
    let mut reaper = Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .stdin(Stdio::piped())
        .process_group(0) // Ctrl-C on the terminal must not reach it
        .spawn()?;
    let pipe = reaper.stdin.take().expect("stdin is piped");
    PIPE.set(Mutex::new(pipe)).expect("one reaper is started");
    Ok(())
}

/// Runs the reaper: keeps the groups that it is told of, and kills the remaining ones when the pipe
/// ends.
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
