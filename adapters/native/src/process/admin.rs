//! The admin address: whether the process lives, whether it is to get requests, its metrics, and
//! the purging of its cache.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::service::service_fn;
use prometheus_client::encoding::prometheus_text;
use streamgate_store_memory::Memory;
use tokio::net::TcpListener;
use tokio::sync::watch;
use url::form_urlencoded;

use super::alone;
use super::drain::Phase;
use super::lines;
use super::server::Shared;
use crate::metrics::Metrics;

/// Answers at the admin address for as long as the process lives.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Arc<Shared>,
    phase: watch::Sender<Phase>,
) -> Infallible {
    let service = service_fn(move |request: Request<_>| {
        let answer = match request.uri().path() {
            "/cache" => purge(&request, shared.cache.present().as_deref()),
            _ => answer(&request, &shared.metrics, *phase.borrow()),
        };
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
        _ => text(
            StatusCode::NOT_FOUND,
            "/healthz, /readyz, /metrics or /cache\n",
        ),
    }
}

/// Forgets what a `DELETE` names in its query. No browser sends that method for the page of another
/// site unless it is allowed to, which it never is here.
fn purge<B>(request: &Request<B>, cache: Option<&Memory>) -> Response<Full<Bytes>> {
    if *request.method() != Method::DELETE {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only DELETE\n");
        let allowed = HeaderValue::from_static("DELETE");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    let Some(cache) = cache else {
        return text(
            StatusCode::NOT_FOUND,
            "there is no cache: set cache.enabled\n",
        );
    };
    let query = request.uri().query().unwrap_or_default();
    let mut named = 0;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let purged = match &*name {
            "url" => cache.purge_url(&value),
            "tag" => cache.purge_tag(value.into_owned()),
            "all" => {
                cache.purge_all();
                Ok(())
            }
            _ => Err(format!("{name:?} is not url, tag or all")),
        };
        if let Err(fault) = purged {
            return text(StatusCode::BAD_REQUEST, format!("{fault}\n"));
        }
        named += 1;
    }
    match named {
        0 => text(StatusCode::BAD_REQUEST, "name a url or a tag, or all\n"),
        _ => text(StatusCode::OK, "purged\n"),
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
