//! What a runtime holds: the memory and the descriptors of the processes of its group, from /proc
//! (Linux).

use std::fs;

use crate::failure::{Verdict, ensure};

/// The processes of one group.
#[derive(Clone, Copy)]
pub(crate) struct Meter {
    group: i32,
    /// The name of the only program that counts, if not all do.
    program: Option<&'static str>,
}

impl Meter {
    /// Measures the process group with this id.
    pub(crate) fn new(group: i32) -> Self {
        Self {
            group,
            program: None,
        }
    }

    /// Leaves out the processes of other programs, such as one that only starts the runtime.
    pub(crate) fn of(self, program: &'static str) -> Self {
        Self {
            program: Some(program),
            ..self
        }
    }

    /// Returns how much is in RAM now, in bytes.
    pub(crate) fn resident(self) -> Verdict<u64> {
        self.sum("VmRSS:")
    }

    /// Returns the sum of the peaks of all processes since [`Meter::forget_peak`], in bytes.
    pub(crate) fn peak(self) -> Verdict<u64> {
        self.sum("VmHWM:")
    }

    /// Starts a new peak (proc(5): writing 5 to `clear_refs` resets `VmHWM`).
    pub(crate) fn forget_peak(self) -> Verdict {
        for process in self.processes()? {
            fs::write(format!("/proc/{process}/clear_refs"), "5")?;
        }
        Ok(())
    }

    /// Returns how many descriptors are open now.
    pub(crate) fn descriptors(self) -> Verdict<usize> {
        let mut open = 0;
        for process in self.processes()? {
            // As with memory, a process may have ended.
            open += fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count);
        }
        ensure!(
            open > 0,
            "no process of group {} has descriptors",
            self.group
        );
        Ok(open)
    }

    fn sum(self, key: &str) -> Verdict<u64> {
        let mut kilobytes = 0;
        for process in self.processes()? {
            // A process may end between being listed and being read; it then holds nothing.
            let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(key))
                .unwrap_or("0 kB");
            kilobytes += line.trim().trim_end_matches(" kB").parse::<u64>()?;
        }
        ensure!(
            kilobytes > 0,
            "no process of group {} has memory",
            self.group
        );
        Ok(kilobytes << 10)
    }

    fn processes(self) -> Verdict<Vec<i32>> {
        let mut members = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Ok(process) = entry?.file_name().to_string_lossy().parse::<i32>() else {
                continue;
            };
            // proc(5): pid (comm) state ppid pgrp …; comm may contain anything, so count from its
            // closing bracket.
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let (before, after) = stat.rsplit_once(") ").unwrap_or_default();
            let name = before.split_once('(').map_or("", |(_, name)| name);
            let group = after.split(' ').nth(2).and_then(|group| group.parse().ok());
            let counts = self.program.is_none_or(|program| program == name);
            if group == Some(self.group) && counts {
                members.push(process);
            }
        }
        Ok(members)
    }
}
