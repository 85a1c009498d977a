//! Visits a site through the gate: pages first, and then what they consist of.

use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use http::header::LOCATION;
use http::{Response, StatusCode, Uri};
use indicatif::{ProgressBar, ProgressStyle};
use streamgate::{BaseUrl, Gate, Treatment};
use tokio::time::{Instant, timeout};
use url::Url;

use super::look::{Search, Seen};
use super::report::{Finding, Report, What};
use crate::process::visit::{self, Asked, Chunks, End, Kind, LONGEST, PATIENCE, Visitor};

/// How long the whole crawl may take.
const TIME: Duration = Duration::from_secs(15 * 60);
/// How many addresses are asked for each page that is wanted, in all: what pages lead to, and what
/// they consist of.
const TRIES: usize = 20;
/// How many bytes the addresses that are kept may have, in all.
const BYTES: usize = 32 * 1024 * 1024;
const AGENT: &str = "streamgate-crawl";

/// Visits up to `most` pages, from the one at the path `start` on, and what they consist of.
///
/// # Errors
/// Returns a sentence for the terminal if no origin answers with the first page.
pub(super) async fn crawl(gate: Gate, start: &str, most: usize) -> Result<Report, String> {
    let config = gate.config();
    let public = config.origin.public.clone().unwrap_or_default();
    let start = visit::begin(&public, start)?;
    let base = BaseUrl::try_from(&public).map_err(|error| format!("{public}: {error}"))?;
    let publics = config.distinct_origins().into_iter();
    let publics =
        publics.filter_map(|origin| Url::parse(&origin.public.as_ref()?.to_string()).ok());
    let first = start.to_string();
    let mut crawler = Crawler {
        search: Search::new(&gate, base),
        publics: publics
            .map(|url| url.origin().ascii_serialization())
            .collect(),
        report: Report::new(&config.origin.url.to_string()),
        visitor: Visitor::new(gate)?,
        most,
        known: Known::default(),
        pages: VecDeque::from([(start, None)]),
        parts: VecDeque::new(),
    };
    crawler.known.take(Kind::Link, &first, most);
    let bar = ProgressBar::new(u64::try_from(most).unwrap_or(u64::MAX)); // On a terminal alone.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} pages  {wide_msg}") {
        bar.set_style(style);
    }
    let until = Instant::now() + TIME;
    for tried in 0..most.saturating_mul(TRIES) {
        let Some((url, from)) = crawler.next() else {
            break;
        };
        if Instant::now() >= until {
            crawler.report.stopped = Some("15 minutes were over");
            break;
        }
        bar.set_message(url.path().to_owned());
        match crawler.visit(&url, from).await {
            Ok(true) => {}
            Ok(false) if tried > 0 => {}
            Ok(false) => {
                bar.finish_and_clear();
                let why = crawler.report.findings.first().map(|it| it.text.clone());
                return Err(format!("{url} cannot be had: {}", why.unwrap_or_default()));
            }
            Err(_) => crawler.report.skipped += 1,
        }
        bar.set_position(u64::try_from(crawler.report.pages).unwrap_or(u64::MAX));
    }
    bar.finish_and_clear();
    if crawler.report.stopped.is_none() && !(crawler.pages.is_empty() && crawler.parts.is_empty()) {
        crawler.report.stopped = Some("there is more than --pages allows");
    }
    // Nothing found where nothing was looked at is no good news.
    if crawler.report.pages == 0 && crawler.report.is_clean() {
        return Err(format!(
            "no page was seen: {first} is none that the gate can search, or leads to another \
             site; --start PATH begins elsewhere"
        ));
    }
    Ok(crawler.report)
}

struct Crawler {
    visitor: Visitor,
    search: Search,
    /// The origins that the browser sees.
    publics: BTreeSet<String>,
    most: usize,
    known: Known,
    /// Addresses, and in which page they were found.
    pages: VecDeque<(Url, Option<Rc<str>>)>,
    parts: VecDeque<(Url, Option<Rc<str>>)>,
    report: Report,
}

impl Crawler {
    fn next(&mut self) -> Option<(Url, Option<Rc<str>>)> {
        let is_enough = self.report.pages >= self.most;
        let page = self.pages.pop_front_if(|_| !is_enough);
        page.or_else(|| self.parts.pop_front())
    }

    /// Visits an address, and notes what is found. Returns whether an origin has answered.
    ///
    /// # Errors
    /// Returns a sentence if no request can have this address, as it is too long.
    async fn visit(&mut self, url: &Url, from: Option<Rc<str>>) -> Result<bool, String> {
        let base: Uri = url
            .origin()
            .ascii_serialization()
            .parse()
            .map_err(|e| format!("{url}: {e}"))?;
        let request = visit::request(&base, visit::path(url)?, AGENT)?;
        let through = timeout(PATIENCE * 2, self.visitor.through(request)).await;
        let Ok((answer, asked)) = through else {
            let page = Place {
                url: url.as_str().into(),
                from,
                decision: "none yet".to_owned(),
            };
            let why = format!("there is no answer within {:?}", PATIENCE * 2);
            self.report.add(page.finding(What::Unfinished, why));
            return Ok(false);
        };
        let treatment = answer.extensions().get::<Treatment>().copied();
        let decision = match treatment {
            Some(Treatment::Decided(decision)) => decision.to_string(),
            Some(Treatment::Answered(reason)) => format!("answered by the gate: {reason}"),
            None => String::new(),
        };
        let page = Place {
            url: url.as_str().into(),
            from,
            decision,
        };
        let (parts, chunks) = answer.into_parts();
        let head = Response::from_parts(parts, ());
        let mut seen = Seen::default();
        self.search.head(head.headers(), &mut seen);
        if head.status().is_client_error() || head.status().is_server_error() {
            self.compare(&page, head.status(), asked.last()).await;
        }
        self.read(url, &page, &head, chunks, &mut seen).await;
        if let Some(next) = location(url, &head) {
            self.keep(Kind::Link, next, &page.url);
        }
        self.report.kept += seen.kept;
        for leak in seen.leaks {
            let field = leak.field.map(|field| format!("in the field {field}, "));
            let what = What::Leak {
                at: leak.at,
                place: leak.place,
            };
            let text = format!("{}{}", field.unwrap_or_default(), leak.excerpt);
            self.report.add(page.finding(what, text));
        }
        self.report.more.leaks += seen.more;
        Ok(matches!(treatment, Some(Treatment::Decided(_))))
    }

    /// Reads a body, searches it, and keeps what it leads to if it is a page.
    async fn read(
        &mut self,
        url: &Url,
        page: &Place,
        head: &Response<()>,
        chunks: Chunks,
        seen: &mut Seen,
    ) {
        let Some(decoder) = self.visitor.gate().decoder(head) else {
            // The gate has passed it through as it was.
            self.report.parts += 1;
            self.report.undecoded += 1;
            return;
        };
        let chunks: Chunks = Box::pin(decoder.over(chunks));
        let body = visit::read(chunks, LONGEST, Instant::now() + PATIENCE).await;
        self.search.body(head.headers(), &body.bytes, seen);
        self.report.bytes += body.bytes.len();
        match body.end {
            End::Whole => {}
            End::Long => self.report.long += 1,
            End::Late => self.report.late += 1,
            End::Broken(why) => self.report.add(page.finding(What::Unfinished, why)),
        }
        if !visit::is_page(head.headers()) {
            self.report.parts += 1;
            return;
        }
        self.report.pages += 1;
        let found = visit::page(&body.bytes, url);
        self.report.links += found.more;
        self.report.skipped += found.long;
        let linked = visit::linked(head.headers(), url);
        for (kind, reference) in found.references.into_iter().chain(linked) {
            self.keep(kind, reference, &page.url);
        }
    }

    /// Asks the origin itself for what the gate has answered with an error.
    async fn compare(&mut self, page: &Place, status: StatusCode, asked: Option<&Asked>) {
        let direct = self.directly(page, asked).await;
        let status = status.as_u16();
        match direct {
            Ok(direct) if direct.as_u16() < 400 => {
                let what = What::Broken {
                    status,
                    direct: Some(direct.as_u16()),
                };
                let text = format!("{status}, where the origin answers {}", direct.as_u16());
                self.report.add(page.finding(what, text));
            }
            Ok(_) => self.report.errors += 1,
            // Nobody can have it, with the gate or without.
            Err(why) => {
                let what = What::Broken {
                    status,
                    direct: None,
                };
                self.report
                    .add(page.finding(what, format!("{status}: {why}")));
            }
        }
    }

    async fn directly(&self, page: &Place, asked: Option<&Asked>) -> Result<StatusCode, String> {
        let config = self.visitor.gate().config();
        let own = || -> Result<Uri, String> {
            let url = Url::parse(&page.url).map_err(|error| error.to_string())?;
            let mut parts = config.origin.url.clone().into_parts();
            parts.path_and_query = Some(visit::path(&url)?);
            Uri::from_parts(parts).map_err(|error| error.to_string())
        };
        let asked = match asked {
            Some(asked) => asked,
            None => &Asked {
                origin: config.origin.clone(),
                url: own()?,
            },
        };
        let answer = self.visitor.directly(asked, AGENT).await;
        answer.map(|answer| answer.status())
    }

    /// Keeps an address for later, if it is the site's and new, and there is room for it.
    fn keep(&mut self, kind: Kind, url: Url, from: &Rc<str>) {
        let is_own = self.publics.contains(&url.origin().ascii_serialization());
        if !is_own || kind == Kind::Form {
            return;
        }
        match self.known.take(kind, url.as_str(), self.most) {
            Taken::New => {}
            Taken::Before => return,
            Taken::NoRoom => {
                self.report.links += 1;
                return;
            }
        }
        let list = match kind.is_part() {
            true => &mut self.parts,
            false => &mut self.pages,
        };
        list.push_back((url, Some(Rc::clone(from))));
    }
}

/// The addresses that were visited, or are to be: no more than can be asked for.
#[derive(Debug, Default)]
struct Known {
    addresses: BTreeSet<String>,
    pages: usize,
    parts: usize,
    bytes: usize,
}

/// What has become of an address.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    New,
    /// It is known already.
    Before,
    NoRoom,
}

impl Known {
    /// Takes an address, of which so many pages are wanted.
    fn take(&mut self, kind: Kind, address: &str, most: usize) -> Taken {
        if self.addresses.contains(address) {
            return Taken::Before;
        }
        // Of either kind, so that what the first pages consist of leaves room for other pages.
        let count = match kind.is_part() {
            true => &mut self.parts,
            false => &mut self.pages,
        };
        let bytes = self.bytes.saturating_add(address.len());
        if *count >= most.saturating_mul(TRIES) || bytes > BYTES {
            return Taken::NoRoom;
        }
        *count += 1;
        self.bytes = bytes;
        self.addresses.insert(address.to_owned());
        Taken::New
    }
}

/// Where something is found.
struct Place {
    url: Rc<str>,
    from: Option<Rc<str>>,
    decision: String,
}

impl Place {
    fn finding(&self, what: What, text: String) -> Finding {
        Finding {
            what,
            url: self.url.to_string(),
            from: self.from.as_deref().map(str::to_owned),
            decision: self.decision.clone(),
            text,
        }
    }
}

/// Returns where a redirect leads.
fn location(url: &Url, head: &Response<()>) -> Option<Url> {
    let location = head.headers().get(LOCATION)?.to_str().ok()?;
    let mut next = url
        .join(location)
        .ok()
        .filter(|_| head.status().is_redirection())?;
    next.set_fragment(None);
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_addresses_are_kept_than_can_be_asked_for() {
        let mut known = Known::default();
        for number in 0..TRIES {
            let address = format!("https://www.test/{number}");
            assert_eq!(known.take(Kind::Image, &address, 1), Taken::New);
            assert_eq!(known.take(Kind::Image, &address, 1), Taken::Before);
        }
        assert_eq!(
            known.take(Kind::Script, "https://www.test/a", 1),
            Taken::NoRoom
        );
        assert_eq!(known.take(Kind::Link, "https://www.test/a", 1), Taken::New);
        assert_eq!(known.take(Kind::Link, &"a".repeat(BYTES), 1), Taken::NoRoom);
    }
}
