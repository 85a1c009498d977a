//! The admin address: whether the process lives, whether it is to get requests, and its metrics.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::service::service_fn;
use prometheus_client::encoding::prometheus_text;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::alone;
use super::drain::Phase;
use super::lines;
use crate::metrics::Metrics;

/// Answers at the admin address for as long as the process lives.
pub(super) async fn serve(
    listener: TcpListener,
    metrics: Arc<Metrics>,
    phase: watch::Sender<Phase>,
) -> Infallible {
    let service = service_fn(move |request| {
        let answer = answer(&request, &metrics, *phase.borrow());
        ready(Ok::<_, Infallible>(answer))
    });
    alone::serve(listener, "a client of admin.listen", Arc::new(service)).await
}

fn answer<B>(request: &Request<B>, metrics: &Metrics, phase: Phase) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    match (request.uri().path(), phase) {
        ("/healthz", _) => text(StatusCode::OK, "alive\n"),
        ("/readyz", Phase::Serving) => text(StatusCode::OK, "ready\n"),
        ("/readyz", _) => text(StatusCode::SERVICE_UNAVAILABLE, "leaving service\n"),
        ("/metrics", _) => match metrics.text(lines::lost()) {
            Ok(metrics) => text(StatusCode::OK, metrics),
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        },
        _ => text(StatusCode::NOT_FOUND, "/healthz, /readyz or /metrics\n"),
    }
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(prometheus_text::CONTENT_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_ends_with_the_service_and_health_does_not() {
        let metrics = Metrics::new();
        let ask = |method: &str, path: &str, phase| {
            let request = Request::builder().method(method).uri(path).body(());
            answer(&request.expect("a request"), &metrics, phase)
                .status()
                .as_u16()
        };
        for phase in [Phase::Serving, Phase::Draining, Phase::Closing] {
            let ready = if phase == Phase::Serving { 200 } else { 503 };
            assert_eq!(ask("GET", "/readyz", phase), ready);
            assert_eq!(ask("GET", "/healthz", phase), 200);
            assert_eq!(ask("HEAD", "/metrics", phase), 200);
            assert_eq!(ask("POST", "/metrics", phase), 405);
            assert_eq!(ask("GET", "/", phase), 404);
        }
    }
}
