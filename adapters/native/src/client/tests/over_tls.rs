//! The client over TLS: which HTTP version is spoken, what name the origin is told, and whom the
//! gate trusts.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::*;

/// Starts an origin at `localhost` that offers the protocols, and answers with the HTTP version and
/// the authority of the request. Also returns its certificate.
async fn origin(protocols: &[&str]) -> (String, CertificateDer<'static>) {
    let (acceptor, certificate) = certified(protocols);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let service = service_fn(|request: Request<Incoming>| async move {
                    let host = request
                        .headers()
                        .get("host")
                        .map(|host| host.to_str().unwrap_or_default());
                    let authority = request.uri().authority().map(Authority::as_str);
                    let text = format!("{:?} {authority:?} {host:?}", request.version());
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text))))
                });
                let _ = auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    (format!("https://localhost:{port}"), certificate)
}

/// Returns an acceptor that turns a connection to `localhost` into TLS and offers the protocols,
/// and its certificate.
pub(super) fn certified(protocols: &[&str]) -> (TlsAcceptor, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let mut tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a certificate with its key");
    tls.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    (TlsAcceptor::from(Arc::new(tls)), cert.der().clone())
}

pub(super) fn trusting(certificate: CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test]
async fn the_newest_version_that_the_origin_offers_is_spoken() {
    let host = "www.example.com";
    let http1 = format!("HTTP/1.1 None Some({host:?})");
    let http2 = format!("HTTP/2.0 Some({host:?}) None");
    let cases: &[(&[&str], &str)] = &[
        (&["h2", "http/1.1"], &http2),
        (&["http/1.1"], &http1),
        (&[], &http1),
    ];
    for (protocols, expected) in cases {
        let (url, certificate) = origin(protocols).await;
        let text =
            format!("[origin]\nurl = \"{url}\"\nhost = \"{host}\"\ntls_name = \"localhost\"\n");
        let config = Config::from_toml(&text, "test").expect("a configuration");
        let client = client_of(&config.origin, &trusting(certificate));
        for trailers in [false, true] {
            let request = Request::get(&url)
                .header("host", host)
                .body(None)
                .expect("a request");
            let response = client
                .send(request, with_trailers(trailers))
                .await
                .expect("a response");
            assert_eq!(text_of(response).await, *expected, "{protocols:?}");
        }
    }
}

#[tokio::test]
async fn an_origin_at_an_address_has_a_certificate_for_its_host() {
    let (url, certificate) = origin(&["h2"]).await;
    let url = url.replace("localhost", "127.0.0.1");
    for (keys, trusted) in [
        ("host = \"localhost\"", true),
        ("host = \"localhost:8443\"", true),
        ("tls_name = \"localhost\"", true),
        (
            "host = \"localhost\"\ntls_name = \"www.example.com\"",
            false,
        ),
        ("host = \"www.example.com\"", false),
        ("", false),
    ] {
        let text = format!("[origin]\nurl = \"{url}\"\n{keys}");
        let config = Config::from_toml(&text, "test").expect("a configuration");
        let client = client_of(&config.origin, &trusting(certificate.clone()));
        let response = get(&client, &url).await;
        assert_eq!(response.is_ok(), trusted, "{keys}");
    }
}

#[tokio::test]
async fn an_upgrade_is_asked_for_in_http1_whatever_else_the_origin_offers() {
    let (url, certificate) = origin(&["h2", "http/1.1"]).await;
    let config = Config::from_toml(&format!("[origin]\nurl = \"{url}\"\n"), "test");
    let client = client_of(
        &config.expect("a configuration").origin,
        &trusting(certificate),
    );
    let request = Request::get(&url)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .body(None)
        .expect("a request");
    let response = client
        .send(request, Terms::default())
        .await
        .expect("a response");
    assert!(text_of(response).await.starts_with("HTTP/1.1"));
}

#[tokio::test]
async fn a_certificate_of_nobody_trusted_is_refused() {
    let (url, _) = origin(&["h2"]).await;
    let error = get(&client(&url, ""), &url)
        .await
        .map(drop)
        .expect_err("no response");
    assert!(matches!(error, FetchError::Tls(_)), "{error:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (url, certificate) = origin(&["h2"]).await;
    let url = url.replace("localhost", "127.0.0.1");
    let config = Config::from_toml(&format!("[origin]\nurl = \"{url}\"\n"), "test");
    let client = client_of(
        &config.expect("a configuration").origin,
        &trusting(certificate),
    );
    let error = get(&client, &url).await.map(drop).expect_err("no response");
    assert!(matches!(error, FetchError::Tls(_)), "{error:?}");
}

async fn text_of(response: Response<OriginBody>) -> String {
    let body = text(response).await.expect("a body");
    String::from_utf8_lossy(&body).into_owned()
}
