//! The places of values in markup, found by the tokenizer.

use super::attribute::{self, Kind};
use super::escape::Escape;
use super::name::Value;
use super::script::{self, Language};
use super::url;
use crate::csp::{Purpose, purpose_of_link};
use crate::markup::tag::{self, Attribute};
use crate::markup::{Content, State, Tokens, reference};
use crate::script_type::ScriptType;

/// The place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) escape: Escape,
    /// What a nonce would be for there.
    pub(super) purpose: Purpose,
}

/// Reads markup in which one letter stands for each value.
pub(super) struct Markup<'a> {
    text: &'a str,
    tokens: Tokens,
    /// Up to where the text was read.
    at: usize,
    /// Where the last tag begins.
    tag: usize,
    /// The element whose text is being read, and where that text begins.
    element: Element,
    text_from: usize,
    /// Where the content of a `noscript` begins that has no end yet.
    noscript: Option<usize>,
    /// Whether an `svg` or a `math` was opened, in which a script is markup.
    is_foreign: bool,
}

/// An element with text, by its start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    /// One whose text has character references, and ends at its end tag alone.
    Text,
    Script(Option<Language>),
    Style,
    Other,
}

impl<'a> Markup<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            tokens: Tokens::default(),
            at: 0,
            tag: 0,
            element: Element::Other,
            text_from: 0,
            noscript: None,
            is_foreign: false,
        }
    }

    /// Returns the place of a value at a position, which comes after that of the one before it.
    /// `paths` are the positions before it at which a value is the path of a URL.
    ///
    /// # Errors
    /// Returns where the value stands, if it must not stand there.
    pub(super) fn place(
        &mut self,
        at: usize,
        value: &Value,
        paths: &[usize],
    ) -> Result<Place, String> {
        self.read_to(at)?;
        let before = self.text.get(..at).unwrap_or_default();
        let script = Place {
            escape: Escape::Script,
            purpose: Purpose::Script,
        };
        let markup = Place {
            escape: Escape::Markup,
            ..script
        };
        match self.tokens.state() {
            State::Data => not_in_reference(before).map(|()| markup),
            State::Text(_) => match self.element {
                Element::Text => not_in_reference(before).map(|()| markup),
                Element::Script(Some(language)) if !self.is_foreign && self.noscript.is_none() => {
                    let before = before.get(self.text_from..).unwrap_or_default();
                    script::place(before, language).map(|()| script)
                }
                Element::Script(Some(_)) => {
                    Err("a script in <noscript>, <svg> or <math>".to_owned())
                }
                Element::Script(None) => Err("a script of a type that is not known".to_owned()),
                Element::Style => Err("a style".to_owned()),
                Element::Other => Err("an element whose content is no markup".to_owned()),
            },
            State::Tag(tag::Tag::DoubleQuoted | tag::Tag::SingleQuoted) => {
                self.in_attribute(at, value, paths)
            }
            State::Tag(tag::Tag::Unquoted | tag::Tag::BeforeValue) => {
                Err("a value of an attribute without quotes".to_owned())
            }
            State::Tag(_) | State::TagOpen | State::EndTagOpen => Err("a tag".to_owned()),
            State::Comment(_)
            | State::BogusComment
            | State::MarkupDeclarationOpen
            | State::MarkupDeclarationDash => Err("a comment".to_owned()),
            State::Plaintext => Err("an element whose content is no markup".to_owned()),
        }
    }

    /// Reads the rest.
    ///
    /// # Errors
    /// Returns what makes the markup read in two ways.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        self.read_to(self.text.len())?;
        self.leave_noscript(self.text.len())
    }

    fn read_to(&mut self, end: usize) -> Result<(), String> {
        while self.at < end {
            let Some(&byte) = self.text.as_bytes().get(self.at) else {
                return Ok(());
            };
            let before = self.tokens.state();
            let after = self.tokens.step(byte);
            if after == State::TagOpen {
                self.tag = self.at;
            }
            self.at = self.at.saturating_add(1);
            let was_tag = matches!(before, State::Tag(_));
            if was_tag && !matches!(after, State::Tag(_)) {
                self.ends_tag()?;
            }
        }
        Ok(())
    }

    /// Notes the tag that ends here.
    fn ends_tag(&mut self) -> Result<(), String> {
        let name = *self.tokens.name();
        if self.tokens.is_end_tag() {
            if &*name == b"noscript" {
                self.leave_noscript(self.tag)?;
            }
            return Ok(());
        }
        self.text_from = self.at;
        match &*name {
            b"noscript" => {
                // It is markup for browsers without scripts, and one text for all others.
                self.noscript = Some(self.at);
                self.tokens = Tokens::default();
            }
            b"svg" | b"math" => self.is_foreign = true,
            b"title" | b"textarea" => self.element = Element::Text,
            b"style" => self.element = Element::Style,
            b"script" => {
                let value = |name| self.attribute(name);
                let kind = value("type");
                let script = ScriptType::of(
                    kind.as_deref().map(str::as_bytes),
                    value("language").as_deref().map(str::as_bytes),
                );
                self.element = Element::Script(match (script, kind) {
                    (ScriptType::JavaScript, _) => Some(Language::JavaScript),
                    (ScriptType::Data, Some(kind)) if is_json(&kind) => Some(Language::Json),
                    _ => None,
                });
            }
            _ => self.element = Element::Other,
        }
        Ok(())
    }

    /// Notes that a `noscript` ends at a position. As one text, it must end there as well.
    fn leave_noscript(&mut self, at: usize) -> Result<(), String> {
        let Some(from) = self.noscript.take() else {
            return Ok(());
        };
        let content = self.text.get(from..at).unwrap_or_default();
        match content.to_ascii_lowercase().contains("</noscript") {
            true => Err("markup with a <noscript> that ends in two places".to_owned()),
            false => Ok(()),
        }
    }

    /// Returns the attributes of the last tag, and its name.
    fn tag(&self) -> (Vec<Attribute>, &str) {
        let from = self.tag.saturating_add(1);
        let rest = self.text.get(from..).unwrap_or_default();
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
        let name = rest.split(ends).next().unwrap_or_default();
        let behind = from.saturating_add(name.len());
        let (attributes, _) = tag::attributes(self.text.as_bytes(), behind);
        (attributes, name)
    }

    /// Returns the value of an attribute of the last tag, decoded.
    fn attribute(&self, name: &str) -> Option<String> {
        let (attributes, _) = self.tag();
        let is_it = |it: &&Attribute| {
            let written = self.text.get(it.name.clone()).unwrap_or_default();
            written.eq_ignore_ascii_case(name)
        };
        let attribute = attributes.iter().find(is_it)?;
        let value = self.text.get(attribute.value.clone())?;
        Some(reference::decode(value).into_owned())
    }

    fn in_attribute(&self, at: usize, value: &Value, paths: &[usize]) -> Result<Place, String> {
        let (attributes, element) = self.tag();
        let attribute = attributes.iter().find(|it| it.value.contains(&at));
        let attribute = attribute.ok_or("a tag that does not end")?;
        let element = element.to_ascii_lowercase();
        let name = self.text.get(attribute.name.clone()).unwrap_or_default();
        let name = name.to_ascii_lowercase();
        if name == "content" && self.attribute("http-equiv").is_some() {
            return Err("what stands for a field of the response".to_owned());
        }
        let purpose = match element.as_str() {
            "style" => Purpose::Style,
            "link" => purpose_of_link(
                &self.attribute("rel").unwrap_or_default(),
                &self.attribute("as").unwrap_or_default(),
            ),
            _ => Purpose::Script,
        };
        let before = self.text.get(attribute.value.start..at).unwrap_or_default();
        let paths = paths
            .iter()
            .filter_map(|path| path.checked_sub(attribute.value.start));
        let rel = self.attribute("rel").unwrap_or_default();
        // A link that loads nothing is like that of an <a>.
        let is_link =
            element == "link" && !rel.is_empty() && rel.split_ascii_whitespace().all(leads);
        let element = if is_link { "a" } else { &element };
        let escape = of_attribute(Some(element), &name, before, value, paths)?;
        Ok(Place { escape, purpose })
    }
}

/// Returns how a value is written in an attribute, behind `before`.
///
/// # Errors
/// Returns where the value stands, if it must not stand there.
pub(super) fn of_attribute(
    element: Option<&str>,
    name: &str,
    before: &str,
    value: &Value,
    paths: impl Iterator<Item = usize>,
) -> Result<Escape, String> {
    not_in_reference(before)?;
    let kind = attribute::kind(element, name)?;
    if kind == Kind::Text {
        return Ok(Escape::Markup);
    }
    if *value == Value::Nonce {
        return Err("a URL, which would tell the nonce".to_owned());
    }
    let mut start = before.to_owned();
    // A value that is a path begins with a slash.
    for path in paths.collect::<Vec<_>>().into_iter().rev() {
        if start.is_char_boundary(path) {
            start.insert(path, '/');
        }
    }
    let escape = url::place(&reference::decode(&start), value)?;
    match (kind, escape) {
        (Kind::Code, Escape::Segment | Escape::Path) => Err(format!(
            "the path in {name:?} of what may run in the page: only a query or a fragment takes a \
             value there"
        )),
        _ => Ok(escape),
    }
}

/// Checks that a value does not end a character reference which the text before it begins.
fn not_in_reference(before: &str) -> Result<(), String> {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '#';
    match before.trim_end_matches(name).ends_with('&') {
        true => Err("a character reference; \"&amp;\" writes the ampersand".to_owned()),
        false => Ok(()),
    }
}

/// Returns whether a `rel` of a link names a page, and lets nothing load (HTML standard §4.6.7).
fn leads(rel: &str) -> bool {
    let rels = [
        "alternate",
        "amphtml",
        "author",
        "canonical",
        "help",
        "license",
        "next",
        "prev",
    ];
    rels.iter().any(|it| it.eq_ignore_ascii_case(rel))
}

/// Returns whether a type of a script is that of JSON without a meaning of its own.
fn is_json(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Returns whether the content of an element, by its name, is one in which text can stand.
pub(super) fn takes_text(element: &str) -> bool {
    matches!(element, "title" | "textarea" | "noscript")
        || Content::of(element.as_bytes()) == Content::Markup
}
