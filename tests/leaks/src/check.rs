//! One page, looked through before and after.

use crate::compare::{Rules, strays};
use crate::gate::{Page, Rewritten};
use crate::report::excerpt;
use crate::sight::{Place, Sighting, sightings};
use crate::{dom, flight, kind};

/// Sizes of chunks in which a page arrives, and the largest page that does so: what comes out must not depend on it. The
/// whole page comes first.
const CHUNKS: [(usize, usize); 4] = [
    (64 * 1024, usize::MAX),
    (1021, usize::MAX),
    (7, 4 * 1024 * 1024),
    (1, 64 * 1024),
];

/// What rewrites a page that arrives in chunks of so many bytes.
pub(crate) type Rewriter<'a> = &'a dyn Fn(&Page<'_>, usize) -> Result<Rewritten, String>;

/// What was found in a page.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// How many places named an origin.
    pub(crate) before: usize,
    /// Places that still do.
    pub(crate) leaks: Vec<Left>,
    /// Places that do on purpose.
    pub(crate) kept: Vec<Left>,
    /// What changed that should not have.
    pub(crate) changes: Vec<Change>,
    /// What else is wrong; each counts as one changed byte.
    pub(crate) faults: Vec<String>,
    /// Why the gate does not rewrite this page.
    pub(crate) not_rewritten: Option<&'static str>,
}

/// A place that still names an origin.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) place: Place,
    /// Its offset in the page as rewritten; in what scripts push, in that.
    pub(crate) at: usize,
    pub(crate) excerpt: String,
}

/// Changed bytes.
#[derive(Debug)]
pub(crate) struct Change {
    /// Their offset in the page as it was; in what scripts push, in that.
    pub(crate) at: usize,
    pub(crate) bytes: usize,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Found {
    /// How many bytes changed that should not have.
    pub(crate) fn stray(&self) -> usize {
        let changed: usize = self.changes.iter().map(|change| change.bytes).sum();
        changed + self.faults.len()
    }

    /// Looks through a text.
    fn look(&mut self, page: &Page<'_>, before: &[u8], after: &[u8], rows: bool) {
        let places = sightings(before, page.origins);
        self.before += places.len();
        let left = |sighting: Sighting| Left {
            place: sighting.place,
            at: sighting.span.start,
            excerpt: excerpt(after, &sighting.span),
        };
        let (kept, leaks): (Vec<_>, Vec<_>) = sightings(after, page.origins)
            .into_iter()
            .map(left)
            .partition(|left| left.place.is_kept());
        self.kept.extend(kept);
        self.leaks.extend(leaks);
        let rules = Rules {
            public: page.public,
            lenient: false,
            rows,
        };
        let changes = strays(before, after, &places, rules).into_iter();
        self.changes.extend(changes.map(|stray| Change {
            at: stray.before.start,
            bytes: stray.before.len().max(stray.after.len()),
            before: excerpt(before, &stray.before),
            after: excerpt(after, &stray.after),
        }));
    }
}

/// Looks through a page.
///
/// # Errors
/// When it cannot be rewritten.
pub(crate) fn check(page: &Page<'_>, rewrite: Rewriter<'_>, trees: bool) -> Result<Found, String> {
    let mut found = Found::default();
    let after = match rewrite(page, page.body.len().max(1))? {
        Rewritten::Body(body) => body,
        Rewritten::Not(why) => {
            found.not_rewritten = Some(why);
            page.body.to_vec()
        }
    };
    if found.not_rewritten.is_none() {
        for (chunk, largest) in CHUNKS {
            let is_worth = chunk < page.body.len() && page.body.len() <= largest;
            if is_worth && rewrite(page, chunk)? != Rewritten::Body(after.clone()) {
                let fault = format!("in chunks of {chunk} bytes it comes out otherwise");
                found.faults.push(fault);
            }
        }
    }
    let is_html = page.media_type == kind::HTML;
    let (before_rest, before_pushed) = parted(page.body, is_html);
    let (after_rest, after_pushed) = parted(&after, is_html);
    let has_rows = page.media_type == flight::ROWS;
    found.look(page, &before_rest, &after_rest, has_rows);
    found.look(page, &before_pushed, &after_pushed, true);
    if flight::broke(page.media_type, page.body, &after) {
        let fault = "the lengths of its rows are no longer true";
        found.faults.push(fault.to_owned());
    }
    if trees
        && is_html
        && let Some(why) = dom::difference(&before_rest, &after_rest, page.origins, page.public)
    {
        found.faults.push(format!("the tree differs at {why}"));
    }
    Ok(found)
}

/// A page, and what its scripts push.
fn parted(body: &[u8], is_html: bool) -> (Vec<u8>, Vec<u8>) {
    match is_html {
        true => flight::parted(body),
        false => (body.to_vec(), Vec::new()),
    }
}
