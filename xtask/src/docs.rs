//! Makes a website of the book, with mdBook, and checks where its links lead.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    paths,
    playground::{self, Profile},
    process, setup,
};

/// Where files of the repository are shown that are no pages of the book.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// Makes the book in `target/book`. Returns whether all links between its pages lead somewhere.
///
/// # Errors
/// Returns an error if mdBook can be neither found nor installed, or if it fails.
pub(crate) fn run() -> Result<bool> {
    setup::book()?;
    let (source, site) = (
        paths::target().join("book-source"),
        paths::target().join("book"),
    );
    copy(&paths::root().join("docs"), &source)?;
    let mut mdbook = process::command("mdbook");
    process::run(
        mdbook
            .arg("build")
            .arg(&source)
            .arg("--dest-dir")
            .arg(&site),
    )?;
    playground::build(Profile::Release, &site.join("playground"))?;
    let pages = read(&site)?;
    let dead = dead(&pages, &site);
    for link in &dead {
        println!("docs: {link}");
    }
    let index = site.join("index.html");
    println!(
        "docs: {} pages, {} dead links: {}",
        pages.len(),
        dead.len(),
        index.display()
    );
    Ok(dead.is_empty())
}

/// Copies the pages of the book, and the folders beside them, into an empty folder. The links of
/// pages to files elsewhere in the repository lead to where these are shown.
///
/// # Errors
/// Returns an error if a file cannot be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let context = || format!("copying {} to {}", from.display(), to.display());
    if to.exists() {
        fs::remove_dir_all(to).with_context(context)?;
    }
    fs::create_dir_all(to).with_context(context)?;
    for entry in fs::read_dir(from).with_context(context)? {
        let entry = entry.with_context(context)?;
        let copy = to.join(entry.file_name());
        if entry.file_type().with_context(context)?.is_dir() {
            self::copy(&entry.path(), &copy)?;
        } else if copy.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(entry.path()).with_context(context)?;
            fs::write(&copy, outward(&text)).with_context(context)?;
        } else {
            fs::copy(entry.path(), &copy).with_context(context)?;
        }
    }
    Ok(())
}

/// Lets the links of a page that leave the folder of the book lead to the repository.
fn outward(page: &str) -> String {
    page.replace("](../", &format!("]({REPOSITORY}"))
}

/// Returns the pages of the site by their paths in it.
fn read(site: &Path) -> Result<BTreeMap<String, String>> {
    let context = || format!("reading {}", site.display());
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(site).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            pages.insert(
                name.into_owned(),
                fs::read_to_string(&path).with_context(context)?,
            );
        }
    }
    Ok(pages)
}

/// Returns each link within the site that leads nowhere, as `PAGE: LINK`.
fn dead(pages: &BTreeMap<String, String>, site: &Path) -> Vec<String> {
    let ids: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, page)| (name.as_str(), values(page, "id").collect()))
        .collect();
    let mut dead = BTreeSet::new();
    for (name, page) in pages {
        for link in values(page, "href").chain(values(page, "src")) {
            let (file, id) = link.split_once('#').unwrap_or((link, ""));
            // Another site, or the root of this one, which the page for missing pages names.
            if file.contains(':') || link == "/" {
                continue;
            }
            let file = match file {
                "" => name.clone(),
                file => plain(file),
            };
            let exists = pages.contains_key(&file) || site.join(&file).is_file();
            let has_id = || ids.get(file.as_str()).is_some_and(|ids| ids.contains(id));
            if !exists || !id.is_empty() && !has_id() {
                dead.insert(format!("{name}: {link}"));
            }
        }
    }
    dead.into_iter().collect()
}

/// Returns a relative path without steps that go nowhere.
fn plain(path: &str) -> String {
    let mut plain = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain.display().to_string()
}

/// Returns the values of an attribute in tags, as mdBook writes them: in double quotes.
fn values<'p>(page: &'p str, attribute: &str) -> impl Iterator<Item = &'p str> {
    let start = format!(" {attribute}=\"");
    let tags = page.split('<').skip(1);
    let tags = tags.filter_map(|rest| rest.split('>').next());
    tags.filter_map(move |tag| tag.split_once(&start)?.1.split('"').next())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{REPOSITORY, dead, outward, paths};

    #[test]
    fn a_link_out_of_the_book_leads_to_the_repository() {
        assert!(REPOSITORY.starts_with("https://"));
        assert_eq!(
            outward("[a](b.md#c) [d\ne](../core/e.rs)"),
            format!("[a](b.md#c) [d\ne]({REPOSITORY}core/e.rs)")
        );
    }

    #[test]
    fn a_link_to_a_file_or_an_id_that_is_not_there_is_dead() {
        let page = "<h2 id=\"here\"></h2><a href=\"#here\"></a><a href=\"#gone\"></a>\
                    <a href=\"https://www.example.com/#x\"></a><a href=\"none.html\"></a><a href=\"/top.html\"></a>\
                    &lt;a href=\"text.html\"&gt;";
        let pages = BTreeMap::from([("a.html".to_owned(), page.to_owned())]);
        let site = paths::root().join("xtask/none");
        assert_eq!(
            dead(&pages, &site),
            ["a.html: #gone", "a.html: /top.html", "a.html: none.html"]
        );
    }
}
