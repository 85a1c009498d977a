//! What goes of the hashes that a page has, and what stays as it is for their sake.

mod import_map;
mod page;
mod remover;

use super::{Page, Resources};
use crate::csp::Policies;
use crate::map::{BaseUrl, Origin, Scheme, UrlMap};
use crate::pipeline::{BLOCK, Transform};

/// The most bytes of an import map that are held.
const LIMIT: usize = 1000;

fn public() -> BaseUrl {
    BaseUrl::new(Scheme::Https, "www.example.com").expect("a host")
}

fn resources(processable: &[&str]) -> Option<Resources> {
    let own = [
        BaseUrl::new(Scheme::Https, "www.example.com"),
        BaseUrl::new(Scheme::Https, "img.example.com:8443"),
    ];
    let processable: Vec<String> = processable.iter().map(ToString::to_string).collect();
    Resources::new(public(), own.into_iter().flatten().collect(), &processable)
}

/// The stage for a page of `https://origin.example.com`.
fn stage(processable: &[&str], policy: &str) -> Page {
    let origin = Origin::new(Scheme::Https, "origin.example.com").expect("a host");
    let mapper = UrlMap::new([origin]).to(&public());
    let mut policies = Policies::default();
    policies.add_field(policy);
    Page::new(
        Box::new(mapper),
        resources(processable),
        policies,
        true,
        LIMIT,
    )
}

/// What comes out of a page in pieces that end at `cuts`.
fn rewrite(mut stage: Page, page: &[u8], cuts: &[usize]) -> Vec<u8> {
    let (mut out, mut sent) = (Vec::new(), Vec::new());
    let mut start = 0;
    for end in cuts.iter().copied().chain([page.len()]) {
        let end = end.clamp(start, page.len());
        let mut piece = &page[start..end];
        loop {
            stage.push(&mut piece, &mut out).expect("no input fails");
            let full = out.len() >= BLOCK;
            assert!(full || piece.is_empty());
            sent.append(&mut out);
            if !full {
                break;
            }
        }
        start = end;
    }
    stage.finish(&mut out).expect("no input fails");
    sent.append(&mut out);
    sent
}

/// What comes out of a page, however it is cut.
fn rewritten(processable: &[&str], policy: &str, page: &str) -> String {
    let whole = rewrite(stage(processable, policy), page.as_bytes(), &[]);
    let each: Vec<usize> = (0..page.len()).collect();
    let cuts = (0..page.len()).map(|cut| vec![cut]);
    for cuts in cuts.chain([each]) {
        let cut = rewrite(stage(processable, policy), page.as_bytes(), &cuts);
        assert_eq!(
            String::from_utf8_lossy(&cut),
            String::from_utf8_lossy(&whole),
            "{page} cut at {cuts:?}"
        );
    }
    String::from_utf8(whole).expect("pages here are UTF-8")
}
