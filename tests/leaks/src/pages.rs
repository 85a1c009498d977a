//! Tests on pages as sites have them: nothing leaks, nothing else changes, and the trees are the
//! same except for their URLs.

use std::fs;
use std::path::Path;

use crate::check::check;
use crate::gate::{self, Page};
use crate::report::page as shown;
use crate::{folder, kind};
use streamgate_sight::Origin;
use streamgate_sight::Place;

/// Checks every page of a folder, and returns how many places were seen.
fn look_through(pages: &str, origins: &[&str], public: &str) -> usize {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join(pages);
    let origins: Vec<_> = origins
        .iter()
        .map(|origin| Origin::parse(origin).unwrap())
        .collect();
    let public = Origin::parse(public).unwrap();
    let mut seen = 0;
    for (name, path) in folder::files(&pages).unwrap() {
        let Some(media_type) = kind::of_name(&name) else {
            continue;
        };
        let body = fs::read(path).unwrap();
        let page = Page {
            media_type,
            body: &body,
            origins: &origins,
            public: &public,
        };
        let found = check(&page, &gate::rewrite, true).unwrap();
        let report = shown(&name, 0, &found, true);
        assert_eq!(found.stray(), 0, "{report}");
        let is_clean = found.leaks.iter().all(|left| left.place == Place::Bare);
        assert!(is_clean, "{report}");
        assert_eq!(found.not_rewritten, None, "{report}");
        seen += found.before;
    }
    seen
}

#[test]
fn a_news_sites_pages_are_mapped_and_nothing_else() {
    let origins = [
        "https://www.harbour-news.example",
        "https://static.harbour-news.example",
        "https://img.harbour-news.example",
        "https://api.harbour-news.example:8443",
    ];
    for public in ["https://www.streamgate-leaks.test", "http://localhost:8080"] {
        assert!(look_through("pages", &origins, public) > 100);
    }
}

#[test]
fn the_demo_sites_pages_are_mapped_and_nothing_else() {
    let demo = "../../adapters/native/demo";
    assert!(look_through(demo, &["http://127.0.0.1:8081"], "http://127.0.0.1:8080") > 500);
}
