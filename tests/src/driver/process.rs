//! A child in a process group of its own, so that it is stopped together with everything that it
//! started.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::reaper;
use crate::failure::{Failure, Verdict};

/// A running child.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a command, whose output goes to the file `log` in `folder`.
    pub(crate) fn spawn(mut command: Command, folder: &Path) -> Verdict<Self> {
        let log = folder.join("log");
        File::create(&log)?;
        // What appends goes on at the start of a log that was emptied.
        let file = File::options().append(true).open(&log)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0)
            .spawn()
            .map_err(|error| Failure(format!("{program} does not start: {error}")))?;
        let process = Self { child, log };
        reaper::watch(process.group())?;
        Ok(process)
    }

    /// Returns the id of the process group.
    pub(super) fn group(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Returns whether the child has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Tells the child to read its configuration again.
    pub(super) fn hang_up(&self) -> Verdict {
        if let Some(child) = Pid::from_raw(self.group()) {
            kill_process(child, Signal::HUP)?;
        }
        Ok(())
    }

    /// Returns the file that holds the child's output.
    pub(super) fn log_file(&self) -> &Path {
        &self.log
    }

    /// Returns the child's output.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Returns the last lines of the child's output.
    pub(crate) fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join(" | ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = self.group();
        kill(group);
        let _ = self.child.wait();
        let _ = reaper::forget(group);
    }
}

/// Ends every process of a group at once.
pub(super) fn kill(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        // An error means that no process is left.
        let _ = kill_process_group(group, Signal::KILL);
    }
}
