//! The tree that a browser makes of a page, before and after: the same, but for the values that were mapped.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use crate::compare::{Rules, strays};
use crate::origin::Origin;
use crate::report::excerpt;
use crate::sight::sightings;

/// The first difference between two pages' trees that mapping does not account for.
pub(crate) fn difference(
    before: &[u8],
    after: &[u8],
    origins: &[Origin],
    public: &Origin,
    rows: bool,
) -> Option<String> {
    let (before, after) = (parse(before), parse(after));
    let trees = Trees {
        origins,
        rules: Rules {
            public,
            // What is around a value in the page is not part of it here.
            lenient: true,
            rows,
        },
    };
    // No recursion: pages nest as deep as they like.
    let mut pairs = vec![(
        before.document.clone(),
        after.document.clone(),
        String::new(),
    )];
    while let Some((before, after, path)) = pairs.pop() {
        let path = format!("{path}/{}", name(&before));
        if let Some(why) = trees.differ(&before, &after) {
            return Some(format!("{}: {why}", shortened(&path)));
        }
        let (mut left, mut right) = (children(&before), children(&after));
        if left.len() != right.len() {
            let more = left.iter().zip(&right).find(|(a, b)| name(a) != name(b));
            let (a, b) = more.map_or_else(
                || (left.get(right.len()), right.get(left.len())),
                |(a, b)| (Some(a), Some(b)),
            );
            let named = |node: Option<&Handle>| node.map_or("nothing".to_owned(), name);
            return Some(format!(
                "{}: {} before, {} after",
                shortened(&path),
                named(a),
                named(b)
            ));
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

/// Bytes that are no UTF-8 are taken one by one: any charset here is a superset of ASCII, and each byte stays what it is.
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
    /// How two nodes differ, apart from their children.
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

    /// What changed in a value that mapping does not account for.
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

/// The children of a node; a template's are its contents'.
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

/// The last steps of a path.
fn shortened(path: &str) -> &str {
    path.rmatch_indices('/')
        .nth(5)
        .map_or(path, |(at, _)| &path[at..])
}
