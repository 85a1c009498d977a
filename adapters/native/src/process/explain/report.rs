//! What is said of an exchange, for people and as JSON.

use http::{HeaderMap, Request, Response};
use serde::Serialize;
use streamgate::{BaseUrl, Counts, Decision, Gate, Treatment, TriedRow, UrlCount};

use super::diff::{self, Line};
use super::edge::{Explained, Fetched};
use crate::process::page::Page;

/// What is said of a head whose body is sent whole, and not known.
const UNSENT: &str = "The body is not known, so neither is the Content-Length that it will have.";

/// All that is said of an exchange.
#[derive(Serialize)]
pub(super) struct Report {
    request: Asked,
    fetches: Vec<Fetch>,
    decision: Option<Decided>,
    /// Why the gate answers by itself.
    answered: Option<&'static str>,
    stages: Vec<String>,
    /// The conditions and the values of rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    response: Answered,
    /// What cannot be said of that head.
    note: Option<&'static str>,
    /// The fields of the last response of the origin, and those for the client.
    fields: Vec<Line>,
    body: Option<Body>,
    /// Why nothing is said of the body, though it was asked for.
    body_error: Option<String>,
    log: Vec<String>,
}

#[derive(Serialize)]
struct Asked {
    method: String,
    url: String,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Answered {
    status: u16,
    fields: Vec<Field>,
}

#[derive(Serialize)]
struct Field {
    name: String,
    value: String,
}

/// A request to an origin, and how the gate decides on what came.
#[derive(Serialize)]
struct Fetch {
    request: Asked,
    response: Option<Answered>,
    error: Option<String>,
    rows: Vec<Row>,
    /// The rows that the response to a GET would have met, if this one has no body.
    as_get: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    row: u8,
    reason: &'static str,
    matches: bool,
    why: String,
}

#[derive(Serialize)]
struct Decided {
    outcome: &'static str,
    row: u8,
    reason: &'static str,
    over_limit: bool,
}

/// What became of a body, decoded.
#[derive(Serialize)]
pub(super) struct Body {
    bytes_before: usize,
    bytes_after: usize,
    urls: Vec<Urls>,
    rules: Vec<Rule>,
    changes: Vec<Line>,
}

/// A structure rule that has acted, by its place in the configuration.
#[derive(Serialize)]
struct Rule {
    rule: String,
    elements: u64,
}

/// The URLs of the site's origins of one kind, in one escaping.
#[derive(Serialize)]
struct Urls {
    kind: &'static str,
    escaping: String,
    mapped: usize,
    left: usize,
}

impl Body {
    pub(super) fn new(gate: &Gate, public: &BaseUrl, before: &[u8], after: &[u8]) -> Self {
        let left = gate.count_urls(public, after);
        let urls = gate.count_urls(public, before).into_iter().map(|found| {
            let same = |it: &&UrlCount| (it.kind, &it.escaping) == (found.kind, &found.escaping);
            let left = left.iter().find(same).map_or(0, |left| left.count);
            Urls {
                kind: found.kind.name(),
                mapped: found.count.saturating_sub(left),
                escaping: found.escaping,
                left,
            }
        });
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Self {
            urls: urls.collect(),
            rules: Vec::new(),
            bytes_before: before.len(),
            bytes_after: after.len(),
            changes: diff::of_texts(&text(before), &text(after)),
        }
    }

    /// Adds the rules that have acted, by the counts of the rewriting.
    pub(super) fn with_rules(mut self, counts: &Counts) -> Self {
        let rules = counts.rules();
        self.rules = rules
            .map(|(rule, elements)| Rule { rule, elements })
            .collect();
        self
    }
}

impl Body {
    fn write(&self, page: &mut Page) {
        page.title("URLs of the site in the body");
        if self.urls.is_empty() {
            page.line("none");
        }
        for urls in &self.urls {
            let Urls {
                kind,
                escaping,
                mapped,
                left,
            } = urls;
            let left = match left {
                0 => String::new(),
                left => format!(", {left} left"),
            };
            page.line(&format!(
                "{kind:<12} with {escaping:<8} {mapped} mapped{left}"
            ));
        }
        page.title("Rules that act on the body");
        if self.rules.is_empty() {
            page.line("none");
        }
        for Rule { rule, elements } in &self.rules {
            let noun = if *elements == 1 {
                "element"
            } else {
                "elements"
            };
            page.line(&format!("{rule} on {elements} {noun}"));
        }
        let Self {
            bytes_before,
            bytes_after,
            ..
        } = self;
        page.title(&format!(
            "The body: {bytes_before} bytes become {bytes_after}"
        ));
        if self.changes.is_empty() {
            page.line("nothing changes");
        }
        diff::write(&self.changes, page);
    }
}

impl From<TriedRow> for Row {
    fn from(row: TriedRow) -> Self {
        Self {
            row: row.reason.row(),
            reason: row.reason.name(),
            matches: row.matches,
            why: row.why,
        }
    }
}

impl From<Decision> for Decided {
    fn from(decision: Decision) -> Self {
        Self {
            outcome: decision.outcome.name(),
            row: decision.reason.row(),
            reason: decision.reason.name(),
            over_limit: decision.over_limit,
        }
    }
}

impl Asked {
    fn of(request: &Request<()>) -> Self {
        Self {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            fields: fields(request.headers()),
        }
    }
}

impl Asked {
    fn write(&self, page: &mut Page) {
        page.line(&format!("{} {}", self.method, self.url));
        page.lines(&written(&self.fields));
    }
}

impl Row {
    fn write(&self, page: &mut Page) {
        let Self {
            row,
            reason,
            matches,
            why,
        } = self;
        let sign = if *matches { "yes" } else { "no " };
        page.answer(&format!("{row:>2} {reason:<21} {sign} {why}"), *matches);
    }
}

impl Answered {
    fn of(response: &Response<()>) -> Self {
        Self {
            status: response.status().as_u16(),
            fields: fields(response.headers()),
        }
    }
}

impl Report {
    pub(super) fn new(
        gate: &Gate,
        request: &Request<()>,
        explained: &Explained,
        body: Option<Result<Body, String>>,
        log: Vec<String>,
    ) -> Self {
        let count = explained.fetched.len();
        let (mut stages, mut rules) = (Vec::new(), Vec::new());
        let mut walk = |(index, fetched): (usize, &Fetched)| {
            let Ok(response) = &fetched.response else {
                return Fetch::of(fetched, Vec::new(), Vec::new());
            };
            let is_last = index + 1 == count;
            let walk = gate.walk(request, response, !is_last);
            if is_last {
                stages = walk.stages;
                rules = walk.rules;
            }
            Fetch::of(fetched, walk.rows, walk.as_get)
        };
        let fetches = explained
            .fetched
            .iter()
            .enumerate()
            .map(&mut walk)
            .collect();
        let treatment = explained.sent.extensions().get();
        let (decision, answered) = match treatment {
            Some(Treatment::Decided(decision)) => (Some(*decision), None),
            Some(Treatment::Answered(reason)) => (None, Some(*reason)),
            None => (None, None),
        };
        let decision = explained.unsent.or(decision);
        let before = explained
            .fetched
            .last()
            .and_then(|last| last.response.as_ref().ok());
        let before = before.map_or_else(Vec::new, |head| written(&fields(head.headers())));
        let response = Answered::of(&explained.sent);
        let (body, body_error) = match body {
            None => (None, None),
            Some(Ok(body)) => (Some(body), None),
            Some(Err(why)) => (None, Some(why)),
        };
        Self {
            request: Asked::of(request),
            fetches,
            decision: decision.map(Decided::from),
            answered,
            stages,
            rules,
            fields: diff::of_lines(&before, &written(&response.fields)),
            response,
            note: explained.unsent.map(|_| UNSENT),
            body,
            body_error,
            log,
        }
    }

    /// Returns the report as JSON.
    pub(super) fn json(&self) -> String {
        // Texts and numbers can always be written.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{json}\n")
    }

    /// Returns the report for people.
    pub(super) fn text(&self, is_coloured: bool) -> String {
        let mut page = Page::new(is_coloured);
        page.title("The client's request");
        self.request.write(&mut page);
        for fetch in &self.fetches {
            page.title("The request for the origin");
            fetch.request.write(&mut page);
            match (&fetch.response, &fetch.error) {
                (Some(response), _) => {
                    page.title("The origin's head");
                    page.line(&response.status.to_string());
                    page.lines(&written(&response.fields));
                }
                (None, error) => {
                    page.title("The origin does not answer");
                    page.lines(error.as_slice());
                }
            }
            if !fetch.rows.is_empty() {
                page.title("Rows of the gate");
                fetch.rows.iter().for_each(|row| row.write(&mut page));
            }
            if !fetch.as_get.is_empty() {
                page.title("Rows that the response to a GET would have met");
                fetch.as_get.iter().for_each(|row| row.write(&mut page));
            }
        }
        page.title("Decision");
        page.line(&self.decided());
        if !self.stages.is_empty() {
            page.title("Stages of the body");
            page.lines(&self.stages);
        }
        if !self.rules.is_empty() {
            page.title("Conditions and values of rules");
            page.lines(&self.rules);
        }
        page.title("The head for the client");
        page.line(&self.response.status.to_string());
        diff::write(&self.fields, &mut page);
        page.lines(self.note.map(str::to_owned).as_slice());
        if let Some(body) = &self.body {
            body.write(&mut page);
        }
        if let Some(why) = &self.body_error {
            page.title("The body");
            page.line(why);
        }
        if !self.log.is_empty() {
            page.title("The log");
            page.lines(&self.log);
        }
        page.into_text()
    }

    fn decided(&self) -> String {
        match (&self.decision, self.answered) {
            (Some(decided), _) => {
                let Decided {
                    outcome,
                    row,
                    reason,
                    over_limit,
                } = decided;
                let over = if *over_limit { "; over-limit" } else { "" };
                format!("{outcome}; row={row}; reason={reason}{over}")
            }
            (None, Some(reason)) => format!("answered by the gate itself: {reason}"),
            (None, None) => "answered by the gate itself".to_owned(),
        }
    }
}

impl Fetch {
    fn of(fetched: &Fetched, rows: Vec<TriedRow>, as_get: Vec<TriedRow>) -> Self {
        let response = fetched.response.as_ref();
        Self {
            request: Asked::of(&fetched.request),
            response: response.ok().map(Answered::of),
            error: response.err().map(ToString::to_string),
            rows: rows.into_iter().map(Row::from).collect(),
            as_get: as_get.into_iter().map(Row::from).collect(),
        }
    }
}

/// Returns the fields of a head. What is no text in a value is replaced.
fn fields(head: &HeaderMap) -> Vec<Field> {
    head.iter()
        .map(|(name, value)| Field {
            name: name.to_string(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect()
}

/// Returns fields as lines.
fn written(fields: &[Field]) -> Vec<String> {
    let fields = fields.iter();
    fields
        .map(|field| format!("{}: {}", field.name, field.value))
        .collect()
}
