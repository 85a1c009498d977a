//! The instance's one exchange, from the client's request to its answer.

use bytes::Bytes;
use fastly::handle::BodyHandle;
use futures::executor::block_on;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode, Uri, Version};
use streamgate::ClientAddress;

use crate::config;
use crate::edge::{self, FastlyEdge};

/// Answers the client. Log lines go to stderr, which log tailing shows with a time of its own.
pub(crate) fn run() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let client = fastly::Request::from_client();
    let gate = match config::gate() {
        Ok(gate) => gate,
        Err(error) => {
            tracing::error!(%error, "the configuration is not valid");
            return refuse(
                StatusCode::INTERNAL_SERVER_ERROR,
                "streamgate: the configuration is not valid; the log says where\n",
            );
        }
    };
    let request = match request(client) {
        Ok(request) => request,
        Err(error) => {
            tracing::warn!(%error, "the request's URL is not valid");
            return refuse(
                StatusCode::BAD_REQUEST,
                "streamgate: the request's URL is not valid\n",
            );
        }
    };
    // The platform's calls block: each of our futures is ready when it is polled.
    let Ok(()) = block_on(streamgate::serve(FastlyEdge, &gate, request));
}

/// The client's request as core takes it. Fields keep their bytes and their order as far as the platform tells it: it
/// lists the names in order, and the values of each.
fn request(
    mut client: fastly::Request,
) -> Result<Request<Option<BodyHandle>>, http::uri::InvalidUri> {
    let uri: Uri = client.get_url_str().parse()?;
    // The platform has a body handle for every request; what is known to have no byte is no body.
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

/// Answers by itself, where core cannot.
fn refuse(status: StatusCode, text: &'static str) {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    fields.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    fields.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    edge::send(response);
}
