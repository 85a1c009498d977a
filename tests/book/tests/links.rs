//! Every link of a page leads somewhere within the repository, and the book has every page.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use streamgate_book::{Page, pages, root};

#[test]
fn every_link_leads_to_a_file_or_a_heading() {
    let pages = pages();
    let anchors: BTreeMap<&str, _> = pages
        .iter()
        .map(|page| (page.name.as_str(), page.anchors()))
        .collect();
    let mut dead = Vec::new();
    let mut links = 0;
    for page in &pages {
        for link in page.links() {
            let is_elsewhere = ["https://", "http://", "mailto:"];
            if is_elsewhere
                .iter()
                .any(|scheme| link.target.starts_with(scheme))
            {
                continue;
            }
            links += 1;
            let (file, heading) = link.target.split_once('#').unwrap_or((&link.target, ""));
            let file = match file {
                "" => page.name.clone(),
                file => beside(&page.name, file),
            };
            let is_heading = || {
                anchors
                    .get(file.as_str())
                    .is_some_and(|of| of.contains(heading))
            };
            if !root().join(&file).exists() || !heading.is_empty() && !is_heading() {
                dead.push(format!("{}: {}", link.place, link.target));
            }
        }
    }
    assert!(links >= 150, "{links}");
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn the_summary_has_every_page_of_the_book_once() {
    let pages = pages();
    let is_summary = |page: &&Page| page.name == "docs/SUMMARY.md";
    let summary = pages.iter().find(is_summary).expect("a summary");
    let mut listed: Vec<String> = summary
        .links()
        .into_iter()
        .map(|link| beside(&summary.name, &link.target))
        .collect();
    listed.sort();
    let book = pages.iter().filter(|page| page.name.starts_with("docs/"));
    let book = book.filter(|page| !is_summary(page)).map(|page| &page.name);
    assert!(listed.iter().eq(book), "{listed:?}");
}

/// Returns the path from the root to a file that a page names.
fn beside(page: &str, file: &str) -> String {
    let mut path = PathBuf::new();
    let folder = Path::new(page).parent().unwrap_or(Path::new(""));
    for part in folder.join(file).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    path.display().to_string()
}
