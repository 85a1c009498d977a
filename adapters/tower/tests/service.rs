//! The service before an origin in memory: what its bodies do that no server shows.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use streamgate::{FetchError, Gate, OriginConfig};
use streamgate_tower::{BoxError, Deployment, GateService, RequestBody, ResponseBody, Terms};
use tower_service::Service;

type OriginBody = UnsyncBoxBody<Bytes, BoxError>;

/// An origin that answers with what a function makes.
#[derive(Clone)]
struct Origin<F>(F);

impl<F: Fn() -> Response<OriginBody>> Service<Request<RequestBody>> for Origin<F> {
    type Response = Response<OriginBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        ready(Ok((self.0)()))
    }
}

/// Makes an answer of this type with these frames.
fn answer<S>(media_type: &str, frames: S) -> Response<OriginBody>
where
    S: stream::Stream<Item = Result<Frame<Bytes>, BoxError>> + Send + 'static,
{
    let response = Response::builder().header("content-type", media_type);
    let body = StreamBody::new(frames).boxed_unsync();
    response.body(body).expect("the head is valid")
}

/// Asks a gate before this origin for a page.
async fn ask<F>(origin: F) -> Response<ResponseBody>
where
    F: Fn() -> Response<OriginBody> + Clone + Send + 'static,
{
    let config = "origin.url = 'http://o.example'\norigin.public = 'https://www.example.com'";
    let gate = Gate::from_toml(config, "streamgate.toml").expect("the configuration is valid");
    let mut service = GateService::new(Arc::new(gate), Origin(origin));
    let request = Request::get("/").header("host", "www.example.com");
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let Ok(response) = service.call(request).await;
    response
}

/// Reads a body until it ends or fails, and returns what came and whether it has failed.
async fn read(mut body: ResponseBody) -> (String, bool) {
    let mut text = String::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return (text, true);
        };
        if let Ok(data) = frame.into_data() {
            text.push_str(&String::from_utf8_lossy(&data));
        }
    }
    (text, false)
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_with_an_error_behind_what_came() {
    for (media_type, part, expected) in [
        (
            "text/html",
            "<a href=http://o.example/a>",
            "<a href=https://www.example.com/a>",
        ),
        ("image/gif", "GIF89a", "GIF89a"),
    ] {
        for breaks in [false, true] {
            let response = ask(move || {
                let end: Option<Result<_, BoxError>> = breaks.then(|| Err("it is gone".into()));
                let part = Frame::data(Bytes::from_static(part.as_bytes()));
                answer(
                    media_type,
                    stream::iter([Ok(part)]).chain(stream::iter(end)),
                )
            });
            let seen = read(response.await.into_body()).await;
            assert_eq!(seen, (expected.to_owned(), breaks), "{media_type}");
        }
    }
}

#[tokio::test]
async fn what_passes_through_is_neither_copied_nor_loses_its_trailers() {
    static IMAGE: &[u8] = b"GIF89a";
    let response = ask(|| {
        let mut trailers = HeaderMap::new();
        trailers.insert("digest", "sha-256=x".parse().expect("a value"));
        let data = Frame::data(Bytes::from_static(IMAGE));
        answer(
            "image/gif",
            stream::iter([Ok(data), Ok(Frame::trailers(trailers))]),
        )
    });
    let mut body = response.await.into_body();
    let mut next = async || body.frame().await.expect("a frame").expect("no error");
    let data = next().await.into_data().expect("data");
    assert_eq!(data.as_ptr(), IMAGE.as_ptr());
    let trailers = next().await.into_trailers().expect("trailers");
    assert_eq!(trailers["digest"], "sha-256=x");
}

/// Tells when it is dropped.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn an_endless_body_is_read_at_the_clients_pace_and_let_go_with_the_response() {
    for media_type in ["text/html", "image/gif"] {
        let (pulled, gone) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::default()),
        );
        let (counted, dropped) = (pulled.clone(), gone.clone());
        let response = ask(move || {
            let (counted, dropped) = (counted.clone(), Dropped(dropped.clone()));
            let frames = stream::repeat_with(move || {
                let _ = &dropped;
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(Frame::data(Bytes::from(vec![b'a'; 64 * 1024])))
            });
            answer(media_type, frames)
        });
        let mut body = response.await.into_body();
        assert!(!body.is_end_stream());
        let mut got = 0;
        for _ in 0..10 {
            let frame = body.frame().await.expect("a frame").expect("no error");
            got += frame.data_ref().map_or(0, Bytes::len);
        }
        let pulled = pulled.load(Ordering::Relaxed) * 64 * 1024;
        assert!(
            pulled <= got + 2 * 64 * 1024,
            "{media_type}: {pulled} for {got}"
        );
        assert!(!gone.load(Ordering::Relaxed));
        drop(body);
        assert!(
            gone.load(Ordering::Relaxed),
            "{media_type}: the fetch goes on"
        );
    }
}

#[tokio::test]
async fn an_origin_that_fails_is_answered_for() {
    #[derive(Clone)]
    struct Down;

    impl Service<Request<RequestBody>> for Down {
        type Response = Response<OriginBody>;
        type Error = BoxError;
        type Future = Ready<Result<Self::Response, BoxError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
            Poll::Ready(Err(refused.into()))
        }

        fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
            ready(Err("it was not ready".into()))
        }
    }

    let gate = Gate::from_toml("origin.url = 'http://o.example'", "streamgate.toml");
    let mut service = GateService::new(Arc::new(gate.expect("it is valid")), Down);
    let request = Request::get("/").header("host", "www.example.com");
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let Ok(response) = service.call(request).await;
    assert_eq!(response.status(), 502);
    let field = &response.headers()["proxy-status"];
    assert_eq!(field, "streamgate; error=connection_refused");
}

/// A gate whose exchanges may take so long.
fn timed_gate(exchange: &str) -> Arc<Gate> {
    let config = format!("origin.url = 'http://o.example'\nlimits.exchange = '{exchange}'");
    let gate = Gate::from_toml(&config, "streamgate.toml").expect("the configuration is valid");
    Arc::new(gate)
}

/// A request of a client that takes trailers.
fn page() -> Request<Empty<Bytes>> {
    let request = Request::get("/").header("host", "www.example.com");
    let request = request.header("te", "gzip;q=0.5, Trailers");
    request.body(Empty::new()).expect("a request")
}

#[tokio::test]
async fn an_exchange_takes_no_longer_than_it_may() {
    let silent = tower::service_fn(async |_: Request<RequestBody>| {
        std::future::pending::<Result<Response<OriginBody>, Infallible>>().await
    });
    let mut service = GateService::new(timed_gate("50 ms"), silent);
    let Ok(response) = service.call(page()).await;
    assert_eq!(response.status(), 504);

    // As clients do, it reads the body in a task of its own, which may be polled later.
    let reading = tower::service_fn(async |request: Request<RequestBody>| {
        let reading = tokio::spawn(request.into_body().collect());
        let read = reading.await.expect("the task does not panic");
        read.map(|_| answer("image/gif", stream::empty()))
    });
    let part = stream::iter([Ok::<_, BoxError>(Frame::data(Bytes::from_static(b"one")))]);
    let stuck = StreamBody::new(part.chain(stream::pending()));
    let request = Request::post("/").header("host", "www.example.com");
    let request = request.header("content-length", "10").body(stuck);
    let mut service = GateService::new(timed_gate("50 ms"), reading);
    let Ok(response) = service.call(request.expect("a request")).await;
    assert_eq!(response.status(), 408);

    for media_type in ["text/html", "image/gif"] {
        let endless = Origin(move || {
            let part = stream::iter([Ok(Frame::data(Bytes::from_static(b"<p>")))]);
            answer(media_type, part.chain(stream::pending()))
        });
        let mut service = GateService::new(timed_gate("50 ms"), endless);
        let Ok(response) = service.call(page()).await;
        let seen = read(response.into_body()).await;
        assert_eq!(seen, ("<p>".to_owned(), true), "{media_type}");
    }
}

#[tokio::test]
async fn what_fetches_hears_what_the_exchange_asks_of_it() {
    #[derive(Clone)]
    struct Fetches(Arc<Mutex<Option<Terms>>>);

    impl streamgate_tower::Origin for Fetches {
        type Body = OriginBody;

        async fn fetch(
            &self,
            origin: &OriginConfig,
            request: Request<Option<RequestBody>>,
            terms: Terms,
        ) -> Result<Response<OriginBody>, FetchError> {
            assert_eq!(request.uri().authority(), origin.url.authority());
            *self.0.lock().expect("nobody panics") = Some(terms);
            Err(FetchError::Overloaded("it has enough to do".to_owned()))
        }
    }

    let heard = Arc::new(Mutex::new(None));
    let gate = timed_gate("1 min");
    let mut service = GateService::before(Deployment::new(gate), Fetches(heard.clone()));
    let Ok(response) = service.call(page()).await;
    assert_eq!(response.status(), 503);
    let terms = heard.lock().expect("nobody panics").expect("it was asked");
    assert!(terms.trailers && terms.deadline.is_some());
}
