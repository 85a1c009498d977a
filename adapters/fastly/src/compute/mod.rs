//! The instance's one exchange, from the client's request to its answer.

mod backend;
mod config;
mod edge;
mod errors;
mod head;
mod sink;
mod subrequests;

use fastly::http::Url;
use futures::executor::block_on;
use http::Request;
use http::header::{HOST, TRANSFER_ENCODING};
use streamgate::{ClientAddress, LimitsConfig, Refusal};

use edge::{FastlyEdge, Upload};

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
    let client = request.extensions().get::<ClientAddress>();
    let client = client.map(|client| client.0);
    let edge = FastlyEdge::new(gate.config().limits.clone(), client);
    // The platform's calls block: each of our futures is ready when it is polled, or has woken its
    // task.
    let Ok(()) = block_on(streamgate::serve(edge, &gate, request));
}

/// Returns the client's request as core takes it. Fields keep their bytes, and their order as far
/// as the platform tells it: the platform lists the names in order, and the values of each name.
fn request(mut client: fastly::Request) -> Result<Request<Option<Upload>>, String> {
    // The platform makes the URL of `Host`, and the SDK panics over a URL that it cannot parse.
    if let Some(host) = client.get_header(HOST) {
        let host = String::from_utf8_lossy(host.as_bytes());
        Url::parse(&format!("http://{host}/")).map_err(|error| error.to_string())?;
    }
    // The platform has a body handle for every request; a body known to have no byte counts as
    // absent.
    let chunked = client.contains_header(TRANSFER_ENCODING);
    let body = client.try_take_body().and_then(|mut body| {
        (body.known_length() != Some(0)).then(|| Upload {
            body: body.into_handle(),
            chunked,
        })
    });
    let request = Request::builder()
        .method(client.get_method())
        .uri(client.get_url_str());
    let mut request = request.body(body).map_err(|error| error.to_string())?;
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
    let edge = FastlyEdge::new(LimitsConfig::default(), None);
    let Ok(()) = block_on(streamgate::refuse(edge, refusal));
}
