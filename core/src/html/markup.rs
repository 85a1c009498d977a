//! Markup that rules insert, with the places in it where a nonce goes.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::charset;
use super::nonce::{Nonces, purpose_of_link};
use crate::csp::Purpose;
use crate::markup::{Content, tag};

/// Markup in the charset of a page, as lol_html takes it.
#[derive(Debug, Clone)]
pub(super) struct Markup(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    /// The place behind a tag's name.
    Nonce(Purpose),
}

/// A tag in markup that a nonce may stand in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The position at which the name ends.
    at: usize,
    purpose: Purpose,
    has_nonce: bool,
}

impl Markup {
    /// Compiles markup. `nonce` says whether the tags that can have a nonce, and have none, get
    /// that of the page.
    pub(super) fn compile(text: &str, nonce: bool, charset: Option<&'static Encoding>) -> Self {
        let mut pieces = Vec::new();
        let mut from = 0;
        let tags = if nonce { tags(text) } else { Vec::new() };
        for tag in tags.into_iter().filter(|tag| !tag.has_nonce) {
            let before = text.get(from..tag.at).unwrap_or_default();
            pieces.push(Piece::Text(charset::encode_text(before, charset)));
            pieces.push(Piece::Nonce(tag.purpose));
            from = tag.at;
        }
        let rest = text.get(from..).unwrap_or_default();
        pieces.push(Piece::Text(charset::encode_text(rest, charset)));
        Self(pieces)
    }

    /// Returns whether the markup depends on the page's nonces.
    pub(super) fn has_places(&self) -> bool {
        self.0.len() > 1
    }

    /// Returns the markup with the nonces that the page has.
    pub(super) fn with(&self, nonces: &Nonces) -> Cow<'_, str> {
        if let [Piece::Text(text)] = self.0.as_slice() {
            return Cow::Borrowed(text);
        }
        let mut whole = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Nonce(purpose) => {
                    if let Some(nonce) = nonces.of(*purpose) {
                        whole.push_str(" nonce=\"");
                        whole.push_str(nonce);
                        whole.push('"');
                    }
                }
            }
        }
        Cow::Owned(whole)
    }
}

/// Returns the `script`, `style` and `link` tags in markup, except those inside of a script, a
/// style or a comment.
///
/// The reader is looser than the tokenizer in two ways. A `noscript` element is markup, because the
/// page may be read with scripting disabled. And a comment in a script does not keep an end tag
/// from ending the script: nobody inserts such scripts, and a nonce too many does no harm.
pub(crate) fn tags(markup: &str) -> Vec<Tag> {
    let text = markup.as_bytes();
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = markup.get(at..).and_then(|rest| rest.find('<')) {
        at += found + 1;
        let rest = markup.get(at..).unwrap_or_default();
        if let Some(comment) = rest.strip_prefix("!--") {
            at += comment.find("-->").map_or(rest.len(), |end| 3 + end);
            continue;
        }
        let ends = |c: char| matches!(c, '\t' | '\n' | '\x0C' | '\r' | ' ' | '/' | '>');
        let name = rest.get(..rest.find(ends).unwrap_or(0)).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name_end = at + name.len();
        let (attributes, Some(end)) = tag::attributes(text, name_end) else {
            break;
        };
        let value = |wanted: &str| {
            let is_wanted = |name: &str| name.eq_ignore_ascii_case(wanted);
            attributes
                .iter()
                .find(|attribute| markup.get(attribute.name.clone()).is_some_and(is_wanted))
                .and_then(|attribute| markup.get(attribute.value.clone()))
        };
        let name = name.to_ascii_lowercase();
        let purpose = match name.as_str() {
            "script" => Some(Purpose::Script),
            "style" => Some(Purpose::Style),
            "link" => Some(purpose_of_link(
                value("rel").unwrap_or_default(),
                value("as").unwrap_or_default(),
            )),
            _ => None,
        };
        tags.extend(purpose.map(|purpose| Tag {
            at: name_end,
            purpose,
            has_nonce: value("nonce").is_some(),
        }));
        at = end;
        if name != "noscript" && Content::of(name.as_bytes()) != Content::Markup {
            let close = format!("</{name}");
            let rest = markup.get(at..).unwrap_or_default().to_ascii_lowercase();
            at += rest.find(&close).unwrap_or(rest.len());
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(markup: &str) -> String {
        let nonces = Nonces::of_policy("script-src 'nonce-S'; style-src 'nonce-C'");
        Markup::compile(markup, true, None)
            .with(&nonces)
            .into_owned()
    }

    #[test]
    fn tags_that_a_policy_looks_at_get_the_nonce_for_what_they_are() {
        for (markup, expected) in [
            ("<script>a</script>", "<script nonce=\"S\">a</script>"),
            ("é<SCRIPT src=a>", "&#233;<SCRIPT nonce=\"S\" src=a>"),
            ("<script/>", "<script nonce=\"S\"/>"),
            ("<style>a{}</style>", "<style nonce=\"C\">a{}</style>"),
            (
                "<link rel=stylesheet href=a>",
                "<link nonce=\"C\" rel=stylesheet href=a>",
            ),
            (
                "<link as=script rel='x PRELOAD'>",
                "<link nonce=\"S\" as=script rel='x PRELOAD'>",
            ),
            (
                "<link rel=modulepreload>",
                "<link nonce=\"S\" rel=modulepreload>",
            ),
            (
                "<link rel=preload as=style>",
                "<link nonce=\"C\" rel=preload as=style>",
            ),
            (
                "<script nonce=own></script><style NONCE>",
                "<script nonce=own></script><style NONCE>",
            ),
            (
                "<script>'<script>'</script><script>b</script>",
                "<script nonce=\"S\">'<script>'</script><script nonce=\"S\">b</script>",
            ),
            (
                "<!-- <script> --><p title='<script>'>",
                "<!-- <script> --><p title='<script>'>",
            ),
            (
                "<noscript><link rel=stylesheet></noscript>",
                "<noscript><link nonce=\"C\" rel=stylesheet></noscript>",
            ),
            ("<scripts><p>1 < 2", "<scripts><p>1 < 2"),
            ("<script", "<script"),
            ("<!--<script>", "<!--<script>"),
        ] {
            assert_eq!(written(markup), expected, "{markup}");
        }
    }

    #[test]
    fn without_a_nonce_markup_stays_as_it_is() {
        let markup = Markup::compile("<script>a</script>", true, None);
        assert_eq!(markup.with(&Nonces::default()), "<script>a</script>");
        assert!(markup.has_places());
        assert!(!Markup::compile("<script>a</script>", false, None).has_places());
    }
}
