//! The four runtimes: each is started with a configuration on a free port of the loopback interface, and stopped by id.

mod cloudflare;
mod fastly;
mod native;
mod process;
pub(crate) mod reaper;
mod wasi;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::client::{Connection, Request};
use crate::failure::{Verdict, ensure, fail};
use crate::meter::Meter;
use crate::origin::Urls;
use crate::setup::Setup;
use process::Process;

/// How long a runtime may take from its start to its first answer: Viceroy and Wasmtime compile first.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// A platform, by the runtime that stands for it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Runtime {
    /// The native binary.
    Native,
    /// Fastly Compute: Viceroy.
    Fastly,
    /// Cloudflare Workers: workerd.
    Cloudflare,
    /// WASI HTTP: `wasmtime serve`.
    Wasi,
}

impl Runtime {
    /// All of them, in the order of the matrix.
    pub(crate) const ALL: [Self; 4] = [Self::Native, Self::Fastly, Self::Cloudflare, Self::Wasi];
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::Fastly => "fastly",
            Self::Cloudflare => "cloudflare",
            Self::Wasi => "wasi",
        })
    }
}

/// What a start needs to know.
pub(crate) struct Start<'a> {
    /// The folder of `cargo xtask build`'s artifacts.
    pub(crate) edge: &'a Path,
    /// The instance's own folder: configuration and log.
    pub(crate) folder: PathBuf,
    /// The configuration.
    pub(crate) setup: Setup,
    /// The origin's URLs.
    pub(crate) origin: &'a Urls,
    /// The origins that [`Setup::Pages`] maps.
    pub(crate) aliases: &'a [String],
}

impl Start<'_> {
    /// The text of `streamgate.toml`.
    fn config(&self) -> String {
        self.setup.text(self.origin, self.aliases)
    }
}

/// A running runtime; dropping it stops it with all its children.
pub(crate) struct Instance {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Instance {
    /// Starts a runtime and waits until it answers.
    pub(crate) fn start(runtime: Runtime, start: &Start<'_>) -> Verdict<Self> {
        std::fs::create_dir_all(&start.folder)?;
        let deadline = Instant::now() + READY_WITHIN;
        let mut instance = match runtime {
            Runtime::Native => native::start(start, deadline),
            Runtime::Fastly => fastly::start(start),
            Runtime::Cloudflare => cloudflare::start(start),
            Runtime::Wasi => wasi::start(start),
        }?;
        instance.wait_until_ready(deadline)?;
        Ok(instance)
    }

    fn wait_until_ready(&mut self, deadline: Instant) -> Verdict {
        let mut last = String::new();
        while Instant::now() < deadline {
            ensure!(
                !self.has_ended(),
                "the runtime ended at its start; its log ends: {}",
                self.process.log_end()
            );
            match self.ask() {
                Ok(()) => return Ok(()),
                Err(failure) => last = failure.0,
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        fail!(
            "the runtime is not ready ({last}); its log ends: {}",
            self.process.log_end()
        )
    }

    /// One request, which is ready for whatever the gate answers: that it is wrong is for a scenario to find.
    fn ask(&self) -> Verdict {
        let soon = Instant::now() + Duration::from_secs(10);
        let mut connection = Connection::open(self.address, soon, None)?;
        connection.send(&Request::new("GET", "/ready/"))?;
        connection.response("GET")?.read_to_end().map(drop)
    }

    /// Whether the runtime is gone.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.has_ended()
    }

    /// The file that it logs to.
    pub(crate) fn log(&self) -> &Path {
        self.process.log_file()
    }

    /// Measures its memory.
    pub(crate) fn meter(&self) -> Meter {
        Meter::new(self.process.group())
    }
}

/// A file of `cargo xtask build`.
fn artifact(start: &Start<'_>, name: &str) -> Verdict<PathBuf> {
    let path = start.edge.join(name);
    ensure!(
        path.exists(),
        "{} is not built: run `cargo xtask build`",
        path.display()
    );
    // A runtime that works in its own folder must find it too.
    Ok(path.canonicalize()?)
}

/// A port that is free now, for runtimes that cannot say which port they took.
fn free_port() -> Verdict<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
