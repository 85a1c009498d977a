//! `replace_text`: text in a page for other text, as the page streams.

use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use lol_html::html_content::TextType;
use memchr::memmem;

use super::charset;
use super::syntax::Syntax;
use crate::config::TextReplacement;
use crate::markup::reference;

/// The number of bytes before a match that are looked at.
const BEHIND: usize = reference::LONGEST_NAME + 1;

/// What scripts push rows of React server components to, which carry the lengths of their texts:
/// from there on a script stays.
const FLIGHT: [&[u8]; 2] = [b"__next_f", b"__FLIGHT_DATA"];

/// One text to find and what takes its place, in the bytes of a page.
#[derive(Debug, Clone)]
pub(super) struct Replacement {
    find: Vec<u8>,
    /// Its first character, which can be written as a character reference where it must not meet
    /// what is before it.
    first: Option<char>,
    /// Escaped for markup, from the second character on.
    rest: Vec<u8>,
    /// Escaped for markup.
    escaped: Vec<u8>,
    /// For where text is not escaped. `None`: what a request says has no place there.
    raw: Option<Vec<u8>>,
}

impl Replacement {
    /// Compiles a replacement. `filled` is the text with what a request says, if it has values.
    /// Returns `None` if no page in this charset can have the text.
    pub(super) fn compile(
        text: &TextReplacement,
        filled: Option<&str>,
        charset: Option<&'static Encoding>,
    ) -> Option<Self> {
        let with = filled.unwrap_or(&text.with);
        let find = charset::encode_wanted(&text.find, charset);
        if find.contains(char::REPLACEMENT_CHARACTER) {
            return None;
        }
        let escape = |text: &str| {
            let escaped = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            charset::encode(&escaped, charset)
        };
        let mut characters = with.chars();
        let first = characters.next();
        Some(Self {
            find: charset::bytes(&find).into_owned(),
            first,
            rest: escape(characters.as_str()),
            escaped: escape(with),
            raw: filled.is_none().then(|| charset::encode(with, charset)),
        })
    }
}

/// The kind of a text, by its place (HTML standard §13.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    /// Character references are read, and a `<` can begin a tag.
    Markup,
    Script,
    /// `style` and its like.
    Raw,
    Cdata,
    /// `plaintext`, which nothing ends.
    Plain,
}

impl Context {
    /// Returns the kind of the text, or `None` if it is left alone. What HTML reads as raw text is
    /// markup in XML.
    fn of(text: TextType, syntax: Syntax) -> Option<Self> {
        Some(match (text, syntax) {
            (TextType::Data | TextType::RCData, _) => Self::Markup,
            (TextType::CDataSection, _) => Self::Cdata,
            (_, Syntax::Xml) => return None,
            (TextType::ScriptData, _) => Self::Script,
            (TextType::RawText, _) => Self::Raw,
            (TextType::PlainText, _) => Self::Plain,
        })
    }

    /// Returns the marks that end such text, or make it end elsewhere.
    fn marks(self) -> &'static [&'static [u8]] {
        match self {
            Self::Script => &[b"</script", b"<script", b"<!--", b"-->"],
            Self::Raw => &[b"</"],
            Self::Cdata => &[b"]]>"],
            Self::Markup | Self::Plain => &[],
        }
    }
}

/// Replaces text in the text nodes of one page, for one rule.
pub(super) struct Replacer {
    replacements: Arc<[Replacement]>,
    charset: &'static Encoding,
    syntax: Syntax,
    /// What may begin a match that goes on, or a character.
    held: Vec<u8>,
    /// The end of what came before it in the same text node, and of what became of that.
    before: Vec<u8>,
    after: Vec<u8>,
    /// Whether the rest of the text node stays.
    stays: bool,
}

impl Replacer {
    pub(super) fn new(
        replacements: Arc<[Replacement]>,
        charset: Option<&'static Encoding>,
        syntax: Syntax,
    ) -> Self {
        Self {
            replacements,
            charset: charset.unwrap_or(UTF_8),
            syntax,
            held: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            stays: false,
        }
    }

    /// Returns the part of a text node that is held back because the node has not ended.
    pub(super) fn held(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// Returns the next piece of a text node, or its `last`. Returns `None` if it stays as it is.
    pub(super) fn push(&mut self, piece: &str, text: TextType, last: bool) -> Option<String> {
        let context = Context::of(text, self.syntax)?;
        if self.stays {
            self.stays = !last;
            return None;
        }
        let was_held = !self.held.is_empty();
        let mut input = std::mem::take(&mut self.held);
        input.extend_from_slice(&charset::bytes(piece));
        let mut out = Vec::with_capacity(input.len());
        let (end, stays) = match context {
            Context::Script => before_flight(&input, last),
            _ => (input.len(), false),
        };
        let (text, rest) = input.split_at_checked(end).unwrap_or((&input, &[]));
        let mut decided = self.replace(text, context, last || stays, &mut out);
        if stays {
            out.extend_from_slice(rest);
            decided = input.len();
        }
        self.stays = stays && !last;
        let (gone, held) = input.split_at_checked(decided).unwrap_or((&input, &[]));
        if last || stays {
            self.before.clear();
            self.after.clear();
        } else {
            keep_end(&mut self.before, gone);
            keep_end(&mut self.after, &out);
            self.held = held.to_vec();
        }
        let same = !was_held && self.held.is_empty() && out == input;
        (!same).then(|| charset::text(&out).into_owned())
    }

    /// Appends the text, replaced, as far as it is decided; returns up to where that is.
    fn replace(&self, input: &[u8], context: Context, last: bool, out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while let Some(rest) = input.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(width) = self.width(rest, context, last) else {
                return at;
            };
            let mut advance = width;
            match self.find(rest, context, last) {
                Found::Open => return at,
                Found::Nothing => out.extend_from_slice(rest.get(..width).unwrap_or_default()),
                Found::Match(found) => {
                    let before = end_of(&self.before, input.get(..at).unwrap_or_default());
                    let after = end_of(&self.after, out);
                    match write(found, &before, &after, context) {
                        Some(text) => {
                            out.extend_from_slice(&text);
                            advance = found.find.len();
                        }
                        None => out.extend_from_slice(rest.get(..width).unwrap_or_default()),
                    }
                }
            }
            at += advance;
        }
        at
    }

    /// Returns the length of the character with which `rest` begins. A character reference counts
    /// as one character.
    fn width(&self, rest: &[u8], context: Context, last: bool) -> Option<usize> {
        if context == Context::Markup && rest.starts_with(b"&") {
            return reference::length(rest, last);
        }
        match charset::width(self.charset, rest) {
            None if last => Some(1),
            width => width,
        }
    }

    /// Returns the first of the texts that begins at this place.
    fn find(&self, rest: &[u8], context: Context, last: bool) -> Found<'_> {
        for replacement in self.replacements.iter() {
            let find = replacement.find.as_slice();
            if find.len() > rest.len() {
                if !last && find.starts_with(rest) {
                    return Found::Open;
                }
            } else if rest.starts_with(find) {
                // A match ends where a character does.
                let mut end = 0;
                while end < find.len() {
                    let behind = rest.get(end..).unwrap_or_default();
                    match self.width(behind, context, last) {
                        Some(width) => end += width,
                        None => return Found::Open,
                    }
                }
                if end == find.len() {
                    return Found::Match(replacement);
                }
            }
        }
        Found::Nothing
    }
}

/// Returns the length of a script before a name of [`FLIGHT`], or before what may be its
/// beginning at the end of the text, and whether the whole name is there.
fn before_flight(script: &[u8], last: bool) -> (usize, bool) {
    let found = FLIGHT.iter().filter_map(|name| memmem::find(script, name));
    if let Some(at) = found.min() {
        return (at, true);
    }
    let begun = |name: &&[u8]| {
        let is_begun = |length: &usize| {
            let start = name.get(..*length);
            start.is_some_and(|start| script.ends_with(start))
        };
        (1..name.len()).rev().find(is_begun)
    };
    let begun = FLIGHT.iter().filter(|_| !last).filter_map(begun).max();
    (script.len() - begun.unwrap_or(0), false)
}

enum Found<'a> {
    Match(&'a Replacement),
    /// It takes more text to say.
    Open,
    Nothing,
}

/// Returns the text that takes the place of a match, or `None` if any would change what the text
/// around it means. `before` is the text before the match, and `after` what became of that.
fn write(found: &Replacement, before: &[u8], after: &[u8], context: Context) -> Option<Vec<u8>> {
    if context != Context::Markup {
        let is_safe = |start: &[u8], text: &[u8]| !touches(start, text, context.marks());
        let raw = found.raw.as_ref()?;
        return (is_safe(before, &found.find) && is_safe(after, raw)).then(|| raw.clone());
    }
    if !is_open(after) {
        return Some(found.escaped.clone());
    }
    let first = charset::reference(found.first?).into_bytes();
    Some([first, found.rest.clone()].concat())
}

/// Returns whether text in markup ends like a tag or a character reference that goes on.
fn is_open(text: &[u8]) -> bool {
    let name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'#';
    let name = text.iter().rev().take_while(name).count();
    let before = text.get(..text.len() - name).unwrap_or_default();
    [&b"&"[..], b"<", b"</"]
        .iter()
        .any(|start| before.ends_with(start))
}

/// Returns whether `text` behind `start` is a part of one of the marks, or may become one with what
/// comes after it.
fn touches(start: &[u8], text: &[u8], marks: &[&[u8]]) -> bool {
    let whole = [start, text].concat().to_ascii_lowercase();
    marks.iter().any(|mark| {
        let complete = whole
            .windows(mark.len())
            .enumerate()
            .any(|(at, window)| window == *mark && at + mark.len() > start.len());
        complete
            || (1..mark.len())
                .any(|length| mark.get(..length).is_some_and(|part| whole.ends_with(part)))
    })
}

/// Returns the last bytes of a text in two parts.
fn end_of(first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut end = first.to_vec();
    keep_end(&mut end, second);
    end
}

fn keep_end(end: &mut Vec<u8>, more: &[u8]) {
    let new = more
        .get(more.len().saturating_sub(BEHIND)..)
        .unwrap_or(more);
    end.extend_from_slice(new);
    let excess = end.len().saturating_sub(BEHIND);
    end.drain(..excess);
}
