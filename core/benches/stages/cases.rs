//! The cases that are measured. A name is the work, a space, and the page.

use std::error::Error;
use std::path::Path;

use bytes::Bytes;
use memchr::memmem;
use streamgate::Pipeline;
use streamgate::internals::{Coding, encode};

use crate::pages::{ARTICLE, LINKS, ORIGIN};
use crate::site::{CONDITION, NONE, ONCE, STAYS, Site, VALUE};
use crate::{pages, peers};

/// Why a case cannot be measured.
pub(crate) type Fault = Box<dyn Error>;

/// The length of the image, in bytes.
const IMAGE: usize = 64 * 1024;
/// How many pages of a corpus are measured unless they are named: the longest ones.
const LONGEST: usize = 6;

/// Something to measure.
pub(crate) struct Case {
    pub(crate) name: String,
    /// The length of the input that it reads in one call.
    pub(crate) bytes: usize,
    /// Does the work once, and returns the length of its output.
    pub(crate) call: Box<dyn FnMut() -> Result<usize, Fault>>,
}

/// Makes the cases whose input is made here.
pub(crate) fn generated() -> Result<Vec<Case>, Fault> {
    let mut cases = Vec::new();
    let link_heavy = Site::new("link-heavy", ORIGIN, pages::link_heavy(LINKS));
    let article = Site::new("article", ORIGIN, pages::article(ARTICLE));
    for site in [&link_heavy, &article] {
        add(&mut cases, site)?;
    }
    let flight = Site::new("flight", ORIGIN, pages::flight(ARTICLE));
    push(&mut cases, "html", &flight, flight.rewriting(NONE)?);
    let small = Site::new("small", ORIGIN, pages::small());
    push(&mut cases, "exchange", &small, small.exchange(NONE, None)?);
    for site in [&small, &article] {
        for (work, rules) in [
            ("exchange-once", ONCE),
            ("exchange-value", VALUE),
            ("exchange-condition", CONDITION),
        ] {
            push(&mut cases, work, site, site.exchange(rules, None)?);
        }
    }
    let image = Site {
        media_type: "image/png",
        ..Site::new("image", ORIGIN, pages::noise(IMAGE))
    };
    push(&mut cases, "exchange", &image, image.exchange(ONCE, None)?);
    Ok(cases)
}

/// Makes the cases of a folder of real pages: of the named ones, if there are any.
pub(crate) fn of_corpus(folder: &Path, names: &[&str]) -> Result<Vec<Case>, Fault> {
    let mut cases = Vec::new();
    let mut pages = Site::of_corpus(folder)?;
    match names {
        [] => pages.truncate(LONGEST),
        names => pages.retain(|page| names.contains(&&*page.name)),
    }
    for site in &pages {
        add(&mut cases, site)?;
    }
    Ok(cases)
}

/// Adds all that is done with a page, and its peers.
fn add(cases: &mut Vec<Case>, site: &Site) -> Result<(), Fault> {
    let page = site.body.clone();
    let finder = memmem::Finder::new(&site.origin).into_owned();
    push(cases, "replace", site, move || {
        Ok(peers::replace(&page, &finder).len())
    });
    let page = site.body.clone();
    let (map, public) = site.map()?;
    push(cases, "map", site, move || {
        Ok(map.map_bytes(&public, &page).len())
    });
    push(cases, "html", site, site.rewriting(NONE)?);
    push(cases, "html-once", site, site.rewriting(ONCE)?);
    push(cases, "html-stays", site, site.rewriting(STAYS)?);
    let (page, origin) = (site.body.clone(), site.origin.clone());
    push(cases, "lol-html-8", site, move || {
        peers::lol_html(&page, &origin)
    });
    for (coding, name, recode, exchange) in [
        (Coding::Gzip, "gzip", "recode-gzip", "exchange-gzip"),
        (Coding::Br, "br", "recode-br", "exchange-br"),
    ] {
        let encoder = encode::encoder(coding).ok_or("there is no such encoder")?;
        let coded = Pipeline::new(vec![encoder]).run_to_vec(&site.body)?;
        let coded = Site {
            body: coded.into(),
            ..site.clone()
        };
        let bytes: Bytes = coded.body.clone();
        push(cases, recode, &coded, move || peers::recode(&bytes, coding));
        push(cases, exchange, &coded, coded.exchange(ONCE, Some(name))?);
    }
    Ok(())
}

fn push(
    cases: &mut Vec<Case>,
    work: &str,
    site: &Site,
    call: impl FnMut() -> Result<usize, Fault> + 'static,
) {
    cases.push(Case {
        name: format!("{work} {}", site.name),
        bytes: site.body.len(),
        call: Box::new(call),
    });
}
