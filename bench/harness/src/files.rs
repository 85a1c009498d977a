//! The files of the origin: generated pages, some of them in a coding, and real ones.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::pages::{self, ARTICLE, LINKS, ORIGIN};

/// How many pages of a corpus are measured unless they are named: the longest ones.
const LONGEST: usize = 6;

/// A file of the origin.
#[derive(Clone)]
pub(crate) struct Page {
    /// How the tables name it.
    pub(crate) name: String,
    /// The path that it is asked for by.
    pub(crate) path: String,
    /// Scheme and host of the origin in it.
    pub(crate) origin: String,
    /// What it is without its coding.
    pub(crate) body: Vec<u8>,
}

/// The folder that the origin serves.
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
}

impl Files {
    /// Makes an empty folder.
    pub(crate) fn new(folder: PathBuf) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Adds a file that names the generated pages' origin.
    fn add(&self, path: &str, body: impl Into<Vec<u8>>) -> Result<Page> {
        let name = path.trim_end_matches(".html").to_owned();
        self.put(path, name, ORIGIN.to_owned(), body.into())
    }

    fn put(&self, path: &str, name: String, origin: String, body: Vec<u8>) -> Result<Page> {
        let file = self.folder.join(path);
        let body = match path.split_once('/') {
            Some(("gzip", _)) => (gzip(&body)?, body),
            Some(("br", _)) => (br(&body)?, body),
            _ => (body.clone(), body),
        };
        fs::create_dir_all(file.parent().unwrap_or(&self.folder))?;
        fs::write(&file, body.0).with_context(|| format!("writing {}", file.display()))?;
        Ok(Page {
            name,
            path: format!("/{path}"),
            origin,
            body: body.1,
        })
    }

    /// Adds the standard page of links, in a coding or in none.
    pub(crate) fn link_heavy(&self, coding: Option<&str>) -> Result<Page> {
        let folder = coding.map_or(String::new(), |coding| format!("{coding}/"));
        self.add(
            &format!("{folder}link-heavy.html"),
            pages::link_heavy(LINKS),
        )
    }

    /// Adds pages of links from some 4 KB to some 10 MB.
    pub(crate) fn growing(&self) -> Result<Vec<Page>> {
        let sizes = [
            ("4-kb", 40),
            ("64-kb", 690),
            ("470-kb", LINKS),
            ("2-mb", 21_000),
            ("10-mb", 106_000),
        ];
        let page = |(name, links)| self.add(&format!("{name}.html"), pages::link_heavy(links));
        sizes.into_iter().map(page).collect()
    }

    /// Adds articles of 180 KB and 1 MB, and a page of Next.js.
    pub(crate) fn articles(&self) -> Result<Vec<Page>> {
        let sizes = [("article", ARTICLE), ("long-article", 1_000_000)];
        let page = |(name, length)| self.add(&format!("{name}.html"), pages::article(length));
        let articles = sizes.into_iter().map(page);
        let flight = [self.add("nextjs.html", pages::flight(ARTICLE))];
        articles.chain(flight).collect()
    }

    /// Adds a long page in `br`: the longest one of the corpus, or an article of 1.4 MB.
    pub(crate) fn long_in_br(&self, corpus: Option<&Path>, wanted: &[String]) -> Result<Page> {
        match corpus {
            Some(folder) => {
                let longest = self.corpus(folder, wanted)?.into_iter().next();
                let Page {
                    name, origin, body, ..
                } = longest.context("the corpus has no page")?;
                self.put(&format!("br/{name}.html"), name.clone(), origin, body)
            }
            None => self.add("br/article-1400-kb.html", pages::article(1_400_000)),
        }
    }

    /// Adds a page of 1 KB.
    pub(crate) fn small(&self) -> Result<Page> {
        self.add("1-kb.html", pages::small())
    }

    /// Adds an image of 4 MiB.
    pub(crate) fn image(&self) -> Result<Page> {
        self.add("4-mib.jpg", pages::noise(4 << 20))
    }

    /// Adds an article of so many bytes, for a measurement of memory.
    pub(crate) fn article_of(&self, name: &str, length: usize) -> Result<Page> {
        self.add(&format!("{name}.html"), pages::article(length))
    }

    /// Adds pages of a folder, whose `hosts.tsv` has a line for each: its name and its origin, with
    /// tabs between and behind them.
    pub(crate) fn corpus(&self, folder: &Path, wanted: &[String]) -> Result<Vec<Page>> {
        let list = folder.join("hosts.tsv");
        let list =
            fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
        let mut found = Vec::new();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(page), Some(origin)) = (columns.next(), columns.next()) else {
                continue;
            };
            let name = page.trim_end_matches(".html").to_owned();
            if wanted.is_empty() || wanted.contains(&name) {
                let body =
                    fs::read(folder.join(page)).with_context(|| format!("reading {page}"))?;
                found.push((name, origin.to_owned(), body));
            }
        }
        found.sort_by_key(|(.., body)| std::cmp::Reverse(body.len()));
        if wanted.is_empty() {
            found.truncate(LONGEST);
        }
        let put = |(name, origin, body): (String, String, Vec<u8>)| {
            self.put(&format!("corpus/{name}.html"), name.clone(), origin, body)
        };
        found.into_iter().map(put).collect()
    }
}

fn gzip(body: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(body)?;
    Ok(encoder.finish()?)
}

fn br(body: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    {
        let mut encoder = brotli::CompressorWriter::new(&mut out, 1 << 16, 5, 22);
        encoder.write_all(body)?;
    }
    Ok(out)
}
