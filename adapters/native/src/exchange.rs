//! An exchange on a client's connection.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::header::HOST;
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use streamgate::ClientAddress;
use streamgate_tower::{GateService, ResponseBody};
use tokio::time::timeout;
use tower_service::Service as _;

use crate::origins::Origins;
use crate::received::Received;
use crate::wire::Ending;

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From {
    /// The address of the connection's other end.
    pub(crate) peer: IpAddr,
    /// Whether the connection has TLS.
    pub(crate) is_secure: bool,
}

/// Begins one exchange of the connection that is `from` there, which ends as `ending` says. The
/// bytes of the request's body are counted in `received`.
pub(crate) fn exchange(
    mut gate: GateService<Origins>,
    mut request: Request<Incoming>,
    from: From,
    ending: &Ending,
    received: Arc<AtomicU64>,
) -> impl Future<Output = Response<ResponseBody>> + use<> {
    let client = ClientAddress(from.peer.to_canonical());
    request.extensions_mut().insert(client);
    if from.is_secure {
        secure(&mut request);
    }
    let is_http2 = request.version() >= Version::HTTP_2;
    let is_bodiless = request.body().is_end_stream();
    let mut served = match is_bodiless {
        true => gate.call(request),
        false => gate.call(request.map(|body| Received::new(body, received, ending.clone()))),
    };
    let awaited = (!is_http2).then(|| ending.clone());
    async move {
        if is_bodiless {
            if let Some(ending) = awaited {
                ending.note_unread(false); // The connection may have had a body before.
            }
            let Ok(response) = served.await;
            return response;
        }
        if let Some(ending) = &awaited {
            ending.note_awaited(true);
        }
        let Ok(response) = looking(&mut served).await;
        if let Some(ending) = &awaited {
            ending.note_awaited(false);
        }
        response
    }
}

/// How often to look whether a client is still there whose body nobody reads.
const LOOK: Duration = Duration::from_secs(1);

/// Runs an exchange, and wakes its task each time that a while has passed: the connection, which is
/// polled with it, then looks at its socket, which it does not read while the origin takes nothing.
async fn looking<T>(exchange: &mut (impl Future<Output = T> + Unpin)) -> T {
    loop {
        if let Ok(done) = timeout(LOOK, &mut *exchange).await {
            return done;
        }
    }
}

/// Gives the target of a request the scheme of TLS, whatever it says itself, if it has an authority
/// or the request a host.
fn secure<B>(request: &mut Request<B>) {
    let mut target = request.uri().clone().into_parts();
    let host = || request.headers().get(HOST)?.as_bytes().try_into().ok();
    target.authority = target.authority.or_else(host);
    if target.authority.is_none() {
        return; // Core refuses it, or knows no host.
    }
    target.scheme = Some(Scheme::HTTPS);
    if target.path_and_query.is_none() {
        target.path_and_query = Some(PathAndQuery::from_static("/"));
    }
    if let Ok(uri) = Uri::from_parts(target) {
        *request.uri_mut() = uri;
    }
}
