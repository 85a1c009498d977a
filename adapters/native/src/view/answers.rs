//! What is answered at which path of the view.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::rc::Rc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::Incoming;
use serde_json::json;

use super::arrivals::{Arrivals, What};
use super::runs::{Run, Way};
use super::{Shown, configuration, events, guard};
use crate::process::explain::diff;

/// The longest body of a request, in bytes.
const MOST: usize = 256 * 1024;

/// What the pages of the view may load and do: what the view itself serves, and no more.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// A file of the view: its path, its type, and its bytes.
const FILES: [(&str, &str, &str); 7] = [
    (
        "/",
        "text/html; charset=utf-8",
        include_str!("../../ui/index.html"),
    ),
    (
        "/base.css",
        "text/css; charset=utf-8",
        include_str!("../../ui/base.css"),
    ),
    (
        "/view.css",
        "text/css; charset=utf-8",
        include_str!("../../ui/view.css"),
    ),
    (
        "/view.js",
        "text/javascript; charset=utf-8",
        include_str!("../../ui/view.js"),
    ),
    (
        "/exchanges.js",
        "text/javascript; charset=utf-8",
        include_str!("../../ui/exchanges.js"),
    ),
    (
        "/panes.js",
        "text/javascript; charset=utf-8",
        include_str!("../../ui/panes.js"),
    ),
    (
        "/faults.js",
        "text/javascript; charset=utf-8",
        include_str!("../../ui/faults.js"),
    ),
];

type AnswerBody = Pin<Box<dyn Body<Data = Bytes, Error = Infallible>>>;
type Answer = Response<AnswerBody>;

/// Answers one request.
pub(super) async fn answer(shown: &Shown, request: Request<Incoming>) -> Answer {
    let mut answer = match guard::refused(&request, shown.view.address) {
        Some(why) => text(StatusCode::FORBIDDEN, format!("refused: {why}\n")),
        None => routed(shown, request).await,
    };
    let fields = answer.headers_mut();
    fields.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    answer
}

async fn routed(shown: &Shown, request: Request<Incoming>) -> Answer {
    let view = &shown.view;
    let path = request.uri().path().to_owned();
    if let Some((_, media_type, bytes)) = FILES.iter().find(|(known, ..)| *known == path) {
        return match is_get(&request) {
            true => whole(StatusCode::OK, media_type, *bytes),
            false => not_allowed("GET, HEAD"),
        };
    }
    match (
        path.as_str(),
        is_get(&request),
        request.method() == Method::POST,
    ) {
        ("/events", true, _) => streamed("text/event-stream", events::stream()),
        ("/configuration", true, _) => json(StatusCode::OK, configuration::shown(view)),
        ("/configuration" | "/check" | "/runs", _, true) => match read(request).await {
            Ok(body) => done(shown, &path, &body),
            Err(why) => text(StatusCode::BAD_REQUEST, why),
        },
        ("/configuration" | "/check" | "/runs", ..) => not_allowed("POST"),
        (_, true, _) => match of_run(shown, &path) {
            Some((run, None)) => streamed("application/x-ndjson", lines(&run)),
            Some((run, Some("changes"))) => changes(&run).await,
            Some((run, Some(way))) => match Way::ALL.into_iter().find(|it| it.name() == way) {
                Some(way) => page(&run, way).await,
                None => not_found(),
            },
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn is_get<B>(request: &Request<B>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Reads the text of a request.
async fn read(request: Request<Incoming>) -> Result<String, String> {
    let body = Limited::new(request.into_body(), MOST).collect().await;
    let body = body.map_err(|error| format!("{error}\n"))?.to_bytes();
    String::from_utf8(body.into()).map_err(|error| format!("{error}\n"))
}

/// Does what a page of the view asks for.
fn done(shown: &Shown, path: &str, body: &str) -> Answer {
    let view = &shown.view;
    match path {
        "/check" => {
            let (_, found) = configuration::checked(view, body);
            json(StatusCode::OK, found)
        }
        "/configuration" => {
            let (status, found) = configuration::take_up(view, body);
            json(status, found)
        }
        _ => match shown.runs.borrow_mut().begin(view, body) {
            Ok(number) => json(StatusCode::CREATED, json!({ "run": number }).to_string()),
            Err(why) => text(StatusCode::BAD_REQUEST, format!("{why}\n")),
        },
    }
}

/// Finds the run that a path is about, and what of it.
fn of_run<'a>(shown: &Shown, path: &'a str) -> Option<(Rc<Run>, Option<&'a str>)> {
    let rest = path.strip_prefix("/runs/")?;
    let (number, part) = match rest.split_once('/') {
        Some((number, part)) => (number, Some(part)),
        None => (rest, None),
    };
    let run = shown.runs.borrow().get(number.parse().ok()?)?;
    Some((run, part))
}

/// Tells what arrives on all ways, each thing in a line of JSON.
fn lines(run: &Rc<Run>) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> + use<> {
    let ways = Way::ALL.map(|way| {
        let arrivals = run.arrivals(way).clone();
        Box::pin(stream::unfold(0, move |index| {
            told(arrivals.clone(), way, index)
        }))
    });
    stream::select_all(ways).map(|line| Ok(Frame::data(Bytes::from(line))))
}

/// Tells what arrives as the `index`th, and what to go on with.
async fn told(arrivals: Rc<Arrivals>, way: Way, index: usize) -> Option<(String, usize)> {
    let (at, what) = arrivals.get(index).await?;
    let mut line = match what {
        What::Head(head) => json!({
            "what": "head",
            "status": head.status,
            "location": head.location,
            "decision": head.decision,
        }),
        What::Part(part) => json!({ "what": "part", "bytes": part.len() }),
        What::End(error) => json!({ "what": "end", "error": error }),
    };
    line["way"] = way.name().into();
    line["at"] = (at.as_secs_f64() * 1000.0).into();
    Some((format!("{line}\n"), index + 1))
}

/// Compares what came directly with what came through the gate, once all of both is there.
async fn changes(run: &Run) -> Answer {
    let (before, all_before) = run.arrivals(Way::Direct).body().await;
    let (after, all_after) = run.arrivals(Way::Gated).body().await;
    let compared = tokio::task::spawn_blocking(move || {
        let [before, after] = [&before, &after].map(|body| String::from_utf8_lossy(body));
        let changes = match all_before && all_after {
            true => diff::of_texts(&before, &after),
            false => diff::of_starts(&before, &after),
        };
        serde_json::to_string(&changes).unwrap_or_default()
    });
    match compared.await {
        Ok(changes) => json(StatusCode::OK, changes),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

/// Shows a page as it arrives on one way, in a frame: without scripts, and without the rights of
/// the view.
async fn page(run: &Run, way: Way) -> Answer {
    let arrivals = run.arrivals(way).clone();
    let mut media_type = None;
    if let Some((_, What::Head(head))) = arrivals.get(0).await {
        media_type = head.media_type;
    }
    let media_type = media_type.unwrap_or_else(|| "text/plain".to_owned());
    let is_html = media_type.starts_with("text/html");
    let url = run.url(way);
    // Before the page, and with its doctype, since a base must come before what it is for.
    let base = format!(
        "<!doctype html><base href=\"{}\">",
        escaped(&url.to_string())
    );
    let first = stream::iter(is_html.then_some(base).map(Bytes::from));
    let parts = stream::unfold(0, move |index| {
        let arrivals = arrivals.clone();
        async move {
            let (_, what) = arrivals.get(index).await?;
            Some((what, index + 1))
        }
    });
    let parts = parts.filter_map(|what| ready(what.part()));
    let parts = first.chain(parts).map(|part| Ok(Frame::data(part)));
    let [direct, gated] = [Way::Direct, Way::Gated].map(|way| {
        let url = run.url(way);
        let authority = url.authority().map_or("", |authority| authority.as_str());
        format!("{}://{authority}", url.scheme_str().unwrap_or("http"))
    });
    let policy = format!(
        "sandbox; default-src 'none'; style-src 'unsafe-inline' {direct} {gated}; \
         img-src data: {direct} {gated}; font-src {direct} {gated}; form-action 'none'; \
         frame-ancestors 'self'"
    );
    let media_type = if is_html {
        &media_type
    } else {
        "text/plain; charset=utf-8"
    };
    let mut answer = streamed(media_type, parts);
    if let Ok(policy) = policy.parse() {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        return answer;
    }
    not_found()
}

/// Escapes a text for an attribute in double quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

fn streamed<S>(media_type: &str, frames: S) -> Answer
where
    S: Stream<Item = Result<Frame<Bytes>, Infallible>> + 'static,
{
    of_type(
        StatusCode::OK,
        media_type,
        Box::pin(StreamBody::new(frames)),
    )
}

fn json(status: StatusCode, text: String) -> Answer {
    whole(status, "application/json", text)
}

fn text(status: StatusCode, text: String) -> Answer {
    whole(status, "text/plain; charset=utf-8", text)
}

fn not_found() -> Answer {
    text(StatusCode::NOT_FOUND, "not found\n".to_owned())
}

fn not_allowed(allowed: &'static str) -> Answer {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, format!("only {allowed}\n"));
    let allowed = HeaderValue::from_static(allowed);
    answer.headers_mut().insert(ALLOW, allowed);
    answer
}

fn whole(status: StatusCode, media_type: &str, body: impl Into<Bytes>) -> Answer {
    of_type(status, media_type, Box::pin(Full::new(body.into())))
}

fn of_type(status: StatusCode, media_type: &str, body: AnswerBody) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let media_type = HeaderValue::from_str(media_type).unwrap_or(plain);
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    answer
}
