//! A client in this process: asks origins directly, or through a gate that is in the process, too.
//!
//! `edge` is the platform of that gate, `body` reads what comes, and `references` and `linked` find
//! what a page leads to, in its markup and in its head.

mod body;
mod edge;
mod linked;
mod references;

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use streamgate::{BodyError, ClientAddress, FetchError, Gate, OriginConfig};
use streamgate_tower::{Origin as _, Terms};
use url::Url;

pub(super) use self::body::{End, read};
pub(super) use self::edge::Asked;
use self::edge::Inside;
pub(super) use self::linked::linked;
pub(super) use self::references::{Kind, Page, mentions, page};
use crate::client::{Client, Common};
use crate::connect;
use crate::metrics::Metrics;
use crate::origins::Origins;

/// What a browser accepts.
pub(super) const CODINGS: HeaderValue = HeaderValue::from_static("gzip, deflate, br, zstd");
/// What a browser says when it is led to a page.
const ACCEPTED: HeaderValue = HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8");
/// The longest body that is read of a page, in bytes. No browser shows longer ones with pleasure.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;
/// How long a body is read.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The chunks of a body.
pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>>>>;

/// Asks the origins of a gate. Runs on a `LocalSet`, where connections have their tasks.
pub(super) struct Visitor {
    gate: Gate,
    origins: Origins,
}

impl Visitor {
    /// Makes a visitor without connections.
    ///
    /// # Errors
    /// Returns a sentence if there can be no TLS.
    pub(super) fn new(gate: Gate) -> Result<Self, String> {
        let origins = origins(&gate)?;
        Ok(Self { gate, origins })
    }

    /// Sends a request to an origin of the gate as it is.
    ///
    /// # Errors
    /// Returns a [`FetchError`] if no head arrives in time.
    pub(super) async fn ask(
        &self,
        origin: &OriginConfig,
        request: Request<()>,
    ) -> Result<Response<Chunks>, FetchError> {
        let request = request.map(|()| None);
        let response = self.origins.fetch(origin, request, Terms::default());
        let response = response.await?;
        Ok(response.map(edge::chunks))
    }

    /// Asks an origin itself for what the gate has asked it for, as a browser would.
    ///
    /// # Errors
    /// Returns a sentence if no head arrives in time.
    pub(super) async fn directly(
        &self,
        asked: &Asked,
        agent: &'static str,
    ) -> Result<Response<Chunks>, String> {
        let path = asked.url.path_and_query().cloned();
        let path = path.unwrap_or(PathAndQuery::from_static("/"));
        let mut request = request(&asked.origin.url, path, agent)?;
        if let Some(host) = &asked.origin.host {
            let host = HeaderValue::from_str(host).map_err(|error| error.to_string())?;
            request.headers_mut().insert(HOST, host);
        }
        let answer = self.ask(&asked.origin, request).await;
        answer.map_err(|error| error.to_string())
    }

    /// Sends a request through the gate, and returns with the answer what the gate has asked for.
    pub(super) async fn through(&self, mut request: Request<()>) -> (Response<Chunks>, Vec<Asked>) {
        let asked = Rc::default();
        let edge = Inside {
            origins: self.origins.clone(),
            asked: Rc::clone(&asked),
        };
        let client = ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
        request.extensions_mut().insert(client);
        let Ok(answer) = streamgate::serve(edge, &self.gate, request.map(|()| None)).await;
        (answer, asked.take())
    }

    /// The gate.
    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }
}

/// Makes clients of the origins of a gate.
///
/// # Errors
/// Returns a sentence if there can be no TLS.
pub(super) fn origins(gate: &Gate) -> Result<Origins, String> {
    let tls = connect::tls().map_err(|error| format!("no TLS: {error}"))?;
    let config = gate.config();
    let clients = config.distinct_origins().into_iter().map(|origin| {
        let common = Common {
            requests: Arc::default(),
            health: Arc::default(),
            metrics: Arc::new(Metrics::new()),
        };
        Client::new(origin, &config.limits, &tls, common)
    });
    Ok(Origins::new(clients))
}

/// Checks the path of the page with which a visit begins.
///
/// # Errors
/// Returns a sentence if it leads out of a site.
pub(super) fn start(path: &str) -> Result<String, String> {
    let path = begin(&Uri::from_static("http://localhost"), path).map(|_| path);
    path.map(str::to_owned)
}

/// Returns the address of a site at which a visit begins, which `path` names.
///
/// # Errors
/// Returns a sentence if the path leads elsewhere.
pub(super) fn begin(site: &Uri, path: &str) -> Result<Url, String> {
    let site = Url::parse(&site.to_string()).map_err(|error| format!("{site}: {error}"))?;
    let start = site.join(path).ok();
    let start = start.filter(|start| path.starts_with('/') && start.origin() == site.origin());
    let mut start = start.ok_or_else(|| "it is no path of the site, such as /shop/".to_owned())?;
    start.set_fragment(None);
    Ok(start)
}

/// Returns path and query of a URL.
///
/// # Errors
/// Returns a sentence if they cannot be asked for.
pub(super) fn path(url: &Url) -> Result<PathAndQuery, String> {
    let query = url.query().map(|query| format!("?{query}"));
    let path = format!("{}{}", url.path(), query.unwrap_or_default());
    path.parse().map_err(|error| format!("{path}: {error}"))
}

/// Returns whether a response is a page.
pub(super) fn is_page(head: &HeaderMap) -> bool {
    let media_type = head
        .get(CONTENT_TYPE)
        .map_or(&b""[..], HeaderValue::as_bytes);
    let media_type = media_type.to_ascii_lowercase();
    media_type.starts_with(b"text/html") || media_type.starts_with(b"application/xhtml+xml")
}

/// Makes the request of a browser for a page at `base`, of which scheme and authority count.
///
/// # Errors
/// Returns a sentence if it is no URL.
pub(super) fn request(
    base: &Uri,
    path: PathAndQuery,
    agent: &'static str,
) -> Result<Request<()>, String> {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path);
    let uri = Uri::from_parts(parts).map_err(|error| error.to_string())?;
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(host).map_err(|error| error.to_string())?;
    let mut request = Request::new(());
    *request.uri_mut() = uri;
    let fields = request.headers_mut();
    fields.insert(HOST, host);
    fields.insert(USER_AGENT, HeaderValue::from_static(agent));
    fields.insert(ACCEPT, ACCEPTED);
    fields.insert(ACCEPT_ENCODING, CODINGS);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_begins_in_the_site() {
        let site = Uri::from_static("https://www.test");
        for (path, expected) in [
            ("/", Some("https://www.test/")),
            ("/kit?a#b", Some("https://www.test/kit?a")),
            ("kit", None),
            ("//elsewhere.test/", None),
            ("/\\elsewhere.test/", None),
            ("https://www.test/", None),
        ] {
            let start = begin(&site, path).map(String::from).ok();
            assert_eq!(start.as_deref(), expected, "{path}");
        }
    }
}
