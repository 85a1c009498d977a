//! TLS of clients: certificates from files, one for each name, and the connection with or without.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use streamgate::CertificateFiles;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// What clients may choose by ALPN (RFC 7301), the best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Reads the certificates, and returns what speaks TLS with them. Returns `None` if there are none.
///
/// # Errors
/// Returns a sentence that names the file if one cannot be read or used.
pub(crate) fn acceptor(files: &[CertificateFiles]) -> Result<Option<TlsAcceptor>, String> {
    if files.is_empty() {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let certificates = files.iter().map(|files| certified(files, &provider));
    let certificates = ByName(certificates.collect::<Result<_, _>>()?);
    let unusable = |error: rustls::Error| format!("no TLS: {error}");
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    config.ticketer = ring::Ticketer::new().map_err(unusable)?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

/// Reads a certificate and its key.
fn certified(
    files: &CertificateFiles,
    provider: &CryptoProvider,
) -> Result<Arc<CertifiedKey>, String> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| fault(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(format!(
            "{}: no certificate in it",
            files.certificate.display()
        ));
    }
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| fault(&files.key, &error))?;
    // This notices a key that is not the certificate's, too.
    let certified = CertifiedKey::from_der(chain, key, provider);
    certified.map(Arc::new).map_err(|error| {
        let (certificate, key) = (files.certificate.display(), files.key.display());
        format!("{certificate} with {key}: {error}")
    })
}

fn fault(file: &Path, error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => format!("{}: {error}", file.display()),
        pem::Error::NoItemsFound => format!("{}: nothing of the kind in it", file.display()),
        _ => format!("{}: no valid PEM", file.display()),
    }
}

/// Certificates, of which a client gets the first that is for the name that it asks for (SNI, RFC
/// 6066 §3), else the first of all.
#[derive(Debug)]
struct ByName(Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello
            .server_name()
            .and_then(|name| ServerName::try_from(name).ok());
        let of_name = name.and_then(|name| self.0.iter().find(|key| is_for(key, &name)));
        of_name.or(self.0.first()).cloned()
    }
}

fn is_for(key: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let certificate = key.end_entity_cert().ok();
    certificate
        .and_then(|certificate| ParsedCertificate::try_from(certificate).ok())
        .is_some_and(|certificate| verify_server_name(&certificate, name).is_ok())
}

/// A client's connection, with TLS or without.
#[derive(Debug)]
pub(crate) enum Socket {
    /// Without.
    Plain(TcpStream),
    /// With, its handshake made.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Takes a connection: with an `acceptor`, the client must make its handshake within `limit`.
    ///
    /// # Errors
    /// Returns an error if it does not.
    pub(crate) async fn of(
        stream: TcpStream,
        acceptor: Option<&TlsAcceptor>,
        limit: Duration,
    ) -> io::Result<Self> {
        let Some(acceptor) = acceptor else {
            return Ok(Self::Plain(stream));
        };
        let stream = timeout(limit, acceptor.accept(stream)).await;
        let stream = stream.map_err(|_| io::ErrorKind::TimedOut)??;
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Returns whether the connection has TLS.
    pub(crate) fn is_secure(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Returns the TCP connection.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }
}
