//! The trees that a browser makes of a page before and after. They must be the same except for the
//! values that were mapped.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::compare::{Rules, strays};
use streamgate_sight::Origin;
use streamgate_sight::excerpt;
use streamgate_sight::sightings;

/// Returns the first difference between the trees of two pages that mapping does not explain.
pub(crate) fn difference(
    before: &[u8],
    after: &[u8],
    origins: &[Origin],
    public: &Origin,
) -> Option<String> {
    let (before, after) = (parse(before), parse(after));
    let trees = Trees {
        origins,
        rules: Rules {
            public,
            // A value in a tree has lost what surrounds it in the page.
            lenient: true,
            rows: false,
        },
    };
    // There is no recursion, because pages may nest to any depth.
    let mut pairs = vec![(
        before.document.clone(),
        after.document.clone(),
        String::new(),
    )];
    while let Some((before, after, path)) = pairs.pop() {
        let path = shortened(&format!("{path}/{}", name(&before))).to_owned();
        if let Some(why) = trees.differ(&before, &after) {
            return Some(format!("{path}: {why}"));
        }
        let (mut left, mut right) = (children(&before), children(&after));
        if left.len() != right.len() {
            let more = left.iter().zip(&right).find(|(a, b)| name(a) != name(b));
            let (a, b) = more.map_or_else(
                || (left.get(right.len()), right.get(left.len())),
                |(a, b)| (Some(a), Some(b)),
            );
            let named = |node: Option<&Handle>| node.map_or("nothing".to_owned(), name);
            let (a, b) = (named(a), named(b));
            return Some(format!("{path}: {a} before, {b} after"));
        }
        left.reverse();
        right.reverse();
        pairs.extend(
            left.into_iter()
                .zip(right)
                .map(|(a, b)| (a, b, path.clone())),
        );
    }
    None
}

/// Parses a page. Bytes that are not UTF-8 are taken one by one: every charset here is a superset
/// of ASCII, and each byte stays what it is.
fn parse(page: &[u8]) -> RcDom {
    let text = match std::str::from_utf8(page) {
        Ok(text) => text.to_owned(),
        Err(_) => page.iter().copied().map(char::from).collect(),
    };
    parse_document(RcDom::default(), ParseOpts::default()).one(text)
}

struct Trees<'a> {
    origins: &'a [Origin],
    rules: Rules<'a>,
}

impl Trees<'_> {
    /// Returns how two nodes differ, apart from their children.
    fn differ(&self, before: &Handle, after: &Handle) -> Option<String> {
        match (&before.data, &after.data) {
            (NodeData::Document, NodeData::Document) => None,
            (
                NodeData::Doctype {
                    name: a,
                    public_id: b,
                    system_id: c,
                },
                NodeData::Doctype {
                    name: x,
                    public_id: y,
                    system_id: z,
                },
            ) => [(a, x), (b, y), (c, z)]
                .into_iter()
                .find_map(|(a, b)| self.changed(a, b)),
            (NodeData::Text { contents: a }, NodeData::Text { contents: b }) => {
                self.changed(&a.borrow(), &b.borrow())
            }
            (NodeData::Comment { contents: a }, NodeData::Comment { contents: b })
            | (
                NodeData::ProcessingInstruction { contents: a, .. },
                NodeData::ProcessingInstruction { contents: b, .. },
            ) => self.changed(a, b),
            (
                NodeData::Element {
                    name: a,
                    attrs: left,
                    ..
                },
                NodeData::Element {
                    name: b,
                    attrs: right,
                    ..
                },
            ) if a == b => {
                let (left, right) = (left.borrow(), right.borrow());
                if !left
                    .iter()
                    .map(|attribute| &attribute.name)
                    .eq(right.iter().map(|attribute| &attribute.name))
                {
                    return Some("other attributes".to_owned());
                }
                left.iter().zip(right.iter()).find_map(|(a, b)| {
                    let why = self.changed(&a.value, &b.value)?;
                    Some(format!("{}: {why}", a.name.local))
                })
            }
            _ => Some(format!("{} before, {} after", name(before), name(after))),
        }
    }

    /// Returns what changed in a value that mapping does not explain.
    fn changed(&self, before: &str, after: &str) -> Option<String> {
        if before == after {
            return None;
        }
        let places = sightings(before.as_bytes(), self.origins);
        let strays = strays(before.as_bytes(), after.as_bytes(), &places, self.rules);
        let stray = strays.first()?;
        Some(format!(
            "{} became {}",
            excerpt(before.as_bytes(), &stray.before),
            excerpt(after.as_bytes(), &stray.after)
        ))
    }
}

/// Returns the children of a node; those of a template are its contents.
fn children(node: &Handle) -> Vec<Handle> {
    let mut children: Vec<_> = node.children.borrow().clone();
    if let NodeData::Element {
        template_contents, ..
    } = &node.data
    {
        children.extend(template_contents.borrow().clone());
    }
    children
}

fn name(node: &Handle) -> String {
    match &node.data {
        NodeData::Document => "document".to_owned(),
        NodeData::Doctype { .. } => "doctype".to_owned(),
        NodeData::Text { .. } => "text".to_owned(),
        NodeData::Comment { .. } => "comment".to_owned(),
        NodeData::Element { name, .. } => name.local.to_string(),
        NodeData::ProcessingInstruction { target, .. } => format!("?{target}"),
    }
}

/// Returns the last steps of a path.
fn shortened(path: &str) -> &str {
    path.rmatch_indices('/')
        .nth(5)
        .map_or(path, |(at, _)| &path[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference_of(before: &str, after: &str) -> Option<String> {
        let origins = [Origin::parse("https://www.a-b.example").unwrap()];
        let public = Origin::parse("https://p.test").unwrap();
        difference(before.as_bytes(), after.as_bytes(), &origins, &public)
    }

    #[test]
    fn mapped_values_are_no_difference() {
        for (before, after) in [
            (
                "<a href=https://www.a-b.example/x>y</a>",
                "<a href=https://p.test/x>y</a>",
            ),
            ("<p>at www.a-b.example", "<p>at p.test"),
            ("<!--//www.a-b.example-->", "<!--//p.test-->"),
            (
                "<template><a href='https&#58;//www.a-b.example'></template>",
                "<template><a href='https&#58;//p.test'></template>",
            ),
        ] {
            assert_eq!(difference_of(before, after), None, "{before}");
        }
    }

    #[test]
    fn everything_else_is_one_and_says_where() {
        for (before, after, place) in [
            (
                "<p class=a>x",
                "<p class=b>x",
                "document/html/body/p: class: ",
            ),
            ("<p class=a>x", "<p>x", "p: other attributes"),
            ("<p>x", "<p>y", "p/text: "),
            ("<p>x", "<p>x<b></b>", "p: nothing before, b after"),
            ("<p>x<i></i>", "<p>x<b></b>", "p/i: i before, b after"),
            (
                "<!doctype html><p>",
                "<p>",
                "document: doctype before, html after",
            ),
            ("<!--a-->", "<!--b-->", "comment: "),
            (
                "<template><i>a</i></template>",
                "<template><i>b</i></template>",
                "i/text: ",
            ),
            (
                "<svg><a href=/x /></svg>",
                "<svg><a href=/y /></svg>",
                "svg/a: href: ",
            ),
        ] {
            let found = difference_of(before, after).unwrap_or_default();
            assert!(found.contains(place), "{before} -> {after}: {found}");
        }
    }

    #[test]
    fn the_deepest_page_is_compared() {
        let page = "<div>".repeat(5_000) + "x";
        assert_eq!(difference_of(&page, &page), None);
        assert!(difference_of(&page, &(page.clone() + "y")).is_some());
    }
}
