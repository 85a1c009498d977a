//! Sockets and threads: one runtime for each thread, each accepting on its own socket.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::LocalSet;

use super::drain::Phase;
use super::server::{self, Shared};
use super::settings::SetUp;

/// The options of the gate's sockets and threads.
#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Where the gate listens; port 0: any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(super) listen: SocketAddr,
    /// How many threads serve, each with its own socket. Left out: one for each core
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

impl Listen {
    /// Returns where the gate is to listen.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listen
    }
}

/// Connections that wait to be accepted, on each socket.
const BACKLOG: i32 = 1024;

/// Binds one socket for each thread, all to the same address, so that the kernel spreads
/// connections over them.
///
/// # Errors
/// Returns an error if the address cannot be bound, or if another process holds it, even where the
/// system would let both share it.
pub(crate) fn bind(mut address: SocketAddr, threads: usize) -> io::Result<Vec<TcpListener>> {
    let sole = socket(address)?; // Refused where somebody listens already, sharing or not.
    sole.bind(&address.into())?;
    if threads <= 1 || !cfg!(target_os = "linux") {
        // On systems other than Linux a shared address spreads nothing: the threads take turns at
        // one socket.
        sole.listen(BACKLOG)?;
        let listener: TcpListener = sole.into();
        return (0..threads.max(1)).map(|_| listener.try_clone()).collect();
    }
    drop(sole);
    let mut listeners = Vec::with_capacity(threads);
    for _ in 0..threads {
        let socket = socket(address)?;
        #[cfg(target_os = "linux")]
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener: TcpListener = socket.into();
        address = listener.local_addr()?; // Port 0 has become a real one.
        listeners.push(listener);
    }
    Ok(listeners)
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // Connections of an earlier run that are still closing do not hold the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Returns the address that the sockets listen on.
///
/// # Errors
/// Returns an error if there is no socket, or the system does not tell its address.
pub(crate) fn address(listeners: &[TcpListener]) -> io::Result<SocketAddr> {
    listeners
        .first()
        .ok_or(io::ErrorKind::NotFound)?
        .local_addr()
}

/// Makes the runtime of one thread.
///
/// # Errors
/// Returns an error if the system has no file descriptors left.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Starts a thread that serves a socket with the newest setup, until it is to be [`Phase::Closing`]
/// and the exchanges of the thread have ended. The thread keeps `phases` until then.
///
/// # Errors
/// Returns an error if the system has no thread or no file descriptors left.
pub(crate) fn spawn(
    listener: TcpListener,
    setups: watch::Receiver<SetUp>,
    phases: watch::Receiver<Phase>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let runtime = runtime()?;
    let listener = {
        let _context = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    std::thread::Builder::new()
        .name("gate".to_owned())
        .spawn(move || {
            let held = phases.clone();
            let local = LocalSet::new();
            local.block_on(&runtime, server::serve(listener, setups, phases, &shared));
            // The connections of what is unfinished are reset, and its lines are logged, before the
            // process may end.
            drop((local, runtime));
            drop(held);
        })?;
    Ok(())
}
