//! The client's side: connections, and an end that lets their exchanges finish.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io::ErrorKind::{ConnectionAborted, Interrupted};
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use rustls::ClientConfig;
use streamgate::Treatment;
use streamgate_tower::{Deployment, GateService};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::admission::{Admission, Admitted};
use super::drain::{Phase, QUIET};
use super::fair::Fair;
use super::protocol::{Builder, builder, closing};
use super::refusal::turn_away;
use super::settings::SetUp;
use crate::activity::Activity;
use crate::body::Answer;
use crate::cache::Newest;
use crate::client::{Client, Common};
use crate::client_address;
use crate::exchange::{From, exchange};
use crate::health::Health;
use crate::metrics::Metrics;
use crate::origins::Origins;
use crate::places::PlacesOf;
use crate::record::{Record, Requested};
use crate::repeated::Repeated;
use crate::shared_by::SharedBy;
use crate::socket::take_little_ahead;
use crate::tls::Socket;
use crate::wire::{Ending, Held, Wire};

/// How long a client has at least for its part in the orderly end of an idle connection: over HTTP/2
/// it is told, and may have sent a request meanwhile.
const CLOSING: Duration = Duration::from_secs(5);

/// How long to wait after a connection could not be accepted, which happens when no file
/// descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the threads share.
pub(crate) struct Shared {
    /// Connections are dialled with this configuration of TLS.
    pub(super) tls: ClientConfig,
    pub(super) admission: Admission,
    /// The requests to each origin, by its URL.
    pub(super) requests: PlacesOf<Uri>,
    /// Which addresses of each origin have failed, by its URL.
    pub(super) health: SharedBy<Uri, Health>,
    pub(super) metrics: Arc<Metrics>,
    /// What the cache stores, for the newest configuration.
    pub(super) cache: Newest,
}

/// What serves connections, as the newest gate has it.
struct Serving {
    gate: GateService<Origins>,
    builder: Builder,
    tls: Option<TlsAcceptor>,
}

/// What serves now, shared with each connection of the thread.
type Current = Rc<RefCell<Rc<Serving>>>;

/// Serves clients with the newest setup, until it is to be [`Phase::Closing`] and their exchanges
/// have ended, or `drain.timeout` is over.
pub(crate) async fn serve(
    listener: TcpListener,
    mut setups: watch::Receiver<SetUp>,
    mut phases: watch::Receiver<Phase>,
    shared: &Shared,
) {
    let mut thread = Thread::new(setups.borrow_and_update().clone(), shared);
    let mut failed = Repeated::default();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => thread.admit(stream, peer),
                Err(error) => {
                    if let Some(times) = failed.count() {
                        tracing::warn!(%error, times, "connection not accepted");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            },
            Ok(()) = setups.changed() => {
                let new = serving(setups.borrow_and_update().clone(), shared);
                thread.current.replace(new);
            }
            changed = phases.changed() => {
                let phase = *phases.borrow_and_update();
                thread.phase.send_replace(phase);
                if changed.is_err() || phase >= Phase::Closing {
                    break;
                }
            }
        }
    }
    thread.admit_waiting(listener);
    let limit = setups.borrow().gate.config().drain.timeout;
    let all_ended = tokio::select! {
        ended = timeout(limit, thread.phase.closed()) => ended.is_ok(),
        _ = phases.wait_for(|phase| *phase == Phase::Ended) => false,
    };
    if !all_ended {
        tracing::warn!("exchanges left unfinished");
    }
}

/// Makes what serves connections, as a setup has it.
fn serving(set_up: SetUp, shared: &Shared) -> Rc<Serving> {
    let SetUp { gate, tls, .. } = set_up;
    let limits = &gate.config().limits;
    let origins = gate.config().distinct_origins().into_iter();
    let clients = origins.map(|origin| {
        let common = Common {
            requests: shared.requests.of(origin.url.clone()),
            health: shared.health.of(origin.url.clone()),
            metrics: shared.metrics.clone(),
        };
        Client::new(origin, limits, &shared.tls, common)
    });
    let origins = Origins::new(clients);
    let builder = builder(limits);
    let cache = gate.config().cache.as_ref().map(|it| shared.cache.of(it));
    let deployment = Deployment {
        gate: Arc::new(gate),
        cache,
        access_log: None, // An exchange is recorded here, with what only its connection knows.
    };
    let gate = GateService::before(deployment, origins);
    Rc::new(Serving { gate, builder, tls })
}

/// One of the threads that serve.
struct Thread<'a> {
    current: Current,
    /// Each connection listens to it until its end.
    phase: watch::Sender<Phase>,
    refused: Repeated,
    shared: &'a Shared,
}

impl<'a> Thread<'a> {
    fn new(set_up: SetUp, shared: &'a Shared) -> Self {
        Self {
            current: Rc::new(RefCell::new(serving(set_up, shared))),
            phase: watch::channel(Phase::Serving).0,
            refused: Repeated::default(),
            shared,
        }
    }

    /// Serves a client, if there is a place for it.
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let serving = self.current.borrow().clone();
        let config = serving.gate.gate().config();
        // A proxy has connections for many clients.
        let is_proxy = client_address::is_trusted(peer.ip(), &config.trusted_proxies);
        let client = (!is_proxy).then(|| peer.ip());
        let phase = self.phase.subscribe();
        let full = match self.shared.admission.admit(&config.limits, client) {
            Admitted::Served(places) => {
                let metrics = self.shared.metrics.clone();
                let held = (places, metrics.connection());
                let current = self.current.clone();
                spawn_local(Fair::new(connection(
                    stream, peer, current, phase, metrics, held,
                )));
                return;
            }
            Admitted::Told(place, full) => {
                spawn_local(Fair::new(async move {
                    let tls = serving.tls.as_ref();
                    turn_away(stream, tls, &serving.builder, &serving.gate).await;
                    drop((place, phase));
                }));
                full
            }
            Admitted::Closed(full) => full,
        };
        let reason = full.key();
        self.shared.metrics.refused(reason);
        if let Some(times) = self.refused.count() {
            tracing::warn!(reason, %peer, times, "connection refused");
        }
    }

    /// Serves the clients whose connections wait to be accepted, and closes the listener.
    fn admit_waiting(&mut self, listener: TcpListener) {
        let Ok(listener) = listener.into_std() else {
            return;
        };
        loop {
            match listener.accept() {
                Ok((stream, peer)) => {
                    let stream = stream.set_nonblocking(true).map(|()| stream);
                    if let Ok(stream) = stream.and_then(TcpStream::from_std) {
                        self.admit(stream, peer);
                    }
                }
                // This one has gone, and the next may wait.
                Err(error) if matches!(error.kind(), Interrupted | ConnectionAborted) => {}
                Err(_) => return,
            }
        }
    }
}

/// Serves one connection until either side ends it, the thread does, or it has had no exchange for
/// too long, whatever `PING`s it answers.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    current: Current,
    phase: watch::Receiver<Phase>,
    metrics: Arc<Metrics>,
    held: Held,
) {
    let _ = stream.set_nodelay(true); // Where it cannot be had, small chunks leave later.
    take_little_ahead(&stream);
    let serving = current.borrow().clone();
    let limits = serving.gate.gate().config().limits.clone();
    let ending = Ending::default();
    let activity = Activity::new();
    // A client that has begun a session has a request, so only `limits.head` ends it.
    let socket = match Socket::of(stream, serving.tls.as_ref(), limits.head).await {
        Ok(socket) => socket,
        Err(error) => return tracing::debug!(%error, %peer, "no TLS session"),
    };
    activity.heard();
    let is_secure = socket.is_secure();
    let wire = Wire::new(
        socket,
        ending.clone(),
        activity.clone(),
        limits.send_idle,
        Some(held),
    );
    let http2 = Notify::new();
    let service = service_fn(|mut request: Request<Incoming>| {
        let busy = activity.begin();
        let version = request.version();
        if version == Version::HTTP_2 {
            http2.notify_one();
        }
        let phase = phase.clone();
        let gate = current.borrow().gate.clone();
        let config = gate.gate().config();
        let client = client_address::of(peer.ip(), request.headers(), &config.trusted_proxies);
        let requested = Requested::of(&request, client, is_secure);
        let mut record = Record::begin(requested, config.access_log, &metrics);
        request.extensions_mut().insert(record.traced());
        let from = From {
            peer: peer.ip(),
            is_secure,
        };
        let received = record.received();
        let ending = ending.clone();
        let exchange = exchange(gate, request, from, &ending, received);
        async move {
            let mut response = exchange.await;
            // hyper closes the connection behind an answer that came before the end of the body.
            let is_early = version < Version::HTTP_2 && ending.lingers() && is_own(&response);
            let is_last = is_early || *phase.borrow() > Phase::Serving;
            if is_last && response.status() != StatusCode::SWITCHING_PROTOCOLS {
                closing(version, response.headers_mut());
            }
            record.answered(&response);
            let ending = (version == Version::HTTP_10).then_some(ending);
            let is_framed = response.headers().contains_key(CONTENT_LENGTH);
            Ok::<_, Infallible>(
                response.map(|body| Answer::new(body, ending, is_framed, record, busy)),
            )
        }
    });
    let connection = serving
        .builder
        .serve_connection_with_upgrades(wire, service);
    let mut connection = pin!(connection);
    let result = tokio::select! {
        biased;
        result = connection.as_mut() => result,
        leaves = leaves(&phase, &http2, &activity) => {
            connection.as_mut().graceful_shutdown();
            match leaves {
                Leaves::Told => connection.await,
                Leaves::Silent => tokio::select! {
                    biased;
                    result = connection.as_mut() => result,
                    () = std::future::ready(()) => Ok(()), // It has never had a request.
                },
            }
        }
        () = activity.idle(limits.head) => {
            connection.as_mut().graceful_shutdown();
            // What is on its way to the client yet may arrive.
            let given_up = async {
                sleep(CLOSING).await;
                activity.idle(limits.send_idle.unwrap_or(limits.head)).await;
            };
            tokio::select! {
                result = connection.as_mut() => result,
                () = given_up => Ok(()),
                () = silent(&phase, &activity) => Ok(()),
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, %peer, "connection broken off");
    }
}

/// Returns whether a response is the gate's own answer.
fn is_own<B>(response: &Response<B>) -> bool {
    matches!(response.extensions().get(), Some(Treatment::Answered(_)))
}

/// How a connection ends when the gate leaves service.
enum Leaves {
    /// Its client is told, and may end what it has begun.
    Told,
    /// It has no exchange, and is closed.
    Silent,
}

/// Resolves when a connection is to end because the gate leaves service. Until then nothing but the
/// phase is looked at, each time that the connection is polled.
async fn leaves(phase: &watch::Receiver<Phase>, http2: &Notify, activity: &Activity) -> Leaves {
    let _ = phase
        .clone()
        .wait_for(|phase| *phase > Phase::Serving)
        .await;
    tokio::select! {
        biased;
        // To be told is for HTTP/2: there, no request is lost by it (RFC 9113 §6.8).
        () = http2.notified() => Leaves::Told,
        () = silent(phase, activity) => Leaves::Silent,
    }
}

/// Resolves when a connection that its client keeps for later is to be closed: when nobody new is
/// served, and the client has had the time to send what it was about to send.
async fn silent(phase: &watch::Receiver<Phase>, activity: &Activity) {
    let _ = phase
        .clone()
        .wait_for(|phase| *phase >= Phase::Closing)
        .await;
    activity.quiet(QUIET).await;
}

#[cfg(test)]
mod tests;
