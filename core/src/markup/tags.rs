//! The tags of some elements, with their attributes.

use super::initials::Initials;
use super::tag::{self, Tag};
use super::tokens::{State, Tokens};

/// A longer tag is passed over.
const LONGEST: usize = 64 * 1024;

/// Reads the tags of a page that somebody wants, however the page is cut.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    tokens: Tokens,
    /// The tag that was read last, if it is wanted, from its name on.
    tag: Vec<u8>,
    /// Whether a tag is being read that is wanted.
    keeps: bool,
}

impl Tags {
    /// Reads the front of `bytes`, at least one of them. Returns its length, and whether a tag ends
    /// with it whose name, in any letter case, is wanted. Names that are wanted begin with one of
    /// the `initials`.
    pub(crate) fn next(
        &mut self,
        bytes: &[u8],
        initials: &Initials,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> (usize, bool) {
        let before = self.tokens.state();
        let skipped = match before {
            State::Data => Tokens::skip_data(bytes, initials, |name| !is_wanted(name)),
            _ => self.tokens.skip(bytes),
        };
        if skipped > 0 {
            if matches!(before, State::Tag(_)) {
                self.keep(bytes.get(..skipped).unwrap_or_default());
            }
            return (skipped, false);
        }
        let Some(&byte) = bytes.first() else {
            return (0, false);
        };
        if before == State::Data
            && let Some(tag) = self.tokens.whole(bytes)
        {
            let len = 1 + tag.len;
            self.keeps = is_wanted(tag.name);
            self.tag.clear();
            let name = *self.tokens.name();
            self.keep(&name);
            let name_end = 1 + usize::from(tag.end) + tag.name.len();
            self.keep(bytes.get(name_end..len).unwrap_or_default());
            return (len, std::mem::take(&mut self.keeps));
        }
        let after = self.tokens.step(byte);
        match (before, after) {
            (State::Tag(Tag::Name), State::Tag(Tag::Name)) => return (1, false),
            (State::Tag(Tag::Name), _) => {
                let name = *self.tokens.name();
                self.keeps = is_wanted(&name);
                self.tag.clear();
                self.keep(&name);
            }
            (State::Tag(_), _) => {}
            _ => return (1, false),
        }
        self.keep(&[byte]);
        let is_over = !matches!(after, State::Tag(_));
        (1, is_over && std::mem::take(&mut self.keeps))
    }

    /// Returns the name of the last tag, in lower case.
    pub(crate) fn name(&self) -> &[u8] {
        self.tokens.name()
    }

    /// Returns whether the last tag is an end tag.
    pub(crate) fn is_end_tag(&self) -> bool {
        self.tokens.is_end_tag()
    }

    /// Returns whether the last tag, which was wanted, is written as one without content.
    pub(crate) fn is_self_closing(&self) -> bool {
        self.tag.ends_with(b"/>")
    }

    /// Returns the number of bytes between the name and the end of the last tag, which was wanted.
    pub(crate) fn len_behind_name(&self) -> usize {
        self.tag.len() - self.tokens.name().len()
    }

    /// Returns the value of an attribute of the last tag, which was wanted, as it is written.
    pub(crate) fn value(&self, name: &str) -> Option<&[u8]> {
        // Mostly the name is nowhere in the tag, and no attribute need be read.
        let mut windows = self.tag.windows(name.len().max(1));
        if !windows.any(|window| window.eq_ignore_ascii_case(name.as_bytes())) {
            return None;
        }
        let (attributes, _) = tag::attributes(&self.tag, self.tokens.name().len());
        let is_named = |attribute: &&tag::Attribute| {
            let written = self.tag.get(attribute.name.clone()).unwrap_or_default();
            written.eq_ignore_ascii_case(name.as_bytes())
        };
        let attribute = attributes.iter().find(is_named)?;
        self.tag.get(attribute.value.clone())
    }

    /// Returns whether the next byte is in the text of an element.
    pub(crate) fn in_text(&self) -> bool {
        matches!(self.tokens.state(), State::Text(_))
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.keeps {
            self.tag.extend_from_slice(bytes);
            self.keeps = self.tag.len() <= LONGEST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Initials, Tags};

    static INITIALS: Initials = Initials::of(&[b"script", b"meta"]);

    fn read(page: &str, step: usize) -> Vec<String> {
        let mut tags = Tags::default();
        let mut found = Vec::new();
        for mut piece in page.as_bytes().chunks(step) {
            while !piece.is_empty() {
                let wanted = |name: &[u8]| {
                    [&b"script"[..], b"meta"]
                        .iter()
                        .any(|it| it.eq_ignore_ascii_case(name))
                };
                let (read, is_tag) = tags.next(piece, &INITIALS, wanted);
                piece = &piece[read..];
                if is_tag {
                    let value = tags.value("a").map(String::from_utf8_lossy);
                    let end = if tags.is_end_tag() { "/" } else { "" };
                    let name = String::from_utf8_lossy(tags.name());
                    found.push(format!("{end}{name} {}", value.unwrap_or_default()));
                }
            }
        }
        found
    }

    #[test]
    fn wanted_tags_are_found_with_their_attributes() {
        for (page, expected) in [
            ("<p>x<META b a='1>2' a=3>", &["meta 1>2"][..]),
            ("<!-- <meta a=1> --><metas a=2></meta a=3>", &["/meta 3"]),
            (
                "<script a=1><meta a=2></script a=3><meta>",
                &["script 1", "meta "],
            ),
            ("<title><meta></title><meta\na\n=\n1/>", &["meta 1/"]),
            ("<script a=1>", &["script 1"]),
            ("<script a=1", &[]),
        ] {
            for step in [1, 2, 3, 100] {
                assert_eq!(read(page, step), expected, "{page} by {step}");
            }
        }
        let long = format!("<meta a={}><meta a=2>", "x".repeat(70_000));
        assert_eq!(read(&long, 1000), ["meta 2"]);
    }
}
