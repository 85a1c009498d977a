//! What the main thread serves at addresses of their own, beside the gate: the admin address and
//! the live view. There are few clients, and each has a connection to itself.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::places::Places;
use crate::socket::take_little_ahead;
use crate::taken::Taken;

/// How many connections there may be at a time.
const CONNECTIONS: usize = 64;

/// How long a client may take for a head, and may take nothing of an answer.
const IDLE: Duration = Duration::from_secs(60);

/// How long to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers by `service` for as long as the process lives. `client` is what the log calls a client.
pub(crate) async fn serve<S, B>(
    listener: TcpListener,
    client: &'static str,
    service: S,
) -> Infallible
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + 'static,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let places = Arc::<Places>::default();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let Some(place) = places.take(Some(CONNECTIONS)) else {
            continue;
        };
        let _ = stream.set_nodelay(true); // Where it cannot be had, events leave later.
        take_little_ahead(&stream);
        let stream = Taken::new(TokioIo::new(stream), Some(IDLE), client);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .serve_connection(stream, service.clone());
        spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, client, "connection broken off");
            }
            drop(place);
        });
    }
}
