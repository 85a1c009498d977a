//! A server: a child that is bound to one core, with the CPU time and the memory that it takes
//! (Linux).

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_setaffinity};

/// How long a server may take until it listens. Viceroy compiles first.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How many ticks a second of CPU time has in proc(5): 100 on every Linux of today.
const TICKS: f64 = 100.0;

/// The core that servers run on. Client and origin have the other.
pub(crate) const SERVER: usize = 0;
/// The core that client and origin run on.
pub(crate) const CLIENT: usize = 1;

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a program on a core, with its output in the file `log` of `folder`, and waits until
    /// it listens.
    ///
    /// # Errors
    /// Returns an error with the end of the log if the program does not listen.
    pub(crate) fn start(
        command: &Command,
        core: usize,
        address: SocketAddr,
        folder: &Path,
    ) -> Result<Self> {
        let log = folder.join("log");
        let file = File::create(&log)?;
        let mut pinned = pinned(command, core);
        let child = pinned
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let mut server = Self {
            address,
            child,
            log,
        };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(address).is_err() {
            if !matches!(server.child.try_wait(), Ok(None)) || Instant::now() > deadline {
                bail!(
                    "{} does not listen: {}",
                    command.get_program().display(),
                    server.log()
                );
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(server)
    }

    /// Returns the CPU time that the server has taken, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // proc(5): pid (comm) state ppid …; comm may contain anything, so count from its closing
        // bracket. utime and stime are the 14th and the 15th.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        let ticks: Vec<f64> = after
            .split(' ')
            .skip(11)
            .take(2)
            .map_while(|n| n.parse().ok())
            .collect();
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }

    /// Returns the most that the server has had in RAM, in bytes.
    pub(crate) fn peak(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let line = line.context("no VmHWM in /proc")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
    }

    /// Asks the server to end, and returns its whole output.
    pub(crate) fn end(mut self) -> Result<String> {
        kill_process(self.pid()?, Signal::TERM)?;
        self.child.wait()?;
        Ok(fs::read_to_string(&self.log)?)
    }

    /// Returns the last lines of the server's output.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join(" | ")
    }

    fn pid(&self) -> Result<Pid> {
        Pid::from_raw(self.child.id().cast_signed()).context("the server has no id")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Binds this thread, and those that it starts, to the client's core.
pub(crate) fn bind_client() -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(CLIENT);
    sched_setaffinity(None, &cores).context("a second core is needed")
}

/// Returns a command that runs on one core, and ends when this process does, whatever ends it.
pub(crate) fn pinned(command: &Command, core: usize) -> Command {
    let mut pinned = Command::new("setpriv");
    pinned.args(["--pdeathsig", "KILL", "taskset", "--cpu-list"]);
    pinned
        .arg(core.to_string())
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => pinned.env(name, value),
            None => pinned.env_remove(name),
        };
    }
    pinned
}

/// Returns a port that is free now.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
