//! The pages of the repository, as tests read them: what they link to, which configurations they
//! show, and which commands they tell people to type.
//!
//! Only tests use this crate. The tests of the links and of the configurations are beside it; those
//! of the commands are beside each program, whose own definition says what it understands.

mod commands;
mod mention;
mod shell;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

pub use commands::{Typed, commands};
pub use mention::{Mention, mentions};

/// The Rust in this chapter, which compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/extending.md")]
struct Extending;

/// The folders whose pages are read, from the root.
const FOLDERS: [&str; 11] = [
    "",
    "adapters/cloudflare",
    "adapters/fastly",
    "adapters/native",
    "adapters/playground",
    "adapters/tower",
    "adapters/wasi",
    "adapters/wasi3",
    "core",
    "docs",
    "third_party",
];

/// A page in Markdown.
pub struct Page {
    /// The path of the file from the root of the repository, with slashes.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A block of code.
pub struct Block {
    /// The place of its first line, as `docs/native.md:12`.
    pub place: String,
    /// The words behind the opening fence: the language, and what else is said.
    pub info: Vec<String>,
    /// The text.
    pub text: String,
}

/// A link or an image.
pub struct Link {
    /// The place of the link, as `docs/native.md:12`.
    pub place: String,
    /// What it leads to, as it is written.
    pub target: String,
}

/// A piece of code within a text.
pub struct Span {
    /// The place of the span, as `docs/native.md:12`.
    pub place: String,
    /// The text.
    pub text: String,
}

/// Returns the root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Returns all pages, in the order of their names.
///
/// # Panics
/// If a page cannot be read.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut pages = BTreeMap::new();
    for folder in FOLDERS {
        let entries = fs::read_dir(root().join(folder)).expect(folder);
        for entry in entries {
            let path = entry.expect(folder).path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = Path::new(folder).join(&*name).display().to_string();
            pages.insert(name, fs::read_to_string(&path).expect("a page in UTF-8"));
        }
    }
    let pages = pages.into_iter().map(|(name, text)| Page { name, text });
    pages.collect()
}

impl Page {
    /// Returns the blocks of code that have fences.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for (event, range) in self.events() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    is_open = true;
                    blocks.push(Block {
                        place: self.place(&range, 1),
                        info: info.split_whitespace().map(str::to_owned).collect(),
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::CodeBlock) => is_open = false,
                Event::Text(text) if is_open => {
                    if let Some(block) = blocks.last_mut() {
                        block.text.push_str(&text);
                    }
                }
                _ => {}
            }
        }
        blocks
    }

    /// Returns the links and the images.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        let links = self.events().filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(Link {
                place: self.place(&range, 0),
                target: dest_url.into_string(),
            }),
            _ => None,
        });
        links.collect()
    }

    /// Returns the pieces of code within texts.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let spans = self.events().filter_map(|(event, range)| match event {
            Event::Code(text) => Some(Span {
                place: self.place(&range, 0),
                text: text.into_string(),
            }),
            _ => None,
        });
        spans.collect()
    }

    /// Returns the names by which links can lead to the headings, as GitHub and mdBook make them:
    /// letters, digits, `-` and `_` of the heading in lower case, with a hyphen for each space, and
    /// a number where the name is taken.
    #[must_use]
    pub fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        let mut heading: Option<String> = None;
        for (event, _) in self.events() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let name = anchor(&heading.take().unwrap_or_default());
                    let numbered = (1..).map(|number| format!("{name}-{number}"));
                    let mut names = std::iter::once(name.clone()).chain(numbered);
                    anchors.extend(names.find(|name| !anchors.contains(name)));
                }
                _ => {}
            }
        }
        anchors
    }

    fn events(&self) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
        Parser::new_ext(&self.text, Options::ENABLE_TABLES).into_offset_iter()
    }

    /// Names the line of a range, and `further` lines down.
    fn place(&self, range: &Range<usize>, further: usize) -> String {
        let before = self.text.get(..range.start).unwrap_or_default();
        let line = 1 + before.matches('\n').count() + further;
        format!("{}:{line}", self.name)
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page {
            name: "a.md".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_page_has_blocks_links_and_spans_with_their_places() {
        let page = page(
            "# A\n\n[b](b.md#c)\n`x y`, ![d](d.svg)\n\n```sh once\nls `pwd`\n```\n\n| [e](e) |\n| - |\n",
        );
        let blocks = page.blocks();
        let [block] = blocks.as_slice() else {
            panic!("one block")
        };
        assert_eq!(
            (block.place.as_str(), block.text.as_str()),
            ("a.md:7", "ls `pwd`\n")
        );
        assert_eq!(block.info, ["sh", "once"]);
        let links = page.links();
        let links: Vec<_> = links.iter().map(|it| (&*it.place, &*it.target)).collect();
        assert_eq!(
            links,
            [("a.md:3", "b.md#c"), ("a.md:4", "d.svg"), ("a.md:10", "e")]
        );
        let spans = page.spans();
        let spans: Vec<_> = spans.iter().map(|it| (&*it.place, &*it.text)).collect();
        assert_eq!(spans, [("a.md:4", "x y")]);
    }

    #[test]
    fn an_anchor_is_the_heading_in_lower_case_with_hyphens() {
        let page = page("# `[[route]]`: Further origins\n## A_b, c–d\n### A_b c–d\n");
        let expected = ["a_b-cd", "a_b-cd-1", "route-further-origins"];
        assert!(page.anchors().iter().eq(expected), "{:?}", page.anchors());
    }

    #[test]
    fn every_page_of_the_book_is_read() {
        let pages = pages();
        for name in [
            "README.md",
            "docs/configuration.md",
            "adapters/native/README.md",
        ] {
            assert!(pages.iter().any(|page| page.name == name), "{name}");
        }
    }
}
