//! The trees that a browser makes of a page before and after.

use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// Checks that the trees of two pages are the same but for values in which a word stands.
pub(crate) fn check_alike(before: &[u8], after: &[u8], word: &str) {
    let (before, after) = (parse(before), parse(after));
    let may_differ = |value: &str| value.to_ascii_lowercase().contains(word);
    let same = |a: &str, b: &str| a == b || may_differ(a);
    // There is no recursion, because pages may nest to any depth.
    let mut pairs = vec![(before.document.clone(), after.document.clone())];
    while let Some((before, after)) = pairs.pop() {
        let is_same = match (&before.data, &after.data) {
            (NodeData::Document, NodeData::Document) => true,
            (NodeData::Doctype { name: a, .. }, NodeData::Doctype { name: b, .. })
            | (NodeData::Comment { contents: a }, NodeData::Comment { contents: b }) => same(a, b),
            (NodeData::Text { contents: a }, NodeData::Text { contents: b }) => {
                same(&a.borrow(), &b.borrow())
            }
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
            ) => {
                let (left, right) = (left.borrow(), right.borrow());
                let pairs = left.iter().zip(right.iter());
                let same_attributes = || {
                    let mut pairs = pairs;
                    pairs.all(|(a, b)| {
                        let (name, other) = (&a.name.local, &b.name.local);
                        same(name, other) && same(&a.value, &b.value)
                    })
                };
                same(&a.local, &b.local) && left.len() == right.len() && same_attributes()
            }
            _ => false,
        };
        assert!(is_same, "{:?} became {:?}", before.data, after.data);
        let (left, right) = (children(&before), children(&after));
        assert_eq!(left.len(), right.len(), "children of {:?}", before.data);
        pairs.extend(left.into_iter().zip(right));
    }
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

/// Returns the children of a node; those of a template are its contents.
fn children(node: &Handle) -> Vec<Handle> {
    let mut children = node.children.borrow().clone();
    if let NodeData::Element {
        template_contents, ..
    } = &node.data
    {
        children.extend(template_contents.borrow().clone());
    }
    children
}
