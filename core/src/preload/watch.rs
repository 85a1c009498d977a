//! The stage that watches a page for what it loads early.

use std::sync::Arc;

use super::finder::Finder;
use super::learned::Learned;
use super::resource::Preload;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// How many bytes of a page are watched, if its hero image does not come before.
const WATCHED: usize = 64 * 1024;

/// Passes a page on as it is, and learns what its start shows. A page that breaks off before
/// teaches nothing.
pub(crate) struct Watch {
    /// Gone once the page has shown enough, or cannot be parsed: what still comes flows past.
    finder: Option<Finder>,
    /// How many bytes are still to be watched.
    left: usize,
    learned: Arc<Learned>,
    page: String,
}

impl Watch {
    pub(super) fn new(finder: Finder, learned: Arc<Learned>, page: String) -> Self {
        Self {
            finder: Some(finder),
            left: WATCHED,
            learned,
            page,
        }
    }

    fn watch(&mut self, piece: &[u8]) {
        let Some(finder) = &mut self.finder else {
            return;
        };
        let watched = piece.get(..self.left).unwrap_or(piece);
        match finder.read(watched) {
            Ok(Some(found)) => self.learn(found),
            Ok(None) => {
                self.left = self.left.saturating_sub(watched.len());
                if self.left == 0 {
                    self.end();
                }
            }
            Err(error) => {
                let page = &self.page;
                tracing::debug!(page, %error, "nothing is learned from a page");
                self.finder = None;
            }
        }
    }

    /// Learns what was found so far.
    fn end(&mut self) {
        if let Some(finder) = &self.finder {
            let found = finder.found();
            self.learn(found);
        }
    }

    fn learn(&mut self, found: Vec<Preload>) {
        self.finder = None;
        self.learned.learn(&self.page, found);
    }
}

impl Transform for Watch {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
        self.watch(piece);
        out.extend_from_slice(piece);
        *input = rest;
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), TransformError> {
        self.end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::finder::Wanted;
    use super::*;

    const SHEET: &str = "<link rel=stylesheet href=/s.css>";

    /// Streams a page twice in pieces of `step` bytes. Returns what is then announced.
    fn learned(page: &str, step: usize, ends: bool) -> Vec<String> {
        let learned = Arc::new(Learned::default());
        for _ in 0..2 {
            let finder = Finder::new(Wanted::Early).expect("a finder");
            let mut watch = Watch::new(finder, Arc::clone(&learned), "/".to_owned());
            let mut out = Vec::new();
            for mut piece in page.as_bytes().chunks(step) {
                watch.push(&mut piece, &mut out).expect("no page fails");
                assert_eq!(piece, b"");
            }
            if ends {
                watch.finish(&mut out).expect("no page fails");
            }
            assert!(out == page.as_bytes(), "the page passes as it is");
        }
        let mut head = http::HeaderMap::new();
        for preload in learned.of("/") {
            preload.announce(&mut head);
        }
        let links = head.into_iter().map(|(_, value)| {
            let value = value.to_str().expect("a text").to_owned();
            value.replace("; rel=preload; as=", " ")
        });
        links.collect()
    }

    #[test]
    fn what_a_page_loads_early_is_learned_however_it_is_cut() {
        for (page, expected) in [
            (
                "<link rel=preload as=font href=a.woff2 crossorigin><link rel=stylesheet href=b>",
                &["<a.woff2> font; crossorigin", "<b> style"][..],
            ),
            (
                "<link rel=preload as=style href=b><link rel=stylesheet href=b>",
                &["<b> style"],
            ),
            ("<link rel=preload as=image href=a imagesrcset='b 2x'>", &[]),
            ("<link rel=preload as=image type=image/avif href=a>", &[]),
            ("<link rel=preload as=fetch href=a>", &[]),
            ("<link rel=modulepreload as=script href=a>", &[]),
            (
                "<p><img src=a><img src=b fetchpriority=HIGH><img src=c fetchpriority=high>",
                &["<b> image; fetchpriority=high"],
            ),
            ("<p><img src=a fetchpriority=high srcset='b 2x'>", &[]),
            ("<p><img src=a fetchpriority=high loading=lazy>", &[]),
            ("<picture><img src=a fetchpriority=high></picture>", &[]),
            (
                "<picture><img src=a></picture><img src=b fetchpriority=high>",
                &["<b> image; fetchpriority=high"],
            ),
            (
                "<p><template><img src=a fetchpriority=high></template>",
                &[],
            ),
            (
                "<p><link rel=stylesheet href=a><script src=b></script>",
                &[],
            ),
            ("<base href=/b/><p><img src=a fetchpriority=high>", &[]),
        ] {
            for step in [1, 7, 1000] {
                assert_eq!(learned(page, step, true), expected, "{page} by {step}");
            }
        }
    }

    #[test]
    fn the_hero_image_is_one_of_eight() {
        let sheets = (0..9).map(|n| format!("<link rel=stylesheet href={n}>"));
        let page = sheets.collect::<String>() + "<p><img fetchpriority=high src=a>";
        let links = learned(&page, 1000, true);
        assert_eq!(links.len(), 8);
        let hero = "<a> image; fetchpriority=high".to_owned();
        assert_eq!(links.last(), Some(&hero));
    }

    #[test]
    fn a_page_teaches_once_it_has_shown_enough() {
        let filled = |length: usize| {
            let text = "x".repeat(length.saturating_sub(SHEET.len()));
            format!("{SHEET}{text}<img fetchpriority=high src=/a>")
        };
        for step in [1000, BLOCK] {
            assert_eq!(learned(SHEET, step, false), [""; 0]);
            assert_eq!(learned(&filled(WATCHED - 100), step, false).len(), 2);
            assert_eq!(learned(&filled(WATCHED), step, false), ["</s.css> style"]);
        }
    }
}
