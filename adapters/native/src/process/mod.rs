//! What a process must bring of its own where a platform would provide it: sockets, threads, a
//! configuration store, a log, an end.

pub(crate) mod access_log;
mod address;
mod admin;
mod admission;
pub(crate) mod alone;
pub(crate) mod bench;
pub(crate) mod check;
mod companion;
pub(crate) mod completions;
pub(crate) mod crawl;
mod descriptors;
mod drain;
pub(crate) mod explain;
mod fair;
pub(crate) mod init;
mod lines;
pub(crate) mod listen;
pub(crate) mod manual;
mod page;
mod protocol;
pub(crate) mod purge;
mod refusal;
pub(crate) mod rewrite;
mod server;
pub(crate) mod settings;
pub(crate) mod terminal;
mod visit;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::LocalSet;

use self::admission::Admission;
pub(crate) use self::companion::Companion;
use self::drain::{Phase, Signals, Told, drain, end};
pub(crate) use self::listen::{Listen, bind};
use self::server::Shared;
use self::settings::{Hangup, SetUp, Source};
use crate::cache::Newest;
use crate::connect;
use crate::metrics::Metrics;
use crate::places::PlacesOf;
use crate::shared_by::SharedBy;
use crate::view::{self, Named, View};

/// Serves until told to stop, by SIGINT or SIGTERM, and then [drains](drain::drain) the gate. A
/// second signal ends the process at once. The live view listens at `ui`, and the companion runs
/// beside the gate, if there are any.
///
/// # Errors
/// Returns a sentence for the terminal if the process cannot start, or was ended by a second
/// signal.
pub(crate) fn run(
    source: &Source,
    to: &Listen,
    ui: Option<SocketAddr>,
    companion: Option<Box<dyn Companion>>,
) -> Result<(), String> {
    #[cfg(feature = "otel")]
    crate::otel::begin();
    let text = source.read()?;
    let set_up = source.set_up(&text)?;
    let permit = |set_up: &SetUp| match ui {
        Some(ui) => view::permit(ui, to.listen, set_up),
        None => Ok(()),
    };
    permit(&set_up)?;
    let origin = set_up.gate.config().origin.url.clone();
    let scheme = if set_up.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let tls = connect::tls().map_err(|e| format!("no TLS: {e}"))?;
    let threads = to
        .threads
        .or_else(|| std::thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let runtime = listen::runtime().map_err(|e| format!("cannot start: {e}"))?;
    let refused = |e| refused(to.listen, "--listen", &e);
    let listeners = listen::bind(to.listen, threads).map_err(refused)?;
    let address = listen::address(&listeners).map_err(refused)?;

    let (hangup, mut signals) = {
        let _context = runtime.enter();
        (Hangup::new(), Signals::new())
    };
    let (setups, _) = watch::channel(set_up);
    let (phases, _) = watch::channel(Phase::Serving);
    let shared = Arc::new(Shared {
        tls,
        admission: Admission::new(descriptors::raise()),
        requests: PlacesOf::default(),
        health: SharedBy::default(),
        metrics: Arc::new(Metrics::new()),
        cache: Newest::default(),
    });
    let admin = setups
        .borrow()
        .gate
        .config()
        .admin
        .map(|address| listen_alone(address, "admin.listen"))
        .transpose()?;
    let view = ui.map(|address| listen_alone(address, "--ui"));
    let view = view.transpose()?;
    for listener in listeners {
        listen::spawn(
            listener,
            setups.subscribe(),
            phases.subscribe(),
            shared.clone(),
        )
        .map_err(|e| format!("cannot start a thread: {e}"))?;
    }
    if let Some(companion) = &companion {
        companion.announce(address);
    }
    terminal::say(&format!(
        "listening on {scheme}://{address} for {origin} ({})",
        source.name()
    ));
    if let Some((_, address)) = admin {
        terminal::say(&format!("admin.listen is http://{address}"));
    }
    if let Some((_, address)) = view {
        terminal::say(&format!("the live view is http://{address}"));
    }
    LocalSet::new().block_on(&runtime, async {
        if let Some(companion) = companion {
            tokio::task::spawn_local(companion.run());
        }
        if let Some((listener, _)) = admin {
            let listener = tokio::net::TcpListener::from_std(listener)
                .map_err(|e| format!("cannot listen for admin: {e}"))?;
            tokio::task::spawn_local(admin::serve(listener, shared.clone(), phases.clone()));
        }
        if let Some((listener, address_of_view)) = view {
            let view = View {
                address: address_of_view,
                gate: address,
                source: source.clone(),
                variables: Named::in_text(&text),
                setups: setups.clone(),
                metrics: shared.metrics.clone(),
                tls: shared.tls.clone(),
            };
            tokio::task::spawn_local(view::serve(listener, view));
        }
        let told = tokio::select! {
            never = source.follow(text, hangup, permit, &setups, &shared.metrics) => match never {},
            told = signals.told() => told,
        };
        tracing::info!("stopping when the exchanges under way have finished");
        // A person at a terminal has no load balancer that must notice.
        let delay = setups.borrow().gate.config().drain.delay;
        let delay = delay.filter(|_| told == Told::Terminate);
        tokio::select! {
            () = drain(&phases, delay) => Ok(()),
            _ = signals.told() => {
                end(&phases).await;
                Err("ended before all exchanges had finished".to_owned())
            }
        }
    })
}

/// Listens at an address that the main thread serves, which `option` names.
///
/// # Errors
/// Returns a sentence if that is not possible.
fn listen_alone(address: SocketAddr, option: &str) -> Result<(TcpListener, SocketAddr), String> {
    let listening = bind(address, 1).and_then(|mut listeners| {
        let address = listen::address(&listeners)?;
        Ok((listeners.remove(0), address))
    });
    listening.map_err(|e| refused(address, option, &e))
}

/// Returns a sentence about an address that cannot be listened on; `option` is the option that
/// changes it.
pub(crate) fn refused(address: SocketAddr, option: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{address} is taken by another process; choose another address with {option} {}:PORT",
            address.ip()
        ),
        _ => format!(
            "cannot listen on {address}: {error}; choose another address with {option} ADDR"
        ),
    }
}
