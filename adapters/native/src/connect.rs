//! Dialling the origin: name, connection and TLS within one time limit, and which of them failed.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto::ring;
use streamgate::FetchError;
use streamgate::config::OriginConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use crate::wire::{Used, Wire};

type Dialling<T> = Pin<Box<dyn Future<Output = Result<T, FetchError>> + Send>>;

/// Dials the one origin of the configuration, whatever authority a request's URI names: the authority is what the origin
/// is told (`Host`, `:authority`), not where it is.
#[derive(Debug, Clone)]
pub(crate) struct Dialler {
    https: HttpsConnector<Tcp>,
    origin: Uri,
    limit: Duration,
}

impl Dialler {
    /// A dialler that offers HTTP/1.1 and, if `h2`, HTTP/2 by ALPN (RFC 7301).
    pub(crate) fn new(origin: &OriginConfig, tls: ClientConfig, h2: bool) -> Self {
        let mut http = HttpConnector::new_with_resolver(Resolver(GaiResolver::new()));
        http.enforce_http(false);
        http.set_nodelay(true);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1();
        Self {
            https: if h2 {
                https.enable_http2().wrap_connector(Tcp(http))
            } else {
                https.wrap_connector(Tcp(http))
            },
            origin: origin.url.clone(),
            limit: origin.connect_timeout,
        }
    }
}

impl Service<Uri> for Dialler {
    type Response = MaybeHttpsStream<Wire<Used>>;
    type Error = FetchError;
    type Future = Dialling<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), FetchError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let dialling = self.https.call(self.origin.clone());
        let limit = self.limit;
        Box::pin(async move {
            match tokio::time::timeout(limit, dialling).await {
                Ok(Ok(connection)) => Ok(connection),
                // What has no name of its own happened after the connection: in TLS.
                Ok(Err(error)) => {
                    Err(known(&*error).unwrap_or_else(|| FetchError::Tls(causes(&*error))))
                }
                Err(_) => Err(FetchError::Timeout(format!(
                    "no connection within {limit:?}"
                ))),
            }
        })
    }
}

#[derive(Debug, Clone)]
struct Tcp(HttpConnector<Resolver>);

impl Service<Uri> for Tcp {
    type Response = Wire<Used>;
    type Error = FetchError;
    type Future = Dialling<Wire<Used>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), FetchError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let dialling = self.0.call(origin);
        Box::pin(async move {
            let tcp: TokioIo<TcpStream> = dialling
                .await
                .map_err(|e| known(&e).unwrap_or_else(|| FetchError::Connect(causes(&e))))?;
            Ok(Wire::new(tcp, Used::default()))
        })
    }
}

#[derive(Debug, Clone)]
struct Resolver(GaiResolver);

impl Service<Name> for Resolver {
    type Response = <GaiResolver as Service<Name>>::Response;
    type Error = FetchError;
    type Future = Dialling<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), FetchError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = self.0.call(name.clone());
        Box::pin(async move {
            lookup
                .await
                .map_err(|e| FetchError::Dns(format!("{name}: {e}")))
        })
    }
}

/// What TLS trusts: the system's roots, or, on a system that has none, those that Mozilla ships.
///
/// # Errors
/// When the cryptography does not serve the protocol versions that TLS asks for.
pub(crate) fn tls() -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let trusting = builder.clone().with_native_roots().unwrap_or_else(|error| {
        tracing::debug!(%error, "no roots of the system's own");
        builder.with_webpki_roots()
    });
    Ok(trusting.with_no_client_auth())
}

/// An error and its causes, the outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&e| e.source())
}

/// The [`FetchError`] that somebody below already found, if one did.
pub(crate) fn known(error: &(dyn Error + 'static)) -> Option<FetchError> {
    chain(error).find_map(|e| e.downcast_ref::<FetchError>().cloned())
}

/// An error with all its causes, in one line.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    for cause in chain(error).skip(1).map(ToString::to_string) {
        if !line.ends_with(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    line
}
