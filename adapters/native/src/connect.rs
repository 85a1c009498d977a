//! Dialling the origin: name, connection and TLS within one time limit, and which of them failed.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use std::vec::IntoIter;

use http::Uri;
use hyper_rustls::{ConfigBuilderExt, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use streamgate::FetchError;
use streamgate::OriginConfig;
use tokio::net::{TcpStream, lookup_host};
use tower::util::BoxCloneSyncService;
use tower::{Service, service_fn};

use crate::socket::take_little_ahead;

/// How long a TCP connection may be silent before its peer is probed, and the pause between probes.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// A connection to an origin, with TLS if its URL says so.
pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Dials one origin. What a request calls the origin (`Host`, `:authority`) does not matter here.
pub(crate) type Dialler = BoxCloneSyncService<(), Stream, FetchError>;

/// Returns a dialler that offers HTTP/1.1 and, if `h2`, HTTP/2 by ALPN (RFC 7301), to an origin
/// that has a certificate for its [name](OriginConfig::certified_name).
pub(crate) fn dialler(origin: &OriginConfig, tls: ClientConfig, h2: bool) -> Dialler {
    let mut http = HttpConnector::new_with_resolver(service_fn(resolve as fn(Name) -> Resolving));
    http.enforce_http(false);
    http.set_nodelay(true);
    // An origin that has vanished silently is noticed, even in the midst of a body.
    http.set_keepalive(Some(KEEPALIVE));
    http.set_keepalive_interval(Some(KEEPALIVE));
    http.set_keepalive_retries(Some(3));
    let name = origin.certified_name().to_owned();
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .with_server_name_resolver(move |_: &Uri| {
            ServerName::try_from(name.clone()).map_err(io::Error::other)
        });
    let mut https = match h2 {
        true => https.enable_all_versions().wrap_connector(http),
        false => https.enable_http1().wrap_connector(http),
    };
    let (url, limit) = (origin.url.clone(), origin.connect_timeout);
    BoxCloneSyncService::new(service_fn(move |()| {
        let dialling = https.call(url.clone());
        async move {
            let dialled = tokio::time::timeout(limit, dialling).await;
            let late = |_| FetchError::Timeout(format!("no connection within {limit:?}"));
            let stream = dialled.map_err(late)?.map_err(|error| failure(&*error))?;
            take_little_ahead(match &stream {
                MaybeHttpsStream::Http(tcp) => tcp.inner(),
                MaybeHttpsStream::Https(tls) => tls.inner().get_ref().0.inner().inner(),
            });
            Ok(stream)
        }
    }))
}

type Resolving = Pin<Box<dyn Future<Output = Result<IntoIter<SocketAddr>, FetchError>> + Send>>;

fn resolve(name: Name) -> Resolving {
    Box::pin(async move {
        let addresses = lookup_host((name.as_str(), 0)).await;
        let addresses = addresses.map_err(|e| FetchError::Dns(format!("{name}: {e}")))?;
        Ok(addresses.collect::<Vec<_>>().into_iter())
    })
}

fn failure(error: &(dyn Error + 'static)) -> FetchError {
    match known(error) {
        Some(known) => known,
        // hyper-rustls turns TLS errors into `io::Error`; the connector has an error type of its
        // own.
        None if error.is::<io::Error>() => FetchError::Tls(causes(error)),
        None => FetchError::Connect(causes(error)),
    }
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

/// Returns an error and its causes, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&e| e.source())
}

/// Returns the [`FetchError`] that a lower layer has already found, if there is any.
pub(crate) fn known(error: &(dyn Error + 'static)) -> Option<FetchError> {
    chain(error).find_map(|e| e.downcast_ref().cloned())
}

/// Describes an error with all its causes, in one line.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    for cause in chain(error).skip(1).map(ToString::to_string) {
        if !line.ends_with(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}
