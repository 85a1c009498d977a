//! The gate on hyper alone: its server before the gate, its client behind it.
//!
//! `cargo run -p streamgate-tower --example hyper -- streamgate.toml 127.0.0.1:8080` serves a
//! configuration. The scenarios of `streamgate-conformance` run against it.

use std::env;
use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use streamgate::{ClientAddress, Gate};
use streamgate_tower::GateService;
use tokio::net::TcpListener;
use tower_service::Service;

/// How long the head of a request or of a response may be, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(address)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hyper FILE ADDRESS".into());
    };
    let gate = Arc::new(Gate::from_toml(&fs::read_to_string(&file)?, &file)?);
    let config = gate.config();

    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(config.origin.connect_timeout));
    let tls = HttpsConnectorBuilder::new().with_native_roots()?;
    let origin = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(config.origin.idle_timeout)
        .set_host(false)
        .http1_max_buf_size(HEAD_LIMIT)
        // Browsers show pages whose heads have such lines.
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .build(tls.https_or_http().enable_http1().wrap_connector(tcp));

    let limit = config.limits.head;
    let service = GateService::new(gate, origin).access_log(|line| println!("{line}"));
    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection is not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let service = service.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |mut request: Request<Incoming>| {
                let client = ClientAddress(peer.ip().to_canonical());
                request.extensions_mut().insert(client);
                service.clone().call(request)
            });
            let mut server = auto::Builder::new(TokioExecutor::new());
            let mut http1 = server.http1();
            http1.timer(TokioTimer::new()).header_read_timeout(limit);
            http1.max_buf_size(HEAD_LIMIT);
            let served = server.serve_connection_with_upgrades(TokioIo::new(stream), answer);
            if let Err(error) = served.await {
                tracing::debug!(error, "connection broken off");
            }
        });
    }
}
