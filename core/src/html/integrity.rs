//! The `integrity` attributes of scripts and style sheets whose bytes the gate may change: a
//! browser refuses a resource that does not have the hash which its page expects (Subresource
//! Integrity §3.3), so they are removed.
//!
//! A page without the word flows past at the speed of the search for it. No parser is asked:
//! whatever looks like the tag of a script or a link is taken for one, also in a comment, a
//! `noscript` or a script's string.

use std::sync::LazyLock;

use super::resources::{Kind, Resources};
use crate::map::Finder;
use crate::markup::reference;
use crate::markup::syntax::{ends_tag_name, is_whitespace};
use crate::markup::tag::{self, Attribute};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// A longer tag stays as it is, so that no more is held back.
const LONGEST_TAG: usize = 8 * 1024;
const NAME: &[u8] = b"integrity";
const TAGS: [(&[u8], Kind); 2] = [(b"<script", Kind::Script), (b"<link", Kind::Link)];

static FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::of([NAME]));

/// Removes the attributes of one page.
pub(crate) struct IntegrityRemover {
    resources: Resources,
    /// The start of a tag that has not ended.
    held: Vec<u8>,
    /// How many bytes were parsed.
    #[cfg(test)]
    pub(super) parsed: usize,
}

impl IntegrityRemover {
    pub(crate) fn new(resources: Resources) -> Self {
        Self {
            resources,
            held: Vec::new(),
            #[cfg(test)]
            parsed: 0,
        }
    }

    /// Appends a text without the attributes, as far as it is decided; returns up to where that is.
    ///
    /// No byte is parsed twice: a tag is parsed for the first word behind it, and the next to be
    /// parsed begins where it ends, or, where it is too long, where the limit is.
    fn scan(&mut self, text: &[u8], last: bool, out: &mut Vec<u8>) -> usize {
        let (mut done, mut from, mut searched) = (0, 0, 0);
        let mut nearest = None;
        while let Some(at) = find(text, from) {
            from = at + NAME.len();
            // The tag that begins last before the word is the one that it stands in, if in any.
            nearest = last_tag(text, searched, at).or(nearest);
            searched = at;
            let within = |&(start, _, _): &(usize, usize, Kind)| at < start + LONGEST_TAG;
            let Some((start, name_end, kind)) = nearest.filter(within) else {
                continue;
            };
            let (attributes, end) = self.attributes(text, start, name_end);
            nearest = None;
            if end.is_some_and(|end| end <= at) {
                continue;
            }
            if end.is_none() && is_unfinished(text, start, last) {
                copy(text, done..start, out);
                return start;
            }
            let end = match end {
                Some(end) => {
                    self.write(text, kind, &attributes, done..end, out);
                    end
                }
                None => {
                    let end = text.len().min(start + LONGEST_TAG);
                    copy(text, done..end, out);
                    end
                }
            };
            (done, from, searched) = (end, end, end);
        }
        let decided = if last {
            text.len()
        } else {
            self.open_tag(text, done).unwrap_or(text.len())
        };
        copy(text, done..decided, out);
        decided
    }

    /// Returns a tag's attributes and its end, unless it is too long.
    fn attributes(
        &mut self,
        text: &[u8],
        start: usize,
        name_end: usize,
    ) -> (Vec<Attribute>, Option<usize>) {
        let text = text.get(..start + LONGEST_TAG).unwrap_or(text);
        let (attributes, end) = tag::attributes(text, name_end);
        #[cfg(test)]
        {
            self.parsed += end.unwrap_or(text.len()) - start;
        }
        (attributes, end)
    }

    /// Returns the start of the tag that the end of the text cuts off, perhaps in its name.
    fn open_tag(&mut self, text: &[u8], done: usize) -> Option<usize> {
        let from = done.max(text.len().saturating_sub(LONGEST_TAG));
        if let Some((start, name_end, _)) = last_tag(text, from, text.len())
            && is_unfinished(text, start, false)
            && self.attributes(text, start, name_end).1.is_none()
        {
            return Some(start);
        }
        let longest = TAGS.iter().map(|(tag, _)| tag.len()).max().unwrap_or(0);
        let from = done.max(text.len().saturating_sub(longest));
        (from..text.len()).find(|&start| {
            let rest = text.get(start..).unwrap_or_default();
            TAGS.iter().any(|(tag, _)| {
                tag.get(..rest.len())
                    .is_some_and(|tag| tag.eq_ignore_ascii_case(rest))
            })
        })
    }

    /// Appends a range of a text that ends with a tag, without the attributes that must go.
    fn write(
        &self,
        text: &[u8],
        kind: Kind,
        attributes: &[Attribute],
        range: std::ops::Range<usize>,
        out: &mut Vec<u8>,
    ) {
        let part = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or_default();
        let value = |wanted: &str| {
            let named = |attribute: &&Attribute| {
                part(&attribute.name).eq_ignore_ascii_case(wanted.as_bytes())
            };
            let attribute = attributes.iter().find(named)?;
            let value = String::from_utf8_lossy(part(&attribute.value));
            Some(reference::decode(&value).into_owned())
        };
        let mut done = range.start;
        if self.resources.has(kind, value) {
            for attribute in attributes {
                let is_integrity = part(&attribute.name).eq_ignore_ascii_case(NAME);
                if is_integrity && is_metadata(part(&attribute.value)) {
                    copy(text, done..space_before(text, attribute), out);
                    done = attribute.end;
                }
            }
        }
        copy(text, done..range.end, out);
    }
}

impl Transform for IntegrityRemover {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let held = self.held.len();
            if held == 0 {
                let piece = input.get(..BLOCK).unwrap_or(input);
                let decided = self.scan(piece, false, out);
                self.held
                    .extend_from_slice(piece.get(decided..).unwrap_or_default());
                *input = input.get(piece.len()..).unwrap_or_default();
                continue;
            }
            // What is held is decided together with as much as that can take, so that the rest need
            // not be copied.
            let joined = input.get(..LONGEST_TAG).unwrap_or(input);
            let mut text = std::mem::take(&mut self.held);
            text.extend_from_slice(joined);
            let decided = self.scan(&text, false, out);
            let taken = match decided.checked_sub(held) {
                Some(beyond) => beyond,
                None => {
                    text.drain(..decided);
                    self.held = text;
                    joined.len()
                }
            };
            *input = input.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let held = std::mem::take(&mut self.held);
        self.scan(&held, true, out);
        Ok(())
    }
}

/// Returns whether a value consists of characters that hashes are written with (Subresource
/// Integrity §3.5). A script's expression between quotes can look like an attribute's value, and
/// does not.
fn is_metadata(value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value);
    let value = reference::decode(&value);
    let value = value.trim_ascii();
    let is_known =
        |byte: u8| byte.is_ascii_alphanumeric() || is_whitespace(byte) || b"+/=_?-".contains(&byte);
    !value.starts_with('+') && value.bytes().all(is_known)
}

/// Returns the next position of the word, in any letter case.
fn find(text: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let inside = FINDER.next(text, from)?;
        let first = inside.saturating_sub(NAME.len() - 1);
        let is_word = |at: &usize| {
            text.get(*at..at + NAME.len())
                .is_some_and(|word| word.eq_ignore_ascii_case(NAME))
        };
        match (first..=inside).find(is_word).filter(|at| *at >= from) {
            Some(at) => return Some(at),
            None => from = inside + 1,
        }
    }
}

/// Returns the last tag of a script or a link that begins in a range: its start, and the end of its
/// name.
fn last_tag(text: &[u8], from: usize, to: usize) -> Option<(usize, usize, Kind)> {
    let mut to = to;
    loop {
        let start = from + text.get(from..to)?.iter().rposition(|&byte| byte == b'<')?;
        if let Some((name_end, kind)) = tag_at(text, start) {
            return Some((start, name_end, kind));
        }
        to = start;
    }
}

fn tag_at(text: &[u8], start: usize) -> Option<(usize, Kind)> {
    TAGS.iter().find_map(|(tag, kind)| {
        let end = start + tag.len();
        let is_tag = text.get(start..end)?.eq_ignore_ascii_case(tag)
            && text
                .get(end)
                .is_some_and(|&byte| is_whitespace(byte) || byte == b'/');
        is_tag.then_some((end, *kind))
    })
}

fn is_unfinished(text: &[u8], start: usize, last: bool) -> bool {
    !last && text.len() - start < LONGEST_TAG
}

/// Returns the start of an attribute, including the white space before it if something else
/// separates its neighbours.
fn space_before(text: &[u8], attribute: &Attribute) -> usize {
    let start = attribute.name.start;
    if !text
        .get(attribute.end)
        .is_some_and(|&byte| ends_tag_name(byte))
    {
        return start;
    }
    let before = text.get(..start).unwrap_or_default();
    let solid = before.iter().rposition(|&byte| !is_whitespace(byte));
    solid.map_or(start, |at| at + 1)
}

fn copy(text: &[u8], range: std::ops::Range<usize>, out: &mut Vec<u8>) {
    out.extend_from_slice(text.get(range).unwrap_or_default());
}
