//! The instance's one exchange, from the client's request to its answer.

use fastly::handle::BodyHandle;
use futures::executor::block_on;
use http::{Request, Uri, Version};
use streamgate::{ClientAddress, Refusal};

use crate::config;
use crate::edge::FastlyEdge;

/// Answers the client. Log lines go to stderr, which log tailing shows with timestamps of its own.
pub(crate) fn run() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let client = fastly::Request::from_client();
    let Some(gate) = config::gate() else {
        return refuse(Refusal::NotConfigured);
    };
    let request = match request(client) {
        Ok(request) => request,
        Err(error) => {
            tracing::warn!(%error, "the request's URL is not valid");
            return refuse(Refusal::BadRequest);
        }
    };
    // The platform's calls block: each of our futures is ready when it is polled.
    let Ok(()) = block_on(streamgate::serve(FastlyEdge, &gate, request));
}

/// Returns the client's request as core takes it. Fields keep their bytes, and their order as far
/// as the platform tells it: the platform lists the names in order, and the values of each name.
fn request(
    mut client: fastly::Request,
) -> Result<Request<Option<BodyHandle>>, http::uri::InvalidUri> {
    let uri: Uri = client.get_url_str().parse()?;
    // The platform has a body handle for every request; a body known to have no byte counts as
    // absent.
    let body = client
        .try_take_body()
        .and_then(|mut body| (body.known_length() != Some(0)).then(|| body.into_handle()));
    let mut request = Request::new(body);
    *request.method_mut() = client.get_method().clone();
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_11;
    if let Some(address) = client.get_client_ip_addr() {
        request.extensions_mut().insert(ClientAddress(address));
    }
    for (name, value) in client.get_headers() {
        request.headers_mut().append(name.clone(), value.clone());
    }
    Ok(request)
}

/// Answers without a gate.
fn refuse(refusal: Refusal) {
    let Ok(()) = block_on(streamgate::refuse(FastlyEdge, refusal));
}
