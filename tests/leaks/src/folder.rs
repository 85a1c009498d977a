//! The files of a folder, and the search for those that a list names.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::hosts::{Entry, Which};
use crate::kind;
use streamgate_sight::Origin;

/// Returns the files in a folder and its sub-folders, by their paths from there with `/`. Names
/// that start with a dot are left out.
///
/// # Errors
/// Returns an error if a folder cannot be read.
pub(crate) fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![(String::new(), folder.to_path_buf())];
    while let Some((prefix, folder)) = folders.pop() {
        let fault = |error: io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            // A link to a folder could lead back here.
            if entry.file_type().map_err(fault)?.is_dir() {
                folders.push((format!("{prefix}{name}/"), entry.path()));
            } else if entry.path().is_file() {
                files.insert(format!("{prefix}{name}"), entry.path());
            }
        }
    }
    Ok(files)
}

/// The pages, and the origins that each is searched for.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) pages: BTreeMap<String, Vec<Origin>>,
    /// Pages that no line names.
    pub(crate) others: Vec<String>,
    /// The pages that a line names but that do not exist.
    pub(crate) missing: Vec<String>,
}

/// Matches the list with the folder. Page names may start with the name of `folder`. `list` is the
/// file of the list itself, which is not a page.
pub(crate) fn listed(
    files: &BTreeMap<String, PathBuf>,
    folder: &Path,
    list: &Path,
    entries: &[Entry],
) -> Listed {
    let mut listed = Listed::default();
    let own = folder.canonicalize().ok();
    let own = own
        .as_deref()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    let list = list.canonicalize().ok();
    let is_page = |name: &str, path: &Path| {
        path.canonicalize().ok() != list
            && (kind::of_name(name).is_some()
                || fs::read(path)
                    .is_ok_and(|body| kind::looks_like_html(body.get(..1024).unwrap_or(&body))))
    };
    let pages: Vec<_> = files
        .iter()
        .filter(|(name, path)| is_page(name, path))
        .map(|(name, _)| name)
        .collect();
    for entry in entries {
        let names = match &entry.page {
            Which::All => pages.iter().map(ToString::to_string).collect(),
            Which::Named(page) => match find(files, own.as_deref(), page) {
                Ok(name) => vec![name],
                Err(why) => {
                    listed
                        .missing
                        .push(format!("line {}: {page}: {why}", entry.line));
                    continue;
                }
            },
        };
        for name in names {
            let origins = listed.pages.entry(name).or_default();
            for origin in &entry.origins {
                let known = |known: &Origin| known.authority() == origin.authority();
                if !origins.iter().any(known) {
                    origins.push(origin.clone());
                }
            }
        }
    }
    listed.others = pages
        .into_iter()
        .filter(|name| !listed.pages.contains_key(*name))
        .cloned()
        .collect();
    listed
}

/// Finds the file that a list calls `page`: by its path, with or without the folder's own name
/// before it; by its name in a sub-folder; or by either without the extension.
fn find(
    files: &BTreeMap<String, PathBuf>,
    folder: Option<&str>,
    page: &str,
) -> Result<String, &'static str> {
    let page = page.replace('\\', "/");
    let page = page.trim_start_matches("./");
    let below = folder.and_then(|own| page.strip_prefix(own)?.strip_prefix('/'));
    for page in [Some(page), below].into_iter().flatten() {
        let ways: [&dyn Fn(&str) -> bool; 4] = [
            &|name| name == page,
            &|name| without_extension(name) == page,
            &|name| base(name) == page,
            &|name| without_extension(base(name)) == page,
        ];
        for is_meant in ways {
            let found: Vec<_> = files.keys().filter(|name| is_meant(name)).collect();
            let is_html = |name: &&String| kind::of_name(name) == Some(kind::HTML);
            let pages: Vec<_> = found.iter().copied().filter(is_html).collect();
            match (found.as_slice(), pages.as_slice()) {
                ([], _) => {}
                ([name], _) | (_, [name]) => return Ok((*name).clone()),
                _ => return Err("several files are called so"),
            }
        }
    }
    Err("no such file")
}

fn base(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, base)| base)
}

fn without_extension(name: &str) -> &str {
    let start = name.len() - base(name).len();
    match name[start..].rfind('.') {
        Some(dot) => &name[..start + dot],
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_by_any_of_its_names() {
        let files: BTreeMap<_, _> = [
            "a.html",
            "b.css",
            "b.html",
            "f.css",
            "f.js",
            "news/c.html",
            "news/d.v2.html",
        ]
        .map(|name| (name.to_owned(), PathBuf::new()))
        .into();
        let find = |page: &str| find(&files, Some("pages"), page);
        for (page, expected) in [
            ("a.html", "a.html"),
            ("./a.html", "a.html"),
            ("pages/a.html", "a.html"),
            ("a", "a.html"),
            ("b", "b.html"),
            ("news/c.html", "news/c.html"),
            ("news\\c.html", "news/c.html"),
            ("c.html", "news/c.html"),
            ("c", "news/c.html"),
            ("news/d.v2", "news/d.v2.html"),
            ("pages/news/c", "news/c.html"),
        ] {
            assert_eq!(find(page).as_deref(), Ok(expected), "{page}");
        }
        assert_eq!(find("f"), Err("several files are called so"));
        assert_eq!(find("e.html"), Err("no such file"));
    }
}
