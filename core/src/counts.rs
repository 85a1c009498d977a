//! What the gate does to the body of one response, counted while it does it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The counts of one exchange. Clones share them, so whoever has one sees them grow, and has them
/// however the body ends.
///
/// The stages of a body run one after another, and nobody else writes: so a count costs a load and
/// a store, as a plain integer does.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<All>);

/// The most fragments of one page that are noted.
const MOST_FRAGMENTS: usize = 64;

#[derive(Debug, Default)]
struct All {
    urls: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    rules: Box<[AtomicU64]>,
    /// Where the rules stand in the configuration.
    table: Arc<str>,
    /// What has become of fragments, by their places in the configuration.
    fragments: Mutex<Vec<(usize, &'static str)>>,
}

impl Counts {
    /// Makes the counts for an exchange in which as many structure rules may act, which stand in
    /// this table of the configuration.
    pub(crate) fn new(table: &Arc<str>, rules: usize) -> Self {
        Self(Arc::new(All {
            rules: (0..rules).map(|_| AtomicU64::new(0)).collect(),
            table: Arc::clone(table),
            ..All::default()
        }))
    }

    /// Returns how many URLs of origins in the body became public ones.
    #[must_use]
    pub fn urls(&self) -> u64 {
        self.0.urls.load(Ordering::Relaxed)
    }

    /// Returns how many bytes of the origin's body core has read. It reads none that passes
    /// through. Where the platform decodes the body, these are decoded bytes.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Returns how many bytes core has given out for the client's body.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Returns the structure rules that have acted, as the configuration has them (`html[0]`,
    /// `route[1].html[2]`), each with the number of elements that it has acted on.
    pub fn rules(&self) -> impl Iterator<Item = (String, u64)> {
        let counts = self.0.rules.iter().enumerate();
        counts.filter_map(|(index, count)| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then(|| (format!("{}[{index}]", self.0.table), count))
        })
    }

    /// Returns the fragments that the page has met, as the configuration has them (`fragment[0]`),
    /// each with what has become of it: `filled`, `cut`, or why it gave its fallback.
    #[must_use]
    pub fn fragments(&self) -> Vec<(String, &'static str)> {
        let fragments = self.0.fragments.lock();
        let fragments = fragments.unwrap_or_else(PoisonError::into_inner);
        let named = fragments.iter();
        named
            .map(|(index, end)| (format!("fragment[{index}]"), *end))
            .collect()
    }

    /// Notes what has become of a fragment, by its place in the configuration.
    pub(crate) fn fragment(&self, index: usize, end: &'static str) {
        let fragments = self.0.fragments.lock();
        let mut fragments = fragments.unwrap_or_else(PoisonError::into_inner);
        if fragments.len() < MOST_FRAGMENTS {
            fragments.push((index, end));
        }
    }

    /// Counts a URL that is mapped.
    pub(crate) fn url(&self) {
        add(&self.0.urls, 1);
    }

    /// Counts an element on which a rule acts. `rule` is the place of the rule in its table.
    pub(crate) fn rule(&self, rule: usize) {
        if let Some(count) = self.0.rules.get(rule) {
            add(count, 1);
        }
    }

    /// Returns whether a rule has acted.
    pub(crate) fn has_acted(&self, rule: usize) -> bool {
        let count = self.0.rules.get(rule);
        count.is_some_and(|count| count.load(Ordering::Relaxed) > 0)
    }

    /// Counts bytes of the origin's body.
    pub(crate) fn receive(&self, bytes: usize) {
        add(&self.0.received, bytes as u64);
    }

    /// Counts bytes of the client's body.
    pub(crate) fn send(&self, bytes: usize) {
        add(&self.0.sent, bytes as u64);
    }
}

fn add(count: &AtomicU64, more: u64) {
    let sum = count.load(Ordering::Relaxed).wrapping_add(more);
    count.store(sum, Ordering::Relaxed);
}
