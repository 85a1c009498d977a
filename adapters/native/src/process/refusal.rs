//! What a client is told for which there is no place.

use std::pin::pin;
use std::time::Duration;

use futures::TryFutureExt;
use http::Request;
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use streamgate::Refusal;
use streamgate_tower::GateService;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::protocol::{Builder, closing};
use crate::activity::Activity;
use crate::origins::Origins;
use crate::tls::Socket;
use crate::wire::{Ending, Wire};

/// How long a client may take to hear it.
const TELLING: Duration = Duration::from_secs(3);

/// Tells a client that there is no place for it, and closes the connection.
pub(super) async fn turn_away(
    stream: TcpStream,
    tls: Option<&TlsAcceptor>,
    builder: &Builder,
    gate: &GateService<Origins>,
) {
    let ending = Ending::default();
    let limit = gate.gate().config().limits.send_idle;
    let Ok(socket) = Socket::of(stream, tls, TELLING).await else {
        return;
    };
    let wire = Wire::new(socket, ending.clone(), Activity::new(), limit, None);
    let told = Notify::new();
    let service = service_fn(|request: Request<Incoming>| {
        ending.note_unread(!request.body().is_end_stream());
        told.notify_one();
        let version = request.version();
        gate.refuse(Refusal::Overloaded)
            .map_ok(move |mut response| {
                closing(version, response.headers_mut());
                response
            })
    });
    let connection = builder.serve_connection_with_upgrades(wire, service);
    let mut connection = pin!(connection);
    let telling = async {
        tokio::select! {
            result = connection.as_mut() => result,
            () = told.notified() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    let _ = timeout(TELLING, telling).await; // If it does not listen, it is closed all the same.
}
