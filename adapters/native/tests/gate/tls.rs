//! Clients that speak TLS with the gate.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{Gate, PATIENCE, configuration, head, origin};

const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";

/// A certificate for a name, its files written.
struct Certificate {
    file: PathBuf,
    key: PathBuf,
    der: CertificateDer<'static>,
}

impl Certificate {
    fn of(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        Self {
            file: configuration(&cert.pem()),
            key: configuration(&signing_key.serialize_pem()),
            der: cert.der().clone(),
        }
    }

    /// Overwrites the files of another one.
    fn replaces(&self, other: &Self) {
        std::fs::copy(&self.file, &other.file).expect("the file is written");
        std::fs::copy(&self.key, &other.key).expect("the file is written");
    }
}

/// The text of a configuration with these certificates.
fn configured(url: &str, certificates: &[&Certificate]) -> String {
    let files: Vec<_> = certificates.iter().map(|it| it.file.clone()).collect();
    let keys: Vec<_> = certificates.iter().map(|it| it.key.clone()).collect();
    format!(
        "[origin]\nurl = \"{url}\"\nidentity = \"forwarded\"\n\
         [tls]\ncertificate = {files:?}\nkey = {keys:?}\n"
    )
}

fn gate(url: &str, certificates: &[&Certificate]) -> Gate {
    let file = configuration(&configured(url, certificates));
    Gate::start(&["--config", file.to_str().expect("a path")])
}

/// An origin that answers with a page that names it, and tells the heads that it gets.
fn telling() -> (String, mpsc::Receiver<String>) {
    let (sender, heads) = mpsc::channel();
    let url = origin(move |mut stream| {
        let _ = sender.send(head(&mut stream).expect("a request"));
        let address = stream.local_addr().expect("an address");
        let page = format!("{PAGE}<a href=http://{address}/x>");
        stream.write_all(page.as_bytes()).expect("a page");
    });
    (url, heads)
}

/// Connects to the gate by a name, trusting one certificate.
async fn connect(
    gate: &Gate,
    name: &str,
    trusted: &Certificate,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(gate.address()).await?;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

async fn is_shown(gate: &Gate, name: &str, certificate: &Certificate) -> bool {
    connect(gate, name, certificate, b"http/1.1").await.is_ok()
}

#[tokio::test]
async fn pages_and_origins_are_told_that_the_scheme_is_https() {
    let certificate = Certificate::of("gate.test");
    let (url, heads) = telling();
    let gate = gate(&url, &[&certificate]);
    for target in ["/", "http://gate.test/"] {
        let stream = connect(&gate, "gate.test", &certificate, b"http/1.1").await;
        let mut stream = stream.expect("a session");
        let request =
            format!("GET {target} HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it leaves");
        let mut answer = String::new();
        // An orderly end, which rustls insists on.
        stream.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.contains("<a href=https://gate.test/x>"), "{answer}");
        let head = heads.recv_timeout(PATIENCE).expect("a request");
        assert!(head.contains("\r\nx-forwarded-proto: https\r\n"), "{head}");
    }
    let stream = connect(&gate, "gate.test", &certificate, b"http/1.1").await;
    let mut stream = stream.expect("a session");
    let request = b"OPTIONS * HTTP/1.1\r\nhost: gate.test\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("it leaves");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn http2_is_negotiated() {
    let certificate = Certificate::of("gate.test");
    let (url, heads) = telling();
    let gate = gate(&url, &[&certificate]);
    let stream = connect(&gate, "gate.test", &certificate, b"h2").await;
    let stream = stream.expect("a session");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    let request = http::Request::get("https://gate.test/").body(());
    let sent = client.send_request(request.expect("a request"), true);
    let response = sent.expect("a request").0.await.expect("an answer");
    assert_eq!(response.status(), 200);
    let head = heads.recv_timeout(PATIENCE).expect("a request");
    assert!(head.contains("\r\nx-forwarded-proto: https\r\n"), "{head}");
}

#[tokio::test]
async fn a_client_gets_the_certificate_of_the_name_that_it_asks_for() {
    let certificates = [
        Certificate::of("gate.test"),
        Certificate::of("*.other.test"),
    ];
    let [first, second] = &certificates;
    let gate = gate(&telling().0, &[first, second]);
    assert!(is_shown(&gate, "gate.test", first).await);
    assert!(is_shown(&gate, "www.other.test", second).await);
    assert!(!is_shown(&gate, "www.other.test", first).await);
    // For a name that none is for, it is the first, which the client then refuses.
    assert!(!is_shown(&gate, "unknown.test", first).await);
}

#[tokio::test]
async fn a_hangup_reads_certificates_again_and_keeps_the_old_ones_if_it_cannot() {
    let certificate = Certificate::of("gate.test");
    let next = Certificate::of("gate.test");
    let file = configuration(&configured(&telling().0, &[&certificate]));
    let (log, writer) = std::io::pipe().expect("a pipe");
    let arguments = ["--config", file.to_str().expect("a path")];
    let gate = Gate::logging(&arguments, writer.into());
    let old = Certificate {
        file: certificate.file.clone(),
        key: certificate.key.clone(),
        der: certificate.der.clone(),
    };
    assert!(is_shown(&gate, "gate.test", &old).await);
    let mut lines = BufReader::new(log)
        .lines()
        .map(|line| line.expect("a line"));
    let key = std::fs::read(&certificate.key).expect("a key");
    std::fs::write(&certificate.key, "no key").expect("the file is written");
    gate.signal("-HUP");
    let broken = lines
        .find(|line| line.contains("not reloaded"))
        .expect("a line");
    let name = certificate.key.to_str().expect("a path");
    assert!(
        broken.starts_with("error: ") && broken.contains(name),
        "{broken}"
    );
    assert!(is_shown(&gate, "gate.test", &old).await);
    // A key of another certificate is as bad.
    std::fs::write(&certificate.key, key).expect("the file is written");
    std::fs::copy(&next.file, &certificate.file).expect("the file is written");
    gate.signal("-HUP");
    assert!(lines.any(|line| line.contains("not reloaded")));
    assert!(is_shown(&gate, "gate.test", &old).await);
    next.replaces(&certificate);
    gate.signal("-HUP");
    assert!(lines.any(|line| line.contains(" reloaded")));
    assert!(is_shown(&gate, "gate.test", &next).await);
}

#[test]
fn files_that_cannot_be_used_are_named_at_the_start_and_by_a_check() {
    let certificate = Certificate::of("gate.test");
    let broken = Certificate {
        key: configuration("no key"),
        ..certificate
    };
    let file = configuration(&configured("http://127.0.0.1:9", &[&broken]));
    let file = file.to_str().expect("a path");
    for arguments in [
        &["check", file][..],
        &["serve", "--config", file, "--listen", "127.0.0.1:0"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_streamgate"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        let name = broken.key.to_str().expect("a path");
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn there_is_no_live_view_of_a_gate_that_speaks_tls() {
    let certificate = Certificate::of("gate.test");
    let file = configuration(&configured("http://127.0.0.1:9", &[&certificate]));
    let output = Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args(["serve", "--listen", "127.0.0.1:0", "--ui=127.0.0.1:0"])
        .args(["--config", file.to_str().expect("a path")])
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("leave [tls] out, or --ui"), "{error}");
}

#[test]
fn a_gate_with_a_live_view_does_not_come_to_speak_tls() {
    let certificate = Certificate::of("gate.test");
    let (url, _got) = telling();
    let file = configuration(&configured(&url, &[]));
    let (log, writer) = std::io::pipe().expect("a pipe");
    let path = file.to_str().expect("a path");
    let arguments = ["--config", path, "--ui=127.0.0.1:0"];
    let gate = Gate::logging(&arguments, writer.into());
    std::fs::write(&file, configured(&url, &[&certificate])).expect("the file is written");
    let mut lines = BufReader::new(log).lines();
    let refused = lines.find_map(|line| line.ok().filter(|line| line.contains("reloaded")));
    let refused = refused.expect("a line");
    assert!(refused.contains("not reloaded"), "{refused}");
    assert!(refused.contains("leave [tls] out, or --ui"), "{refused}");
    assert!(gate.get("/").starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_does_not_speak_tls_is_closed_and_stops_nobody() {
    let certificate = Certificate::of("gate.test");
    let gate = gate(&telling().0, &[&certificate]);
    let mut plain = TcpStream::connect(gate.address())
        .await
        .expect("a connection");
    plain
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .expect("it leaves");
    let _silent = TcpStream::connect(gate.address())
        .await
        .expect("a connection");
    assert!(is_shown(&gate, "gate.test", &certificate).await);
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
}
