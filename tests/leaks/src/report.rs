//! The report, for people and for machines.

use std::fmt::Write;

use serde::Serialize;

use crate::check::{Found, Left};

/// How many findings of a kind are shown for each page, unless all are asked for.
const SHOWN: usize = 10;

/// The sums over all pages.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    pub(crate) pages: usize,
    pub(crate) before: usize,
    pub(crate) leaks: usize,
    pub(crate) kept: usize,
    pub(crate) stray: usize,
}

impl Totals {
    pub(crate) fn add(&mut self, found: &Found) {
        self.pages += 1;
        self.before += found.before;
        self.leaks += found.leaks.len();
        self.kept += found.kept.len();
        self.stray += found.stray();
    }

    pub(crate) fn is_clean(self) -> bool {
        self.leaks == 0 && self.stray == 0
    }

    /// Formats the last line.
    pub(crate) fn line(self) -> String {
        format!(
            "{} pages, {} before, {} leaks, {} stray",
            self.pages, self.before, self.leaks, self.stray
        )
    }
}

/// Formats the first line of the table.
pub(crate) fn heading(width: usize) -> String {
    format!(
        "{:<width$}{:>8}{:>8}{:>8}{:>8}",
        "page", "before", "after", "kept", "stray"
    )
}

/// Formats the line of a page, with the findings below it. With `verbose`, it shows all findings
/// and the places that are left on purpose.
pub(crate) fn page(name: &str, width: usize, found: &Found, verbose: bool) -> String {
    let mut text = format!(
        "{name:<width$}{:>8}{:>8}{:>8}{:>8}",
        found.before,
        found.leaks.len(),
        found.kept.len(),
        found.stray()
    );
    if let Some(why) = found.not_rewritten {
        let _ = write!(text, "  not rewritten: {why}");
    }
    let most = if verbose { usize::MAX } else { SHOWN };
    let mut list = |lines: Vec<String>| {
        for line in lines.iter().take(most) {
            let _ = write!(text, "\n    {line}");
        }
        if lines.len() > most {
            let _ = write!(text, "\n    and {} more (--verbose)", lines.len() - most);
        }
    };
    let place = |what: &str, left: &Left| {
        let (kind, excerpt) = (left.place.name(), &left.excerpt);
        format!("{what} at {}, {kind}: {excerpt}", left.at)
    };
    let leaks = found.leaks.iter().map(|left| place("left", left));
    list(leaks.collect());
    let changes = found.changes.iter().map(|change| {
        let (before, after) = (&change.before, &change.after);
        format!("changed at {}: {before} became {after}", change.at)
    });
    list(changes.collect());
    list(found.faults.clone());
    if verbose {
        let kept = found.kept.iter().map(|left| place("kept", left));
        list(kept.collect());
    }
    text
}

/// A page, for machines.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    page: String,
    #[serde(rename = "type")]
    media_type: String,
    before: usize,
    after: usize,
    kept: usize,
    stray: usize,
    not_rewritten: Option<&'static str>,
    /// Kind, offset in the page after, and surroundings.
    leaks: Vec<(&'static str, usize, String)>,
    kept_places: Vec<(&'static str, usize, String)>,
    /// Offset in the page before, and both texts.
    strays: Vec<(usize, String, String)>,
    faults: Vec<String>,
}

impl Row {
    pub(crate) fn new(page: &str, media_type: &str, found: &Found) -> Self {
        let places = |places: &[Left]| {
            places
                .iter()
                .map(|left| (left.place.name(), left.at, left.excerpt.clone()))
                .collect()
        };
        Self {
            page: page.to_owned(),
            media_type: media_type.to_owned(),
            before: found.before,
            after: found.leaks.len(),
            kept: found.kept.len(),
            stray: found.stray(),
            not_rewritten: found.not_rewritten,
            leaks: places(&found.leaks),
            kept_places: places(&found.kept),
            strays: found
                .changes
                .iter()
                .map(|change| (change.at, change.before.clone(), change.after.clone()))
                .collect(),
            faults: found.faults.clone(),
        }
    }
}

/// The whole report, for machines.
#[derive(Debug, Serialize)]
pub(crate) struct Json<'a> {
    pub(crate) pages: &'a [Row],
    pub(crate) not_listed: &'a [String],
    pub(crate) missing: &'a [String],
    pub(crate) total: Totals,
}
