//! The integrity metadata in a page of scripts and style sheets whose bytes the gate may change: a
//! browser refuses a resource that does not have the hash which its page expects (Subresource
//! Integrity §3.3), so they are removed, from tags and from import maps.
//!
//! A page without the words flows past at the speed of the search for them. No parser is asked:
//! whatever looks like the tag of a script or a link is taken for one, also in a comment, a
//! `noscript` or a script's string.

use std::sync::LazyLock;

use super::import_map;
use super::resources::{Element, Resources};
use super::script_text::ScriptText;
use crate::csp::Policies;
use crate::map::Finder;
use crate::markup::reference;
use crate::markup::syntax::{ends_tag_name, is_whitespace};
use crate::markup::tag::{self, Attribute};
use crate::markup::whole_tag;
use crate::script_type::ScriptType;

/// A longer tag stays as it is, so that no more is held back.
const LONGEST_TAG: usize = 8 * 1024;
const NAME: &[u8] = b"integrity";
/// The words that the tags have which matter here.
const WORDS: [&[u8]; 2] = [NAME, b"importmap"];
const TAGS: [(&[u8], Element); 2] = [(b"<script", Element::Script), (b"<link", Element::Link)];

static FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::of(WORDS));
static TAG_FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::of(TAGS.map(|(tag, _)| tag)));

/// Removes the metadata from one page.
pub(super) struct Remover {
    resources: Resources,
    /// The number of bytes of an import map that are held at most.
    limit: usize,
    /// The start of a tag that has not ended.
    held: Vec<u8>,
    /// The import map that is being read, as far as it was.
    import_map: Option<ScriptText>,
    /// How many bytes were parsed.
    #[cfg(test)]
    pub(super) parsed: usize,
}

impl Remover {
    pub(super) fn new(resources: Resources, limit: usize) -> Self {
        Self {
            resources,
            limit,
            held: Vec::new(),
            import_map: None,
            #[cfg(test)]
            parsed: 0,
        }
    }

    /// Takes the metadata that the policies do not need out of what is in a buffer from `start` on,
    /// a piece of the page, and takes back what is not decided. A piece without the words stays
    /// where it is.
    pub(super) fn check(&mut self, buffer: &mut Vec<u8>, start: usize, policies: &Policies) {
        let piece = buffer.get(start..).unwrap_or_default();
        let is_idle = self.held.is_empty() && self.import_map.is_none();
        if is_idle && find(piece, 0).is_none() {
            if let Some(open) = self.open_tag(piece, 0) {
                self.held.extend(buffer.drain(start + open..));
            }
            return;
        }
        let piece = buffer.split_off(start);
        self.push(&piece, policies, buffer);
    }

    /// Appends a piece of the page without the metadata that the policies do not need, as far as
    /// that is decided.
    pub(super) fn push(&mut self, mut piece: &[u8], policies: &Policies, out: &mut Vec<u8>) {
        while !piece.is_empty() {
            let taken = match self.import_map.take() {
                Some(map) => self.read_import_map(map, piece, policies, out),
                None if self.held.is_empty() => self.scan_piece(piece, policies, out),
                None => self.scan_joined(piece, policies, out),
            };
            piece = piece.get(taken..).unwrap_or_default();
        }
    }

    /// Appends what is held back, because what comes next does not continue it.
    pub(super) fn pause(&mut self, policies: &Policies, out: &mut Vec<u8>) {
        if let Some(map) = self.import_map.take() {
            out.extend_from_slice(&map.cut_off());
        }
        let held = std::mem::take(&mut self.held);
        self.scan(&held, true, policies, out);
        self.import_map = None;
    }

    /// Scans the front of a piece behind which nothing is held. Returns its length.
    fn scan_piece(&mut self, piece: &[u8], policies: &Policies, out: &mut Vec<u8>) -> usize {
        let decided = self.scan(piece, false, policies, out);
        if self.import_map.is_some() {
            return decided;
        }
        self.held
            .extend_from_slice(piece.get(decided..).unwrap_or_default());
        piece.len()
    }

    /// Scans what is held together with as much as it takes to decide that, so that the rest need
    /// not be copied. Returns how much that is.
    fn scan_joined(&mut self, piece: &[u8], policies: &Policies, out: &mut Vec<u8>) -> usize {
        let held = self.held.len();
        let joined = piece.get(..LONGEST_TAG).unwrap_or(piece);
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(joined);
        let decided = self.scan(&text, false, policies, out);
        match decided.checked_sub(held) {
            Some(beyond) => beyond,
            None => {
                text.drain(..decided);
                self.held = text;
                joined.len()
            }
        }
    }

    /// Reads more of an import map. Returns how much of the piece that is.
    fn read_import_map(
        &mut self,
        mut map: ScriptText,
        piece: &[u8],
        policies: &Policies,
        out: &mut Vec<u8>,
    ) -> usize {
        let (read, has_ended) = map.read(piece, out);
        if !has_ended {
            self.import_map = Some(map);
            return read;
        }
        let is_lost =
            |url: &str, metadata: &str| self.resources.lose_module(policies, url, metadata);
        let (map, end) = map.finish(|map| import_map::edit(map, is_lost));
        out.extend_from_slice(&map);
        self.held = end;
        read
    }

    /// Appends a text without the metadata, as far as it is decided; returns up to where that is.
    /// Stops behind the tag of an import map.
    ///
    /// No byte is parsed twice: a tag is parsed for the first word behind it, and the next to be
    /// parsed begins where it ends, or, where it is too long, where the limit is.
    fn scan(&mut self, text: &[u8], last: bool, policies: &Policies, out: &mut Vec<u8>) -> usize {
        let (mut done, mut from, mut searched) = (0, 0, 0);
        let mut nearest = None;
        while let Some((at, word)) = find(text, from) {
            from = at + word.len();
            // The tag that begins last before the word is the one that it stands in, if in any.
            nearest = last_tag(text, searched, at).or(nearest);
            searched = at;
            let within = |&(start, _, _): &(usize, usize, Element)| at < start + LONGEST_TAG;
            let Some((start, name_end, element)) = nearest.filter(within) else {
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
                    let tag = WrittenTag {
                        text,
                        element,
                        attributes: &attributes,
                    };
                    self.write(&tag, policies, done..end, out);
                    if tag.is_import_map() {
                        self.import_map = Some(ScriptText::new(self.limit));
                        return end;
                    }
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

    /// Returns whether the tag that begins at `start` ends in the text. Its attributes are not told
    /// apart for that, which would take more instructions.
    fn is_whole_tag(&mut self, text: &[u8], start: usize) -> bool {
        let tag = text.get(start + 1..).and_then(whole_tag);
        #[cfg(test)]
        {
            self.parsed += tag.as_ref().map_or(text.len() - start, |tag| 1 + tag.len);
        }
        tag.is_some()
    }

    /// Returns the start of the tag that the end of the text cuts off, perhaps in its name.
    fn open_tag(&mut self, text: &[u8], done: usize) -> Option<usize> {
        let from = done.max(text.len().saturating_sub(LONGEST_TAG));
        if let Some((start, _, _)) = last_tag(text, from, text.len())
            && is_unfinished(text, start, false)
            && !self.is_whole_tag(text, start)
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
        tag: &WrittenTag<'_>,
        policies: &Policies,
        range: std::ops::Range<usize>,
        out: &mut Vec<u8>,
    ) {
        let mut done = range.start;
        if self
            .resources
            .lose(tag.element, policies, |name| tag.value(name))
        {
            for attribute in tag.attributes {
                let is_integrity = tag.part(&attribute.name).eq_ignore_ascii_case(NAME);
                if is_integrity && is_metadata(tag.part(&attribute.value)) {
                    copy(tag.text, done..space_before(tag.text, attribute), out);
                    done = attribute.end;
                }
            }
        }
        copy(tag.text, done..range.end, out);
    }
}

/// A tag in a text.
struct WrittenTag<'a> {
    text: &'a [u8],
    element: Element,
    attributes: &'a [Attribute],
}

impl<'a> WrittenTag<'a> {
    fn part(&self, range: &std::ops::Range<usize>) -> &'a [u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Returns the value of the first attribute of a name, decoded.
    fn value(&self, name: &str) -> Option<String> {
        let named = |attribute: &&Attribute| {
            self.part(&attribute.name)
                .eq_ignore_ascii_case(name.as_bytes())
        };
        let attribute = self.attributes.iter().find(named)?;
        let value = String::from_utf8_lossy(self.part(&attribute.value));
        Some(reference::decode(&value).into_owned())
    }

    fn is_import_map(&self) -> bool {
        let type_attribute = self.value("type");
        let type_attribute = type_attribute.as_deref().map(str::as_bytes);
        self.element == Element::Script
            && ScriptType::of(type_attribute, None) == ScriptType::ImportMap
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

/// Returns the next position of one of the words, in any letter case, with the word.
fn find(text: &[u8], mut from: usize) -> Option<(usize, &'static [u8])> {
    let mut search = FINDER.search(text);
    loop {
        let hit = search.next(from)?;
        let found = text.get(hit.start..).unwrap_or_default();
        let starts = |word: &&[u8]| {
            let found = found.get(..word.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(word))
        };
        match WORDS.into_iter().find(starts) {
            Some(word) if hit.start >= from => return Some((hit.start, word)),
            _ => from = hit.inside + 1,
        }
    }
}

/// Returns the last tag of a script or a link that begins in a range: its start, and the end of its
/// name.
fn last_tag(text: &[u8], from: usize, to: usize) -> Option<(usize, usize, Element)> {
    let mut search = TAG_FINDER.search(text.get(..to)?);
    let (mut from, mut last) = (from, None);
    while let Some(hit) = search.next(from) {
        if let Some((name_end, kind)) = tag_at(text, hit.start) {
            last = Some((hit.start, name_end, kind));
        }
        from = hit.inside + 1;
    }
    last
}

fn tag_at(text: &[u8], start: usize) -> Option<(usize, Element)> {
    TAGS.iter().find_map(|(tag, element)| {
        let end = start + tag.len();
        let is_tag = text.get(start..end)?.eq_ignore_ascii_case(tag)
            && text
                .get(end)
                .is_some_and(|&byte| is_whitespace(byte) || byte == b'/');
        is_tag.then_some((end, *element))
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
