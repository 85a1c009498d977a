//! What is said of a crawl, for people and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::process::page::{Colour, Page, counted};
use crate::process::visit::{LONGEST, PATIENCE};

/// How many findings of a kind are shown for one address. JSON has more of them.
const SHOWN: usize = 5;
/// How many findings are kept in all.
const MOST: usize = 1000;

/// What was found in a site.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) origin: String,
    /// How many pages were visited, and how many other things.
    pub(super) pages: usize,
    pub(super) parts: usize,
    /// How many bytes they have, decoded.
    pub(super) bytes: usize,
    /// How many places name an origin on purpose.
    pub(super) kept: usize,
    /// How many addresses are errors at the origin, too.
    pub(super) errors: usize,
    /// How many links are longer than everyone takes.
    pub(super) skipped: usize,
    /// How many links lead to addresses for which there was no room.
    pub(super) links: usize,
    /// How many bodies are longer than what is read, and how many take longer.
    pub(super) long: usize,
    pub(super) late: usize,
    /// How many bodies are in a coding that the gate cannot undo.
    pub(super) undecoded: usize,
    /// Why not everything was visited.
    pub(super) stopped: Option<&'static str>,
    pub(super) findings: Vec<Finding>,
    pub(super) more: More,
}

/// How many findings of each kind there are beyond those that are kept.
#[derive(Debug, Default, Serialize)]
pub(super) struct More {
    pub(super) leaks: usize,
    pub(super) broken: usize,
    pub(super) unfinished: usize,
}

/// Something that was found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    #[serde(flatten)]
    pub(super) what: What,
    /// Where: as the browser sees it.
    pub(super) url: String,
    /// The page that leads there.
    pub(super) from: Option<String>,
    /// What the gate has decided.
    pub(super) decision: String,
    /// An excerpt, or what is wrong.
    pub(super) text: String,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum What {
    /// A place names an origin.
    Leak { at: usize, place: &'static str },
    /// The gate answers with an error, where the origin answers otherwise, or not at all.
    Broken { status: u16, direct: Option<u16> },
    /// A body does not end as it should.
    Unfinished,
}

/// The titles of what is wrong, in the order in which it is told.
const TITLES: [&str; 3] = [
    "Names of an origin",
    "Broken links",
    "Bodies that end unfinished",
];

impl What {
    fn title(self) -> &'static str {
        let [leaks, broken, unfinished] = TITLES;
        match self {
            Self::Leak { .. } => leaks,
            Self::Broken { .. } => broken,
            Self::Unfinished => unfinished,
        }
    }
}

impl Report {
    /// Starts a report of an origin.
    pub(super) fn new(origin: &str) -> Self {
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
            pages: 0,
            parts: 0,
            bytes: 0,
            kept: 0,
            errors: 0,
            skipped: 0,
            links: 0,
            long: 0,
            late: 0,
            undecoded: 0,
            stopped: None,
            findings: Vec::new(),
            more: More::default(),
        }
    }

    /// Adds a finding, or counts it where there are as many as are kept.
    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
            return;
        }
        let count = match finding.what {
            What::Leak { .. } => &mut self.more.leaks,
            What::Broken { .. } => &mut self.more.broken,
            What::Unfinished => &mut self.more.unfinished,
        };
        *count += 1;
    }

    /// Returns whether nothing is wrong.
    pub(super) fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn json(&self) -> String {
        // Texts and numbers can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    pub(super) fn text(&self, is_coloured: bool) -> String {
        let mut page = Page::new(is_coloured);
        page.title("Visited");
        page.line(&format!(
            "{}: {}, {}, {} KiB",
            self.origin,
            counted(self.pages, "page", "pages"),
            counted(self.parts, "other", "others"),
            self.bytes.div_ceil(1024)
        ));
        if let Some(why) = self.stopped {
            page.line(&format!("not all of it: {why}"));
        }
        if self.kept > 0 {
            let kept = counted(self.kept, "place names", "places name");
            page.line(&format!("{kept} an origin on purpose"));
        }
        if self.errors > 0 {
            let errors = counted(self.errors, "address is an error", "addresses are errors");
            page.line(&format!("{errors} at the origin, too"));
        }
        self.write_left_out(&mut page);
        let more = [self.more.leaks, self.more.broken, self.more.unfinished];
        let mut counts = [0; TITLES.len()];
        for ((title, more), count) in TITLES.into_iter().zip(more).zip(&mut counts) {
            let findings = self.findings.iter();
            let kept = findings.filter(|it| it.what.title() == title).count();
            *count = kept + more;
            if *count > 0 {
                page.title(title);
                self.write(title, &mut page);
            }
            if more > 0 {
                page.line(&format!("and {more} more, which are counted only"));
            }
        }
        page.title("Found");
        let [leaks, broken, unfinished] = counts;
        let line = [
            counted(leaks, "leak", "leaks"),
            counted(broken, "broken link", "broken links"),
            counted(unfinished, "unfinished body", "unfinished bodies"),
        ];
        let line = line.join(", ");
        let colour = if self.is_clean() {
            Colour::Green
        } else {
            Colour::Red
        };
        page.coloured(colour, &line);
        page.into_text()
    }

    /// Writes what was not looked at, or not to its end.
    fn write_left_out(&self, page: &mut Page) {
        let long = format!("not read beyond {} MiB", LONGEST / 1024 / 1024);
        let late = format!("not read beyond {} s", PATIENCE.as_secs());
        let bodies = ("body is", "bodies are");
        for (count, (one, several), what) in [
            (
                self.skipped,
                ("link is", "links are"),
                "too long to be asked for",
            ),
            (
                self.links,
                ("link is", "links are"),
                "not followed, as there are too many",
            ),
            (self.long, bodies, &long),
            (self.late, bodies, &late),
            (
                self.undecoded,
                bodies,
                "not searched: the gate cannot undo the coding",
            ),
        ] {
            if count > 0 {
                page.line(&format!("{} {what}", counted(count, one, several)));
            }
        }
    }

    /// Writes the findings of a kind, by their addresses.
    fn write(&self, title: &str, page: &mut Page) {
        let mut by_address: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in self.findings.iter().filter(|it| it.what.title() == title) {
            by_address.entry(&finding.url).or_default().push(finding);
        }
        for (address, findings) in by_address {
            let from = findings.first().and_then(|it| it.from.as_deref());
            let decision = findings.first().map_or("", |it| it.decision.as_str());
            page.line(&format!("{address}  ({decision})"));
            if let Some(from) = from {
                page.line(&format!("  from {from}"));
            }
            for finding in findings.iter().take(SHOWN) {
                let text = match finding.what {
                    What::Leak { at, place } => format!("{place} at {at}: {}", finding.text),
                    What::Broken { .. } | What::Unfinished => finding.text.clone(),
                };
                page.coloured(Colour::Red, &format!("  {text}"));
            }
            if findings.len() > SHOWN {
                page.line(&format!("  and {} more (--json)", findings.len() - SHOWN));
            }
        }
    }
}
