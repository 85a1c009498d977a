//! One page, looked through before and after.

use std::ops::Range;

use crate::compare::{Rules, strays};
use crate::gate::{Page, Rewritten};
use crate::sight::{Place, sightings};
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
    /// The page as rewritten.
    pub(crate) after: Vec<u8>,
    /// How many places named an origin.
    pub(crate) before: usize,
    /// Places that still do, in `after`.
    pub(crate) leaks: Vec<(Range<usize>, Place)>,
    /// Places that do on purpose, in `after`.
    pub(crate) kept: Vec<(Range<usize>, Place)>,
    /// Changed bytes, before and after.
    pub(crate) strays: Vec<(Range<usize>, Range<usize>)>,
    /// What else is wrong; each counts as one changed byte.
    pub(crate) faults: Vec<String>,
    /// Why the gate does not rewrite this page.
    pub(crate) not_rewritten: Option<&'static str>,
}

impl Found {
    /// How many bytes changed that should not have.
    pub(crate) fn stray(&self) -> usize {
        let bytes = |(before, after): &(Range<usize>, Range<usize>)| before.len().max(after.len());
        self.strays.iter().map(bytes).sum::<usize>() + self.faults.len()
    }
}

/// Looks through a page.
///
/// # Errors
/// When it cannot be rewritten.
pub(crate) fn check(page: &Page<'_>, rewrite: Rewriter<'_>, trees: bool) -> Result<Found, String> {
    let whole = rewrite(page, page.body.len().max(1))?;
    let (after, not_rewritten) = match whole {
        Rewritten::Body(body) => (body, None),
        Rewritten::Not(why) => (page.body.to_vec(), Some(why)),
    };
    let mut faults = Vec::new();
    if not_rewritten.is_none() {
        for (chunk, largest) in CHUNKS {
            let is_worth = chunk < page.body.len() && page.body.len() <= largest;
            if is_worth && rewrite(page, chunk)? != Rewritten::Body(after.clone()) {
                faults.push(format!("in chunks of {chunk} bytes it comes out otherwise"));
            }
        }
    }
    let places = sightings(page.body, page.origins);
    let rows = flight::has_rows(page.media_type, page.body);
    let rules = Rules {
        public: page.public,
        lenient: false,
        rows,
    };
    let strays = strays(page.body, &after, &places, rules)
        .into_iter()
        .map(|stray| (stray.before, stray.after))
        .collect();
    if rows && flight::broke(page.media_type, page.body, &after) {
        faults.push("the lengths of its rows are no longer true".to_owned());
    }
    if trees
        && page.media_type == kind::HTML
        && page.body != after
        && let Some(why) = dom::difference(page.body, &after, page.origins, page.public, rows)
    {
        faults.push(format!("the tree differs at {why}"));
    }
    let (kept, leaks) = sightings(&after, page.origins)
        .into_iter()
        .map(|sighting| (sighting.span, sighting.place))
        .partition(|(_, place)| place.is_kept());
    Ok(Found {
        before: places.len(),
        after,
        leaks,
        kept,
        strays,
        faults,
        not_rewritten,
    })
}
