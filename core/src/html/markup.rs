//! Markup that rules insert, with the places in it where a nonce goes.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::charset;
use super::nonce::Nonces;
use crate::csp::{Purpose, purpose_of_link};
use crate::markup::{Initials, Tags};
use crate::value::{Filled, NonceAt};

/// Markup in the charset of a page, as lol_html takes it.
#[derive(Debug, Clone)]
pub(super) struct Markup(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    /// The place behind a tag's name.
    Nonce(Purpose),
    /// A nonce that the rule writes, and what stands there without one.
    NonceValue(Purpose, String),
}

/// The place of a nonce in a tag, behind its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoncePlace {
    at: usize,
    purpose: Purpose,
    has_nonce: bool,
}

impl Markup {
    /// Compiles markup. `nonce` says whether the tags that can have a nonce, and have none, get
    /// that of the page.
    pub(super) fn compile(text: &str, nonce: bool, charset: Option<&'static Encoding>) -> Self {
        Self::with_nonces(text, &[], nonce, charset)
    }

    /// Compiles markup as [`Markup::compile`] does, with what a request has filled in.
    pub(super) fn filled(filled: &Filled, nonce: bool, charset: Option<&'static Encoding>) -> Self {
        Self::with_nonces(&filled.text, &filled.nonces, nonce, charset)
    }

    fn with_nonces(
        text: &str,
        values: &[NonceAt],
        nonce: bool,
        charset: Option<&'static Encoding>,
    ) -> Self {
        let mut pieces = Vec::new();
        let mut from = 0;
        let places = if nonce {
            nonce_places(text)
        } else {
            Vec::new()
        };
        let places = places.into_iter().filter(|place| !place.has_nonce);
        let places = places.map(|place| (place.at, Piece::Nonce(place.purpose)));
        let values = values.iter().map(|value| {
            let piece = Piece::NonceValue(value.purpose, value.default.clone());
            (value.at, piece)
        });
        let mut places: Vec<(usize, Piece)> = places.chain(values).collect();
        places.sort_by_key(|(at, _)| *at);
        for (at, piece) in places {
            let before = text.get(from..at).unwrap_or_default();
            pieces.push(Piece::Text(charset::encode_text(before, charset)));
            pieces.push(piece);
            from = at;
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
                Piece::NonceValue(purpose, default) => {
                    // A nonce consists of what means nothing in markup and in scripts.
                    whole.push_str(nonces.of(*purpose).unwrap_or(default));
                }
            }
        }
        Cow::Owned(whole)
    }
}

/// Returns the places of nonces in the `script`, `style` and `link` tags of markup.
///
/// The content of a `noscript` element is markup here, because the page may be read with scripting
/// disabled.
pub(crate) fn nonce_places(markup: &str) -> Vec<NoncePlace> {
    const WANTED: [&[u8]; 4] = [b"script", b"style", b"link", b"noscript"];
    static INITIALS: Initials = Initials::of(&WANTED);
    let is_wanted = |name: &[u8]| {
        WANTED
            .iter()
            .any(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    let mut places = Vec::new();
    let mut tags = Tags::default();
    let mut rest = markup.as_bytes();
    while !rest.is_empty() {
        let (read, is_tag) = tags.next(rest, &INITIALS, is_wanted);
        rest = rest.get(read..).unwrap_or_default();
        if !is_tag || tags.is_end_tag() {
            continue;
        }
        let value = |name| tags.value(name).map(String::from_utf8_lossy);
        let purpose = match tags.name() {
            b"script" => Purpose::Script,
            b"style" => Purpose::Style,
            b"link" => purpose_of_link(
                &value("rel").unwrap_or_default(),
                &value("as").unwrap_or_default(),
            ),
            _ => {
                // Begins to read markup anew: to the tokenizer, the element is a text.
                tags = Tags::default();
                continue;
            }
        };
        places.push(NoncePlace {
            at: markup.len() - rest.len() - tags.len_behind_name(),
            purpose,
            has_nonce: value("nonce").is_some(),
        });
    }
    places
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
            (
                "<script><!--<script></script>--></script><style>",
                "<script nonce=\"S\"><!--<script></script>--></script><style nonce=\"C\">",
            ),
            ("<title><script></title>", "<title><script></title>"),
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
