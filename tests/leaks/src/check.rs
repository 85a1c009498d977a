//! The check of one page, before and after rewriting.

use crate::compare::{Rules, strays};
use crate::gate::{Page, Rewritten};
use crate::{dom, flight, kind};
use streamgate_sight::excerpt;
use streamgate_sight::{Place, Sighting, sightings};

/// The sizes of the chunks in which a page arrives, each with the size of the largest page that is
/// tried with it. The output must not depend on the chunks. The whole page comes first.
const CHUNKS: [(usize, usize); 4] = [
    (64 * 1024, usize::MAX),
    (1021, usize::MAX),
    (7, 4 * 1024 * 1024),
    (1, 64 * 1024),
];

/// Rewrites a page that arrives in chunks of this many bytes.
pub(crate) type Rewriter<'a> = &'a dyn Fn(&Page<'_>, usize) -> Result<Rewritten, String>;

/// The findings in a page.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// How many places named an origin before.
    pub(crate) before: usize,
    /// The places that still name an origin, and should not.
    pub(crate) leaks: Vec<Left>,
    /// The places that still name an origin on purpose.
    pub(crate) kept: Vec<Left>,
    /// The bytes that changed and should not have.
    pub(crate) changes: Vec<Change>,
    /// Everything else that is wrong; each entry counts as one changed byte.
    pub(crate) faults: Vec<String>,
    /// Why the gate does not rewrite this page, if it does not.
    pub(crate) not_rewritten: Option<&'static str>,
}

/// A place that still names an origin.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) place: Place,
    /// The offset of the place in the rewritten page, or in the text that its scripts push.
    pub(crate) at: usize,
    pub(crate) excerpt: String,
}

/// Bytes that changed.
#[derive(Debug)]
pub(crate) struct Change {
    /// The offset of the bytes in the original page, or in the text that its scripts push.
    pub(crate) at: usize,
    pub(crate) bytes: usize,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Found {
    /// Returns how many bytes changed and should not have.
    pub(crate) fn stray(&self) -> usize {
        let changed: usize = self.changes.iter().map(|change| change.bytes).sum();
        changed + self.faults.len()
    }

    /// Compares a text before and after, and adds the findings.
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

/// Rewrites a page and compares it.
///
/// # Errors
/// Returns an error if the page cannot be rewritten.
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

/// Splits a page into the page itself and what its scripts push.
fn parted(body: &[u8], is_html: bool) -> (Vec<u8>, Vec<u8>) {
    match is_html {
        true => streamgate_sight::parted(body),
        false => (body.to_vec(), Vec::new()),
    }
}
