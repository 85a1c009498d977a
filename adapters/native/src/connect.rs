//! Dialling an origin: name, connection and TLS within one time limit, at the first of its
//! addresses that can be had.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{ConfigBuilderExt, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use streamgate::FetchError;
use streamgate::OriginConfig;
use streamgate_bodies::causes;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::health::{Health, Told};
use crate::metrics::Metrics;
use crate::race::{Answer, Race};
use crate::socket::{probe_when_silent, take_little_ahead};

/// A connection to an origin, with TLS if its URL says so.
pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Dials one origin. What a request calls the origin (`Host`, `:authority`) does not matter here.
pub(crate) struct Dialler {
    url: Uri,
    /// Where the origin is, if the configuration says so.
    addresses: Vec<SocketAddr>,
    /// Whether the origin has more than one address, as far as is known.
    has_several: AtomicBool,
    /// How long it may take.
    limit: Duration,
    tls: Option<Tls>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

/// How the origin is spoken to in TLS.
struct Tls {
    /// The name for which it has a certificate.
    name: String,
    /// Offers HTTP/1.1 and HTTP/2 by ALPN (RFC 7301).
    both: TlsConnector,
    /// Offers nothing, which stands for HTTP/1.1.
    http1: TlsConnector,
}

/// Which way an attempt at an exchange is to go.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// The addresses of the configuration, in the order in which to try them. None: the origin's
    /// name leads to them.
    pub(crate) order: Vec<SocketAddr>,
    /// Where the attempt before has failed.
    pub(crate) failed: Option<SocketAddr>,
}

/// Why an address cannot be had: the kind of the error, and the cause.
type Refused = (fn(String) -> FetchError, String);

impl Dialler {
    /// Makes a dialler of an origin that has a certificate for its
    /// [name](OriginConfig::certified_name).
    pub(crate) fn new(
        origin: &OriginConfig,
        tls: &ClientConfig,
        health: Arc<Health>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let is_secure = origin.url.scheme() == Some(&Scheme::HTTPS);
        let tls = is_secure.then(|| {
            let offering = |protocols: &[&[u8]]| {
                let mut tls = tls.clone();
                tls.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
                TlsConnector::from(Arc::new(tls))
            };
            Tls {
                name: origin.certified_name().to_owned(),
                both: offering(&[b"h2", b"http/1.1"]),
                http1: offering(&[]),
            }
        });
        Self {
            url: origin.url.clone(),
            addresses: origin.addresses.clone(),
            has_several: AtomicBool::new(origin.addresses.len() > 1),
            limit: origin.connect_timeout,
            tls,
            health,
            metrics,
        }
    }

    /// Returns the way of an attempt, of which the one before has `failed` there.
    pub(crate) fn way(&self, failed: Option<SocketAddr>) -> Way {
        let order = match self.addresses.is_empty() {
            true => Vec::new(),
            false => self.health.in_turn(&self.addresses, failed),
        };
        Way { order, failed }
    }

    /// Returns whether a connection to an address leads that way.
    pub(crate) fn leads(&self, address: SocketAddr, way: &Way) -> bool {
        match way.order.first() {
            Some(first) => *first == address,
            None => !self.has_several() || !self.health.is_out(address),
        }
    }

    /// Returns whether there is another address to turn to, as far as is known.
    pub(crate) fn has_several(&self) -> bool {
        self.has_several.load(Ordering::Relaxed)
    }

    /// Dials the first address of a way that can be had. Offers HTTP/2 if `h2`.
    ///
    /// # Errors
    /// [`FetchError`], when there is none within the origin's `connect_timeout`.
    pub(crate) async fn dial(
        &self,
        way: &Way,
        h2: bool,
    ) -> Result<(Stream, SocketAddr), FetchError> {
        let end = Instant::now() + self.limit;
        let late = || format!("no connection within {:?}", self.limit);
        let order = match way.order.is_empty() {
            false => way.order.clone(),
            true => {
                let resolved = timeout_at(end, self.resolve()).await;
                let resolved = resolved.unwrap_or_else(|_| Err(FetchError::Timeout(late())));
                let resolved = resolved.inspect_err(|error| self.count(error))?;
                self.health.in_order(&resolved, way.failed)
            }
        };
        self.has_several.store(order.len() > 1, Ordering::Relaxed);
        let mut race = Race::between(order);
        let mut errors: Vec<(SocketAddr, Refused)> = Vec::new();
        loop {
            let Ok(answer) = timeout_at(end, race.next()).await else {
                for address in race.unanswered() {
                    let error: Refused = (FetchError::Timeout, late());
                    self.refused(*address, &error);
                    errors.push((*address, error));
                }
                break;
            };
            let Some(Answer {
                address,
                connected,
                slower,
            }) = answer
            else {
                break;
            };
            let secured = match connected {
                Ok(stream) => {
                    for slower in slower {
                        let why = format!("{address} was asked later, and answered first");
                        self.refused(slower, &(FetchError::Timeout, why));
                    }
                    self.secure(stream, h2, race.share(end)).await
                }
                Err(error) => Err((FetchError::Connect as fn(String) -> _, causes(&error))),
            };
            match secured {
                Ok(stream) => return Ok((stream, address)),
                Err(error) => {
                    self.refused(address, &error);
                    errors.push((address, error));
                }
            }
        }
        Err(all(errors))
    }

    async fn resolve(&self) -> Result<Vec<SocketAddr>, FetchError> {
        let host = self.url.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.url.port_u16();
        let port = port.unwrap_or(if self.tls.is_some() { 443 } else { 80 });
        let addresses = lookup_host((host, port)).await;
        let addresses = addresses.map_err(|e| FetchError::Dns(format!("{host}: {e}")))?;
        Ok(addresses.collect())
    }

    /// Makes a TLS session, if the origin speaks TLS.
    async fn secure(&self, stream: TcpStream, h2: bool, end: Instant) -> Result<Stream, Refused> {
        let _ = stream.set_nodelay(true); // Where it cannot be had, small chunks leave later.
        probe_when_silent(&stream);
        take_little_ahead(&stream);
        let stream = TokioIo::new(stream);
        let Some(tls) = &self.tls else {
            return Ok(MaybeHttpsStream::Http(stream));
        };
        let name = ServerName::try_from(tls.name.clone());
        let name = name.map_err(|error| (FetchError::Tls as fn(String) -> _, error.to_string()))?;
        let connector = if h2 { &tls.both } else { &tls.http1 };
        let session = connector.connect(name, TokioIo::new(stream));
        match timeout_at(end, session).await {
            Ok(Ok(session)) => Ok(MaybeHttpsStream::Https(TokioIo::new(session))),
            Ok(Err(error)) => Err((FetchError::Tls, causes(&error))),
            Err(_) => Err((FetchError::Timeout, "no TLS session in time".to_owned())),
        }
    }

    fn refused(&self, address: SocketAddr, (kind, why): &Refused) {
        self.failed(address, &kind(why.clone()));
    }

    /// Notes that an attempt at an address has failed: the address is left out for a while, if
    /// there are others.
    pub(crate) fn failed(&self, address: SocketAddr, error: &FetchError) {
        self.count(error);
        if !self.has_several() {
            return;
        }
        if let Some(Told { pause, times }) = self.health.failed(address) {
            let said = "address of the origin failed";
            tracing::warn!(%address, %error, left_out = ?pause, times, "{said}");
        }
    }

    /// Counts an attempt that has failed.
    pub(crate) fn count(&self, error: &FetchError) {
        self.metrics.origin_failed(&self.url, error.proxy_status());
    }

    /// Notes that an address has answered.
    pub(crate) fn answered(&self, address: SocketAddr) {
        self.health.answered(address);
    }
}

/// Returns why no address can be had.
fn all(errors: Vec<(SocketAddr, Refused)>) -> FetchError {
    let Some((_, (kind, _))) = errors.last() else {
        return FetchError::Dns("no address".to_owned());
    };
    let kind = *kind;
    let lines = errors
        .into_iter()
        .map(|(address, (_, why))| format!("{address}: {why}"));
    kind(lines.collect::<Vec<_>>().join("; "))
}

/// Returns a TLS configuration that trusts the system's roots or, on a system without any, the
/// roots that Mozilla ships.
///
/// # Errors
/// Returns an error if the cryptography provider does not support the protocol versions that TLS
/// asks for.
pub(crate) fn tls() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let trusting = builder.clone().with_native_roots().unwrap_or_else(|error| {
        tracing::debug!(%error, "no roots of the system's own");
        builder.with_webpki_roots()
    });
    Ok(trusting.with_no_client_auth())
}
