//! The client's side: sockets, one thread with one runtime for each, connections, and an end that lets exchanges finish.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ClientConfig;
use socket2::{Domain, Protocol, Socket, Type};
use streamgate::Gate;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use crate::HEAD_LIMIT;
use crate::client::Client;
use crate::edge::{Site, exchange};
use crate::wire::{Reset, Wire};

/// How long a client may take to send a head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a client of HTTP/2 is asked whether it is still there, and how long it may take to answer.
const PING: Duration = Duration::from_secs(20);

/// How long exchanges that are under way may take to finish once the gate stops.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait after a connection could not be accepted, which is when there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Connections that wait to be accepted, on each socket.
const BACKLOG: i32 = 1024;

type Builder = auto::Builder<LocalExecutor>;

/// Binds one socket for each thread, all to the same address, so that the kernel spreads connections over them.
///
/// # Errors
/// When the address cannot be bound; also when another process has it, though that might allow sharing it.
pub(crate) fn bind(address: SocketAddr, threads: usize) -> io::Result<Vec<std::net::TcpListener>> {
    let mut address = address;
    let sole = socket(address)?; // Refused where somebody listens already, sharing or not.
    sole.bind(&address.into())?;
    if threads <= 1 || !cfg!(target_os = "linux") {
        sole.listen(BACKLOG)?;
        let listener: std::net::TcpListener = sole.into();
        return (1..threads.max(1))
            .map(|_| listener.try_clone())
            .chain([listener.try_clone()])
            .collect();
    }
    drop(sole);
    let mut listeners = Vec::with_capacity(threads);
    for _ in 0..threads {
        let socket = socket(address)?;
        #[cfg(target_os = "linux")]
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener: std::net::TcpListener = socket.into();
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

/// Where the sockets listen.
///
/// # Errors
/// When there is none, or the system does not say.
pub(crate) fn address(listeners: &[std::net::TcpListener]) -> io::Result<SocketAddr> {
    listeners
        .first()
        .ok_or(io::ErrorKind::NotFound)?
        .local_addr()
}

/// A runtime for one thread.
///
/// # Errors
/// When the system has no file descriptors to give.
pub(crate) fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Starts a thread that serves a socket with the newest gate, until `stop` is true and its exchanges have finished. It
/// keeps `stop` until then.
///
/// # Errors
/// When the system has no thread or no file descriptors to give.
pub(crate) fn spawn(
    listener: std::net::TcpListener,
    gates: watch::Receiver<Gate>,
    stop: watch::Receiver<bool>,
    tls: Arc<ClientConfig>,
) -> io::Result<()> {
    let runtime = runtime()?;
    let listener = {
        let _context = runtime.enter();
        TcpListener::from_std(listener)?
    };
    std::thread::Builder::new()
        .name("gate".to_owned())
        .spawn(move || {
            LocalSet::new().block_on(&runtime, accept(listener, gates, stop, tls));
        })?;
    Ok(())
}

async fn accept(
    listener: TcpListener,
    mut gates: watch::Receiver<Gate>,
    mut stop: watch::Receiver<bool>,
    tls: Arc<ClientConfig>,
) {
    let connections = GracefulShutdown::new();
    let builder = Rc::new(builder());
    let site = |gate: Gate| {
        let client = Client::new(&gate.config().origin, &tls);
        Rc::new(Site { gate, client })
    };
    let current = Rc::new(RefCell::new(site(gates.borrow_and_update().clone())));
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    tokio::task::spawn_local(serve(
                        stream,
                        peer,
                        current.clone(),
                        builder.clone(),
                        connections.watcher(),
                    ));
                }
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Ok(()) = gates.changed() => {
                let new = site(gates.borrow_and_update().clone());
                current.replace(new);
            }
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    drop(listener);
    if timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("exchanges left unfinished");
    }
}

fn builder() -> Builder {
    let mut builder = auto::Builder::new(LocalExecutor);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_LIMIT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_header_list_size(HEAD_LIMIT as u32);
    builder
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    site: Rc<RefCell<Rc<Site>>>,
    builder: Rc<Builder>,
    watcher: Watcher,
) {
    // A chunk leaves when it is written. If that cannot be had, it leaves later.
    let _ = stream.set_nodelay(true);
    let reset = Reset::default();
    let wire = Wire::new(TokioIo::new(stream), reset.clone());
    let seen = Rc::new(Cell::new(false));
    let service = service_fn({
        let seen = seen.clone();
        move |request| {
            seen.set(true);
            let exchange = exchange(site.borrow().clone(), request, peer, reset.clone());
            async move { Ok::<_, Infallible>(exchange.await) }
        }
    });
    let mut connection = pin!(watcher.watch(builder.serve_connection_with_upgrades(wire, service)));
    // hyper times heads, but not the bytes from which the version is told.
    let result = match timeout(HEAD_TIMEOUT, connection.as_mut()).await {
        Err(_) if !seen.get() => return,
        Err(_) => connection.await,
        Ok(result) => result,
    };
    if let Err(error) = result {
        tracing::debug!(%error, %peer, "connection broken off");
    }
}

/// Runs what belongs to a connection on the connection's thread.
#[derive(Debug, Clone, Copy)]
struct LocalExecutor;

impl<F: Future<Output = ()> + 'static> Executor<F> for LocalExecutor {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}
