//! The same page three times: directly from the origin, through the gate but held until all of it
//! is there, and through the gate.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri};
use http_body_util::BodyExt;
use streamgate::{LimitsConfig, OriginConfig};
use streamgate_tower::Terms;
use tokio::task::spawn_local;
use tokio::time::{Instant, timeout_at};

use super::View;
use super::arrivals::{Arrivals, Head, MOST, PARTS, What};
use crate::client::{Client, Common};
use crate::metrics::Metrics;

/// How many runs are kept.
const KEPT: usize = 8;

/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(60);

/// What the view accepts: no coding, so that it can show the source.
const ACCEPTED: HeaderValue = HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8");

/// What the view calls itself.
const AGENT: HeaderValue = HeaderValue::from_static("streamgate-view");

/// A way that a page takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Direct,
    Buffered,
    Gated,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Direct, Self::Buffered, Self::Gated];

    /// Returns the name of the way in the view.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Buffered => "buffered",
            Self::Gated => "gated",
        }
    }
}

/// One page, three times.
pub(super) struct Run {
    number: u64,
    /// Where the page is on each way.
    urls: [Uri; 3],
    arrivals: [Rc<Arrivals>; 3],
}

impl Run {
    pub(super) fn url(&self, way: Way) -> &Uri {
        let [direct, buffered, gated] = &self.urls;
        match way {
            Way::Direct => direct,
            Way::Buffered => buffered,
            Way::Gated => gated,
        }
    }

    pub(super) fn arrivals(&self, way: Way) -> &Rc<Arrivals> {
        let [direct, buffered, gated] = &self.arrivals;
        match way {
            Way::Direct => direct,
            Way::Buffered => buffered,
            Way::Gated => gated,
        }
    }
}

/// The newest runs.
#[derive(Default)]
pub(super) struct Runs {
    last: u64,
    kept: VecDeque<Rc<Run>>,
}

impl Runs {
    /// Returns a run, if it is kept yet.
    pub(super) fn get(&self, number: u64) -> Option<Rc<Run>> {
        self.kept.iter().find(|run| run.number == number).cloned()
    }

    /// Asks for a page three times at once, and returns the number of the run.
    ///
    /// # Errors
    /// Returns a sentence if `path` is no path.
    pub(super) fn begin(&mut self, view: &View, path: &str) -> Result<u64, String> {
        let path: PathAndQuery = path.parse().map_err(|error| format!("{path:?}: {error}"))?;
        if !path.as_str().starts_with('/') {
            return Err(format!("{:?} does not start with a slash", path.as_str()));
        }
        let gate: Uri = format!("http://{}", view.gate)
            .parse()
            .map_err(|error| format!("{}: {error}", view.gate))?;
        let (origin, limits) = {
            let set_up = view.setups.borrow();
            let config = set_up.gate.config();
            (config.origin.clone(), config.limits.clone())
        };
        let gate = OriginConfig::new(gate);
        let began = Instant::now();
        let sites = [&origin, &gate, &gate];
        let urls = sites.map(|site| at(&site.url, &path));
        let arrivals = Way::ALL.map(|_| Rc::new(Arrivals::new(began)));
        let ways = Way::ALL.into_iter().zip(sites).zip(&urls).zip(&arrivals);
        for (((way, site), url), arrivals) in ways {
            let asked = asked(view, site, &limits, url.clone(), way, arrivals.clone());
            spawn_local(asked);
        }
        self.last += 1;
        self.kept.truncate(KEPT - 1);
        self.kept.push_front(Rc::new(Run {
            number: self.last,
            urls,
            arrivals,
        }));
        Ok(self.last)
    }
}

/// Returns the URL of a path at an origin.
fn at(origin: &Uri, path: &PathAndQuery) -> Uri {
    let mut parts = origin.clone().into_parts();
    parts.path_and_query = Some(path.clone());
    // Both have been read as what they are.
    Uri::from_parts(parts).unwrap_or_else(|_| origin.clone())
}

/// Asks for a page, and notes what arrives.
fn asked(
    view: &View,
    site: &OriginConfig,
    limits: &LimitsConfig,
    url: Uri,
    way: Way,
    arrivals: Rc<Arrivals>,
) -> impl Future<Output = ()> + use<> {
    let common = Common {
        requests: Arc::default(),
        health: Arc::default(),
        // What the view asks for is not counted as the gate's.
        metrics: Arc::new(Metrics::new()),
    };
    let client = Client::new(site, limits, &view.tls, common);
    let host = site.host.clone();
    async move {
        let deadline = Instant::now() + LIMIT;
        let fetched = fetched(&client, url, host, way, deadline, &arrivals);
        let error = match timeout_at(deadline, fetched).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(format!("not whole after {} s", LIMIT.as_secs())),
        };
        arrivals.note(What::End(error));
    }
}

async fn fetched(
    client: &Client,
    url: Uri,
    host: Option<String>,
    way: Way,
    deadline: Instant,
    arrivals: &Arrivals,
) -> Result<(), String> {
    let authority = url.authority().map(ToString::to_string);
    let host = host.or(authority).unwrap_or_default();
    let request = Request::get(url)
        .header(HOST, host)
        .header(ACCEPT, ACCEPTED)
        .header(USER_AGENT, AGENT)
        .body(None)
        .map_err(|error| error.to_string())?;
    let terms = Terms {
        deadline: Some(deadline),
        trailers: false,
    };
    let sent = client.send(request, terms).await;
    let response = sent.map_err(|error| error.to_string())?;
    let mut held = Vec::new();
    let mut head = Some(What::Head(Head::of(&response)));
    if way != Way::Buffered
        && let Some(head) = head.take()
    {
        arrivals.note(head);
    }
    let mut body = response.into_body();
    let (mut length, mut parts) = (0, 0);
    let mut result = Ok(());
    while let Some(frame) = body.frame().await {
        let part = match frame {
            Ok(frame) => frame.into_data().unwrap_or_default(),
            Err(error) => {
                result = Err(error.to_string());
                break;
            }
        };
        length += part.len();
        parts += 1;
        if length > MOST || parts > PARTS {
            result = Err(format!(
                "longer than {MOST} bytes or {PARTS} parts: the rest is left out"
            ));
            break;
        }
        match way {
            _ if part.is_empty() => {}
            Way::Buffered => held.extend_from_slice(&part),
            // A copy does not hold what else was read with it.
            Way::Direct | Way::Gated => {
                arrivals.note(What::Part(Bytes::copy_from_slice(&part)));
            }
        }
    }
    if let Some(head) = head {
        arrivals.note(head);
        if !held.is_empty() {
            arrivals.note(What::Part(Bytes::from(held)));
        }
    }
    result
}
