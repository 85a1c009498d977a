//! What the last streams of pages have shown, in bounded memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::resource::Preload;

/// The most pages that are known. The one that was not used for longest goes first.
const MAX_PAGES: usize = 1000;
/// The longest name of a page that is known, in bytes.
const MAX_NAME: usize = 1024;

/// What is known of pages, which takes at most some 6 MB: a thousand pages with eight URLs of at
/// most 512 bytes each, and with a name of at most 1,024 bytes.
#[derive(Debug, Default)]
pub(crate) struct Learned(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    by_name: BTreeMap<String, Page>,
    /// The number of uses so far.
    uses: u64,
}

#[derive(Debug)]
struct Page {
    /// The number of the last use.
    used: u64,
    /// What the last stream has shown, and whether the stream before it has shown it too.
    shown: Vec<(Preload, bool)>,
}

impl Learned {
    /// Learns what a stream of a page has shown, and forgets what it has not.
    pub(super) fn learn(&self, name: &str, shown: Vec<Preload>) {
        let mut pages = self.lock();
        let before = pages.by_name.remove(name);
        if shown.is_empty() || name.len() > MAX_NAME {
            return;
        }
        let was_shown = |preload: &Preload| {
            let mut before = before.iter().flat_map(|page| &page.shown);
            before.any(|(known, _)| known == preload)
        };
        let shown = shown.into_iter().map(|preload| {
            let again = was_shown(&preload);
            (preload, again)
        });
        let shown = shown.collect();
        if pages.by_name.len() >= MAX_PAGES {
            let oldest = pages.by_name.iter().min_by_key(|(_, page)| page.used);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                pages.by_name.remove(&oldest);
            }
        }
        let used = pages.next_use();
        pages.by_name.insert(name.to_owned(), Page { used, shown });
    }

    /// Returns what each of the last two streams of a page has shown.
    pub(super) fn of(&self, name: &str) -> Vec<Preload> {
        let mut pages = self.lock();
        let used = pages.next_use();
        let Some(page) = pages.by_name.get_mut(name) else {
            return Vec::new();
        };
        page.used = used;
        let again = page.shown.iter().filter(|(_, again)| *again);
        again.map(|(preload, _)| preload.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn next_use(&mut self) -> u64 {
        self.uses = self.uses.saturating_add(1);
        self.uses
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    fn sheets(urls: &[&str]) -> Vec<Preload> {
        urls.iter().copied().map(Preload::test).collect()
    }

    #[test]
    fn what_two_streams_in_a_row_have_shown_is_known() {
        let learned = Learned::default();
        for (shown, known) in [
            (&["/a", "/b"][..], &[][..]),
            (&["/a", "/c"], &["/a"]),
            (&["/c", "/a"], &["/c", "/a"]),
            (&["/b"], &[]),
            (&["/a", "/b"], &["/b"]),
            (&[], &[]),
            (&["/b"], &[]),
        ] {
            learned.learn("/", sheets(shown));
            assert_eq!(learned.of("/"), sheets(known), "{shown:?}");
            assert_eq!(learned.of("/other"), []);
        }
    }

    #[test]
    fn a_page_with_a_long_name_is_not_known() {
        let learned = Learned::default();
        for (length, known) in [(MAX_NAME, 1), (MAX_NAME + 1, 0)] {
            let name = "x".repeat(length);
            learned.learn(&name, sheets(&["/a"]));
            learned.learn(&name, sheets(&["/a"]));
            assert_eq!(learned.of(&name).len(), known);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        /// The twin is a list of the pages by their last use.
        #[test]
        fn the_page_that_was_not_used_for_longest_is_forgotten(
            uses in prop::collection::vec((0..3 * MAX_PAGES, any::<bool>()), 0..6 * MAX_PAGES)
        ) {
            let learned = Learned::default();
            let mut twin: VecDeque<usize> = VecDeque::new();
            for (page, is_learnt) in uses {
                let known = twin.iter().position(|it| *it == page);
                let name = page.to_string();
                if is_learnt {
                    learned.learn(&name, sheets(&["/a"]));
                } else {
                    learned.of(&name);
                }
                if let Some(at) = known {
                    twin.remove(at);
                } else if is_learnt && twin.len() == MAX_PAGES {
                    twin.pop_front();
                }
                if known.is_some() || is_learnt {
                    twin.push_back(page);
                }
                prop_assert!(learned.lock().by_name.len() <= MAX_PAGES);
            }
            let names: std::collections::BTreeSet<String> =
                twin.iter().map(ToString::to_string).collect();
            prop_assert!(learned.lock().by_name.keys().eq(names.iter()));
        }
    }
}
