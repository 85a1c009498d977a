//! What an origin and some of its pages show.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use http::header::{CONTENT_ENCODING, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Response, Uri};
use streamgate::Gate;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::frameworks::{self, Detected};
use super::hosts::{Hosts, Other};
use crate::process::visit::{self, Chunks, Kind, LONGEST, PATIENCE, Visitor};

/// How long the whole survey may take.
const TIME: Duration = Duration::from_secs(60);
/// How many bytes of pages are read in all.
const BYTES: usize = 32 * 1024 * 1024;
/// How many addresses are asked for each page that is wanted: not all lead to pages.
const TRIES: usize = 3;
/// How many redirects lead to the first page.
const REDIRECTS: usize = 5;
const AGENT: &str = "streamgate-init";

/// What was seen.
#[derive(Debug)]
pub(super) struct Survey {
    /// How many pages were read.
    pub(super) pages: usize,
    /// How many bytes they have, decoded.
    pub(super) bytes: usize,
    /// The status of the first page, if it is an error.
    pub(super) error: Option<u16>,
    pub(super) others: Vec<Other>,
    /// How many references name hosts beyond those.
    pub(super) more: usize,
    /// The content codings, and whether the gate can undo them.
    pub(super) codings: BTreeMap<String, bool>,
    /// The domains of cookies, by their names.
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) frameworks: Vec<Detected>,
}

/// Looks at up to `most` pages of an origin, from the one at `start` on.
///
/// # Errors
/// Returns a sentence for the terminal if the origin does not answer, or leads elsewhere.
pub(super) async fn survey(
    origin: &Uri,
    start: Url,
    public: Option<&Uri>,
    most: usize,
) -> Result<Survey, String> {
    let text = format!("origin.url = {}\n", toml::Value::from(origin.to_string()));
    let gate = Gate::from_toml(&text, "ORIGIN").map_err(|error| error.to_string())?;
    let public = public.and_then(|public| Url::parse(&public.to_string()).ok());
    let mut surveyor = Surveyor {
        visitor: Visitor::new(gate)?,
        hosts: Hosts::new(start.clone(), public),
        until: Instant::now() + TIME,
        tries: most.saturating_mul(TRIES),
        asked: BTreeSet::from([start.to_string()]),
        queue: VecDeque::new(),
        survey: Survey {
            pages: 0,
            bytes: 0,
            error: None,
            others: Vec::new(),
            more: 0,
            codings: BTreeMap::new(),
            cookies: BTreeMap::new(),
            frameworks: Vec::new(),
        },
    };
    surveyor.first(start).await?;
    for _ in 0..surveyor.tries {
        let is_enough = surveyor.survey.pages >= most || surveyor.survey.bytes >= BYTES;
        let Some(url) = surveyor.queue.pop_front().filter(|_| !is_enough) else {
            break;
        };
        if Instant::now() >= surveyor.until {
            break;
        }
        if let Ok(response) = surveyor.ask(&url).await {
            surveyor.look(&url, response).await;
        }
    }
    Ok(Survey {
        others: surveyor.hosts.propose(),
        more: surveyor.hosts.more(),
        ..surveyor.survey
    })
}

struct Surveyor {
    visitor: Visitor,
    hosts: Hosts,
    until: Instant,
    /// How many addresses are asked for.
    tries: usize,
    /// The addresses that were asked, or are to be: as many at most.
    asked: BTreeSet<String>,
    queue: VecDeque<Url>,
    survey: Survey,
}

impl Surveyor {
    /// Looks at the first page, to which redirects of the origin itself may lead.
    async fn first(&mut self, start: Url) -> Result<(), String> {
        let mut url = start.clone();
        for _ in 0..=REDIRECTS {
            let response = self
                .ask(&url)
                .await
                .map_err(|error| format!("{url}: {error}"))?;
            let Some(next) = location(&url, &response) else {
                let status = response.status().as_u16();
                self.survey.error = Some(status).filter(|status| *status >= 400);
                self.look(&url, response).await;
                return Ok(());
            };
            if next.origin() != start.origin() {
                let other = next.origin().ascii_serialization();
                return Err(format!(
                    "{url} leads to {other}, which is another origin; if that is the site: \
                     streamgate init {other}"
                ));
            }
            self.note(response.headers());
            self.asked.insert(next.to_string());
            url = next;
        }
        Err(format!(
            "{start} leads on by more than {REDIRECTS} redirects"
        ))
    }

    async fn ask(&self, url: &Url) -> Result<Response<Chunks>, String> {
        let origin = &self.visitor.gate().config().origin;
        let path = visit::path(url)?;
        let request = visit::request(&origin.url, path, AGENT)?;
        let answer = timeout_at(self.until, self.visitor.ask(origin, request)).await;
        let answer = answer.map_err(|_| "the time for looking at pages is over".to_owned())?;
        answer.map_err(|error| error.to_string())
    }

    /// Notes what is in a response, and if it is a page, what is in that.
    async fn look(&mut self, url: &Url, response: Response<Chunks>) {
        self.note(response.headers());
        if let Some(next) = location(url, &response) {
            self.queue(next);
            return;
        }
        let (parts, chunks) = response.into_parts();
        if !visit::is_page(&parts.headers) {
            return;
        }
        let until = self.until.min(Instant::now() + PATIENCE);
        let head = Response::from_parts(parts, ());
        let Some(decoder) = self.visitor.gate().decoder(&head) else {
            return;
        };
        // What is decoded counts, as a coded body may be a thousand times as long.
        let decoded: Chunks = Box::pin(decoder.over(chunks));
        let body = visit::read(decoded, LONGEST, until).await;
        let html = &body.bytes[..];
        let page = visit::page(html, url);
        frameworks::detect(&mut self.survey.frameworks, head.headers(), html, &page);
        for (kind, reference) in &page.references {
            self.hosts.note(self.survey.pages, *kind, reference);
            if *kind == Kind::Link {
                self.queue(reference.clone());
            }
        }
        for mentioned in visit::mentions(html) {
            self.hosts.mention(self.survey.pages, &mentioned);
        }
        self.survey.pages += 1;
        self.survey.bytes += html.len();
    }

    /// Notes the codings and the cookies of a response.
    fn note(&mut self, head: &HeaderMap) {
        let values = head.get_all(CONTENT_ENCODING).iter();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        for coding in values.map(text).flat_map(|value| names(&value)) {
            let mut alone = Response::new(());
            if let Ok(value) = HeaderValue::from_str(&coding) {
                alone.headers_mut().insert(CONTENT_ENCODING, value);
            }
            let is_known = self.visitor.gate().decoder(&alone).is_some();
            self.survey.codings.insert(coding, is_known);
        }
        for cookie in head.get_all(SET_COOKIE).iter().map(text) {
            if let Some((name, domain)) = domain(&cookie) {
                self.survey.cookies.insert(name, domain);
            }
        }
    }

    /// Keeps an address of the site for later, if it is new.
    fn queue(&mut self, mut url: Url) {
        if !self.hosts.is_own(&url) || self.asked.len() > self.tries + REDIRECTS {
            return;
        }
        // The origin is asked by its own scheme, whichever a page names.
        let scheme = self.hosts.scheme();
        if url.set_scheme(scheme).is_ok() && self.asked.insert(url.to_string()) {
            self.queue.push_back(url);
        }
    }
}

/// Returns where a redirect leads.
fn location<B>(url: &Url, response: &Response<B>) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let is_redirect = response.status().is_redirection();
    url.join(location).ok().filter(|_| is_redirect)
}

fn names(list: &str) -> Vec<String> {
    let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}

/// Returns the name of a cookie and its `Domain`, if it has one.
fn domain(cookie: &str) -> Option<(String, String)> {
    let mut pieces = cookie.split(';');
    let (name, _) = pieces.next()?.split_once('=')?;
    let attribute = |piece: &str| {
        let (name, value) = piece.split_once('=')?;
        let value = value.trim().trim_start_matches('.').to_ascii_lowercase();
        let is_meant = name.trim().eq_ignore_ascii_case("domain") && !value.is_empty();
        is_meant.then_some(value)
    };
    // The last one counts (RFC 6265 §5.3).
    let domain = pieces.filter_map(attribute).next_back()?;
    Some((name.trim().to_owned(), domain))
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn the_domain_of_a_cookie_is_read_as_browsers_do() {
        for (cookie, expected) in [
            ("a=1; Path=/; Domain=.Example.com", Some("example.com")),
            ("a=1; domain=a.test; DOMAIN = b.test", Some("b.test")),
            ("a=domain=x; Path=/", None),
            ("a=1; Domain=", None),
        ] {
            let expected = expected.map(|domain| ("a".to_owned(), domain.to_owned()));
            assert_eq!(domain(cookie), expected, "{cookie}");
        }
    }
}
