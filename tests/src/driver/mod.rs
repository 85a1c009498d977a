//! The runtimes. Each is started with a configuration on a free port of the loopback
//! interface, and stopped by its id.

mod cloudflare;
mod command;
#[cfg(test)]
pub(crate) mod example;
mod fastly;
mod native;
mod process;
pub(crate) mod reaper;
mod wasi;
mod web;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::client::{Connection, Request};
use crate::failure::{Verdict, ensure, fail};
use crate::meter::Meter;
pub(crate) use command::Template;
pub(crate) use process::Process;

/// How long a runtime may take from its start to its first answer. Viceroy and Wasmtime compile
/// first.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// A platform, named after the adapter and represented by the runtime that is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Runtime {
    /// The native binary.
    Native,
    /// Fastly Compute: Viceroy.
    Fastly,
    /// Cloudflare Workers: workerd.
    Cloudflare,
    /// WASI HTTP 0.2: `wasmtime serve`.
    Wasi,
    /// WASI HTTP 0.3: `wasmtime serve`.
    Wasi3,
    /// The tower service: a server of hyper.
    Tower,
    /// What the runner was given a command for.
    #[value(skip)]
    Command,
    /// The npm package on Node.
    Node,
    /// The npm package on Deno.
    Deno,
    /// The npm package on Bun.
    Bun,
}

impl Runtime {
    /// All runtimes, in the order of the matrix.
    pub(crate) const ALL: [Self; 9] = [
        Self::Native,
        Self::Fastly,
        Self::Cloudflare,
        Self::Wasi,
        Self::Wasi3,
        Self::Tower,
        Self::Node,
        Self::Deno,
        Self::Bun,
    ];

    /// Returns whether only a proxy in front can tell the runtime which host a client asks for:
    /// `wasmtime serve` hides `Host` from a component of WASI 0.3, and gives it an authority only
    /// where the request's target has one (wasmtime-wasi-http src/p3/request.rs, `from_http`).
    pub(crate) fn needs_a_front(self) -> bool {
        self == Self::Wasi3
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Native => "native",
            Self::Fastly => "fastly",
            Self::Cloudflare => "cloudflare",
            Self::Wasi => "wasi",
            Self::Wasi3 => "wasi3",
            Self::Tower => "tower",
            Self::Command => "command",
            Self::Node => "node",
            Self::Deno => "deno",
            Self::Bun => "bun",
        })
    }
}

/// What it takes to start a runtime.
pub(crate) struct Start<'a> {
    /// The folder of `cargo xtask build`'s artifacts.
    pub(crate) edge: &'a Path,
    /// The instance's own folder, for its configuration and its log.
    pub(crate) folder: PathBuf,
    /// The text of `streamgate.toml`.
    pub(crate) config: String,
    /// The origins that Fastly Compute knows by name; it is told of all others by the gate.
    pub(crate) backends: Vec<Backend>,
    /// The certificate that the native gate trusts, in place of the system's.
    pub(crate) trusted: Option<PathBuf>,
    /// What starts [`Runtime::Command`].
    pub(crate) command: Option<Template>,
}

/// An origin that a service of Fastly Compute defines.
pub(crate) struct Backend {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its URL, without a path.
    pub(crate) url: String,
    /// The `Host` that it gets whatever a request says, if there is one.
    pub(crate) override_host: Option<String>,
    /// How long it may take until the head of its response, if that is not the default.
    pub(crate) first_byte_timeout: Option<Duration>,
}

/// A running runtime. Dropping it stops it with all its children.
pub(crate) struct Instance {
    /// Where the runtime listens.
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
            Runtime::Wasi | Runtime::Wasi3 => wasi::start(runtime, start),
            Runtime::Tower => Template::of(&artifact(start, "tower")?).start(start),
            Runtime::Command => match &start.command {
                Some(command) => command.start(start),
                None => fail!("there is no --command"),
            },
            Runtime::Node | Runtime::Deno | Runtime::Bun => web::start(runtime, start),
        }?;
        instance.wait_until_ready(deadline)?;
        Ok(instance)
    }

    /// Takes a runtime that was started by other means, and waits until it answers.
    pub(crate) fn run(process: Process, address: SocketAddr) -> Verdict<Self> {
        let mut instance = Self { address, process };
        instance.wait_until_ready(Instant::now() + READY_WITHIN)?;
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

    /// Sends one request and accepts any answer; a wrong one is for a scenario to find.
    fn ask(&self) -> Verdict {
        let soon = Instant::now() + Duration::from_secs(10);
        let mut connection = Connection::open(self.address, soon, None)?;
        connection.send(&Request::new("GET", "/ready/"))?;
        connection.response("GET")?.read_to_end().map(drop)
    }

    /// Returns whether the runtime has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.has_ended()
    }

    /// Tells the native gate to read its configuration again.
    pub(crate) fn hang_up(&self) -> Verdict {
        self.process.hang_up()
    }

    /// Returns the file that the runtime logs to.
    pub(crate) fn log(&self) -> &Path {
        self.process.log_file()
    }

    /// Returns a meter of what the runtime holds.
    pub(crate) fn meter(&self) -> Meter {
        Meter::new(self.process.group())
    }
}

/// Returns the path of an artifact of `cargo xtask build`.
fn artifact(start: &Start<'_>, name: &str) -> Verdict<PathBuf> {
    let path = start.edge.join(name);
    ensure!(
        path.exists(),
        "{} is not built: run `cargo xtask build`",
        path.display()
    );
    // The path is absolute, because a runtime may work in a folder of its own.
    Ok(path.canonicalize()?)
}

/// Returns a port that is free now, for runtimes that cannot report which port they took.
pub(crate) fn free_port() -> Verdict<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
