//! What is said of an exchange, for people and as JSON.

use http::{HeaderMap, Request, Response};
use serde::Serialize;
use streamgate::{BaseUrl, Decision, Gate, Treatment, TriedRow, UrlCount};

use super::diff::{self, Change, Line};
use super::edge::{Explained, Fetched};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

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
    changes: Vec<Line>,
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
            bytes_before: before.len(),
            bytes_after: after.len(),
            changes: diff::of_texts(&text(before), &text(after)),
        }
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
        let mut stages = Vec::new();
        let mut walk = |(index, fetched): (usize, &Fetched)| {
            let Ok(response) = &fetched.response else {
                return Fetch::of(fetched, Vec::new(), Vec::new());
            };
            let is_last = index + 1 == count;
            let walk = gate.walk(request, response, !is_last);
            if is_last {
                stages = walk.stages;
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
        let mut page = Page {
            text: String::new(),
            is_coloured,
        };
        page.title("The client's request");
        page.asked(&self.request);
        for fetch in &self.fetches {
            page.title("The request for the origin");
            page.asked(&fetch.request);
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
                page.rows(&fetch.rows);
            }
            if !fetch.as_get.is_empty() {
                page.title("Rows that the response to a GET would have met");
                page.rows(&fetch.as_get);
            }
        }
        page.title("Decision");
        page.line(&self.decided());
        if !self.stages.is_empty() {
            page.title("Stages of the body");
            page.lines(&self.stages);
        }
        page.title("The head for the client");
        page.line(&self.response.status.to_string());
        page.changes(&self.fields);
        page.lines(self.note.map(str::to_owned).as_slice());
        if let Some(body) = &self.body {
            page.body(body);
        }
        if let Some(why) = &self.body_error {
            page.title("The body");
            page.line(why);
        }
        if !self.log.is_empty() {
            page.title("The log");
            page.lines(&self.log);
        }
        page.text
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

/// A text that is being written.
struct Page {
    text: String,
    is_coloured: bool,
}

impl Page {
    fn title(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let title = self.painted(BOLD, title);
        self.push(&format!("{gap}{title}\n"));
    }

    fn line(&mut self, line: &str) {
        // What others sent must not move the cursor.
        let line = line.replace(char::is_control, " ");
        self.push(&format!("  {line}\n"));
    }

    fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    fn asked(&mut self, asked: &Asked) {
        self.line(&format!("{} {}", asked.method, asked.url));
        self.lines(&written(&asked.fields));
    }

    fn rows(&mut self, rows: &[Row]) {
        for row in rows {
            let Row {
                row,
                reason,
                matches,
                why,
            } = row;
            let sign = if *matches { "yes" } else { "no " };
            let colour = if *matches { GREEN } else { DIM };
            let why = why.replace(char::is_control, " ");
            let line = format!("{row:>2} {reason:<21} {sign} {why}");
            let line = self.painted(colour, &line);
            self.push(&format!("  {line}\n"));
        }
    }

    fn changes(&mut self, lines: &[Line]) {
        for line in lines {
            let text = line.text.replace(char::is_control, " ");
            let (sign, colour) = match line.change {
                Change::Same => (" ", ""),
                Change::Gone => ("-", RED),
                Change::New => ("+", GREEN),
                Change::Cut => ("…", DIM),
            };
            let line = format!("  {sign} {text}");
            let line = self.painted(colour, line.trim_end());
            self.push(&format!("{line}\n"));
        }
    }

    fn body(&mut self, body: &Body) {
        self.title("URLs of the site in the body");
        if body.urls.is_empty() {
            self.line("none");
        }
        for urls in &body.urls {
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
            self.line(&format!(
                "{kind:<12} with {escaping:<8} {mapped} mapped{left}"
            ));
        }
        let Body {
            bytes_before,
            bytes_after,
            ..
        } = body;
        self.title(&format!(
            "The body: {bytes_before} bytes become {bytes_after}"
        ));
        if body.changes.is_empty() {
            self.line("nothing changes");
        }
        self.changes(&body.changes);
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        match self.is_coloured && !colour.is_empty() {
            true => format!("{colour}{text}{RESET}"),
            false => text.to_owned(),
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
}
