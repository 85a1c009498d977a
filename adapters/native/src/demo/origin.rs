//! The demo origin's server: how each path is answered.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE,
    CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, VARY,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::conditional::{Wanted, wanted};
use super::site::{DemoSite, Representation, Resource};

/// The modification date of the whole site.
const MODIFIED: &str = "Mon, 02 Jun 2025 06:00:00 GMT";

/// The separator of the live page's paragraphs: a comment in the file, and a pause on the wire.
const PAUSE: (&str, Duration) = ("<!-- pause -->", Duration::from_secs(1));

type Body = UnsyncBoxBody<Bytes, io::Error>;
type Answer = Result<Response<Body>, http::Error>;

/// Serves the site forever.
pub(crate) async fn serve(listener: std::net::TcpListener, address: SocketAddr) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "no demo origin"),
    };
    let authority: Rc<str> = address.to_string().into();
    let site = Rc::new(DemoSite::new(&authority));
    loop {
        let Ok((connection, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (site, authority) = (site.clone(), authority.clone());
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| {
                let (site, authority) = (site.clone(), authority.clone());
                async move { answer(&site, &authority, request).await }
            });
            // The demo ignores connections that a client breaks off.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(connection), service)
                .await;
        });
    }
}

async fn answer(site: &DemoSite, authority: &str, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    match (&head.method, path) {
        (&Method::POST, "/api/comments") => return comment(body).await,
        (&Method::GET | &Method::HEAD, _) => (),
        _ => {
            return Response::builder()
                .status(StatusCode::METHOD_NOT_ALLOWED)
                .header(ALLOW, "GET, HEAD")
                .body(full(Bytes::new()));
        }
    }
    match path {
        "/moved" => Response::builder()
            .status(StatusCode::FOUND)
            .header(LOCATION, format!("http://{authority}/news/tides"))
            .body(full(Bytes::new())),
        "/broken" => page(site, "/broken", StatusCode::INTERNAL_SERVER_ERROR),
        "/nowhere" => page(site, "/nowhere", StatusCode::NOT_FOUND),
        "/live" => slowly(site),
        "/fragments/tide" => late(site, path, Duration::from_secs(2)).await,
        "/fragments/ferry" => late(site, path, Duration::from_secs(4)).await,
        "/cut" => cut_off(site),
        path => match site.get(path) {
            Some(resource) => file(resource, &head.headers),
            None => page(site, "/nowhere", StatusCode::NOT_FOUND),
        },
    }
}

/// Serves a file, with its validators, ranges and codings.
fn file(resource: &Resource, fields: &HeaderMap) -> Answer {
    let mut response = Response::builder()
        .header(CONTENT_TYPE, resource.media_type)
        .header(CACHE_CONTROL, "max-age=60")
        .header(LAST_MODIFIED, MODIFIED)
        .header(ACCEPT_RANGES, "bytes");
    let mut representation = &resource.plain;
    if let Some((coding, coded)) = &resource.coded {
        response = response.header(VARY, "Accept-Encoding");
        if accepts(fields, coding.name()) {
            response = response.header(CONTENT_ENCODING, coding.name());
            representation = coded;
        }
    }
    let Representation { body, etag } = representation;
    let response = response.header(ETAG, etag);
    match wanted(fields, etag, MODIFIED, body.len()) {
        Wanted::Whole => response.body(full(body.clone())),
        Wanted::NotModified => response
            .status(StatusCode::NOT_MODIFIED)
            .body(full(Bytes::new())),
        Wanted::Part { first, last } => response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(
                CONTENT_RANGE,
                format!("bytes {first}-{last}/{}", body.len()),
            )
            .body(full(body.slice(first..=last))),
        Wanted::Unsatisfiable => Response::builder()
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .header(CONTENT_RANGE, format!("bytes */{}", body.len()))
            .body(full(Bytes::new())),
    }
}

/// Returns whether `Accept-Encoding` names a coding with a weight other than 0 (RFC 9110 §12.5.3).
fn accepts(fields: &HeaderMap, coding: &str) -> bool {
    fields
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
        .any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
            name.trim().eq_ignore_ascii_case(coding) && weight != Ok(0.0)
        })
}

/// Serves a page with a status of its own.
fn page(site: &DemoSite, path: &str, status: StatusCode) -> Answer {
    let text = text(site, path);
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        .body(full(text))
}

/// Serves a page that pauses wherever its file says so.
fn slowly(site: &DemoSite) -> Answer {
    let (mark, pause) = PAUSE;
    let text = text(site, "/live");
    let pieces: Vec<Bytes> = std::str::from_utf8(&text)
        .unwrap_or_default()
        .split(mark)
        .map(|piece| Bytes::copy_from_slice(piece.as_bytes()))
        .collect();
    let pieces = stream::iter(pieces.into_iter().enumerate()).then(move |(n, piece)| async move {
        if n > 0 {
            tokio::time::sleep(pause).await;
        }
        Ok(piece)
    });
    streamed(pieces)
}

/// Serves a fragment after a while.
async fn late(site: &DemoSite, path: &str, pause: Duration) -> Answer {
    tokio::time::sleep(pause).await;
    page(site, path, StatusCode::OK)
}

/// Serves a page that ends in its middle, as if the origin had died.
fn cut_off(site: &DemoSite) -> Answer {
    let mut text = text(site, "/archive");
    text.truncate(text.len() / 2);
    streamed(stream::iter([Ok(text)]).chain(stream::once(async {
        // Long enough for the first half to have left.
        tokio::time::sleep(Duration::from_millis(200)).await;
        Err(io::ErrorKind::BrokenPipe.into())
    })))
}

fn streamed(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Answer {
    Response::builder()
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        .header(CACHE_CONTROL, "no-store")
        .body(BodyExt::boxed_unsync(StreamBody::new(
            pieces.map(|piece| piece.map(Frame::data)),
        )))
}

/// Counts the bytes of a comment, without keeping them.
async fn comment(mut body: Incoming) -> Answer {
    let mut count = 0;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => count += frame.data_ref().map_or(0, Bytes::len),
            Err(_) => {
                return Response::builder()
                    .status(StatusCode::BAD_REQUEST)
                    .body(full(Bytes::new()));
            }
        }
    }
    Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .body(full(format!("{{\"bytes\":{count}}}\n").into()))
}

fn text(site: &DemoSite, path: &str) -> Bytes {
    site.get(path)
        .map(|resource| resource.plain.body.clone())
        .unwrap_or_default()
}

fn full(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}
