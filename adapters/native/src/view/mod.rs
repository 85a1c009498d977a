//! The live view: pages for whoever tries the gate out, at an address of their own on this machine.
//!
//! They show each exchange as it ends, the same page three times side by side, and the
//! configuration, which can be edited. The address differs from the gate's, so that no script of a
//! page behind the gate has the origin of the view: `guard` says who is answered at all.

mod answers;
mod arrivals;
mod configuration;
mod events;
pub(crate) mod feed;
mod guard;
mod runs;
mod variables;

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;

use hyper::service::service_fn;
use rustls::ClientConfig;
use tokio::sync::watch;
use tokio::task::spawn_local;

use self::runs::Runs;
pub(crate) use self::variables::Named;
use crate::metrics::Metrics;
use crate::process::alone;
use crate::process::settings::{SetUp, Source};

/// Where the view listens if the command line names no address.
pub(crate) const DEFAULT: &str = "127.0.0.1:8082";

/// What the view shows, and what it changes.
pub(crate) struct View {
    /// Where the view listens.
    pub(crate) address: SocketAddr,
    /// Where the gate listens.
    pub(crate) gate: SocketAddr,
    /// Where the configuration comes from.
    pub(crate) source: Source,
    /// The variables that the configuration named when the process started.
    pub(crate) variables: Named,
    /// What serves.
    pub(crate) setups: watch::Sender<SetUp>,
    pub(crate) metrics: Arc<Metrics>,
    /// Origins are dialled with this configuration of TLS.
    pub(crate) tls: ClientConfig,
}

/// The view with what it keeps.
struct Shown {
    view: View,
    runs: RefCell<Runs>,
}

/// Returns where the view of the demo listens by default beside a gate that listens at `gate`:
/// nowhere if the gate can be reached from another machine, and at any free port if it does so, or
/// if the default port is taken: nobody has asked for that one.
pub(crate) fn beside(gate: SocketAddr) -> Option<SocketAddr> {
    beside_if(gate, |address| TcpListener::bind(address).is_err())
}

fn beside_if(gate: SocketAddr, is_taken: impl Fn(SocketAddr) -> bool) -> Option<SocketAddr> {
    let mut address: SocketAddr = DEFAULT.parse().ok()?;
    if [0, address.port()].contains(&gate.port()) || is_taken(address) {
        address.set_port(0);
    }
    gate.ip().to_canonical().is_loopback().then_some(address)
}

/// Checks that the view may listen at `address` beside a gate that listens at `gate`: whoever
/// reaches the view sees all exchanges, and may change the configuration.
///
/// # Errors
/// Returns a sentence if one of the two can be reached from another machine, or if the gate speaks
/// TLS with clients.
pub(crate) fn permit(address: SocketAddr, gate: SocketAddr, set_up: &SetUp) -> Result<(), String> {
    for (option, address) in [("--ui", address), ("--listen", gate)] {
        if !address.ip().to_canonical().is_loopback() {
            return Err(format!(
                "the live view is for this machine only, but {option} {address} can be reached \
                 from others; take a loopback address, such as 127.0.0.1:{}, or leave --ui out",
                address.port()
            ));
        }
    }
    match set_up.tls {
        None => Ok(()),
        Some(_) => Err(configuration::NO_TLS.to_owned()),
    }
}

/// Answers at the view's address for as long as the process lives.
pub(crate) async fn serve(listener: TcpListener, view: View) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "no live view"),
    };
    let shown = Rc::new(Shown {
        view,
        runs: RefCell::default(),
    });
    spawn_local(events::follow(shown.view.setups.subscribe()));
    let service = service_fn(move |request| {
        let shown = shown.clone();
        async move { Ok::<_, Infallible>(answers::answer(&shown, request).await) }
    });
    match alone::serve(listener, "a client of the live view", Rc::new(service)).await {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_no_view_where_others_reach_it() {
        for (gate, expected) in [
            ("127.0.0.1:8080", Some("127.0.0.1:8082")),
            ("127.0.0.1:0", Some("127.0.0.1:0")),
            ("127.0.0.1:8082", Some("127.0.0.1:0")),
            ("[::1]:80", Some("127.0.0.1:8082")),
            ("[::ffff:127.0.0.1]:80", Some("127.0.0.1:8082")),
            ("0.0.0.0:8080", None),
            ("[::]:8080", None),
            ("192.0.2.1:8080", None),
        ] {
            let beside = beside_if(gate.parse().expect("an address"), |_| false);
            let expected = expected.map(|it| it.parse().expect("an address"));
            assert_eq!(beside, expected, "{gate}");
        }
        let beside = beside_if(([127, 0, 0, 1], 8080).into(), |_| true);
        assert_eq!(beside, Some(([127, 0, 0, 1], 0).into()));
    }
}
