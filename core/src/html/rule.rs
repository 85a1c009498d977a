//! One rule, compiled for the charset of a page.

use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use lol_html::Selector;
use thiserror::Error;

use super::charset;
use super::markup::Markup;
use super::syntax::Syntax;
use super::text::Replacement;
use crate::config::{HtmlRule, When};
use crate::media_type::MediaType;

/// A rule. Whatever it writes or looks for is in the charset of the page, as lol_html takes it.
pub(super) struct Rule {
    pub(super) selector: Selector,
    pub(super) target: Target,
    pub(super) prepend: Option<Markup>,
    pub(super) append: Option<Markup>,
    pub(super) before: Option<Markup>,
    pub(super) after: Option<Markup>,
    pub(super) inner: Option<Markup>,
    pub(super) set: Vec<(String, String)>,
    pub(super) texts: Arc<[Replacement]>,
    /// What it was compiled from.
    pub(super) source: HtmlRule,
    /// Whether it is the same in each charset.
    is_ascii: bool,
}

/// Which elements a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// `head` alone selects the document's one head, be it written or implied.
    Head,
    /// `body` alone selects the document's one body, be it written or implied.
    Body,
    /// Whatever else the selector finds.
    Elements,
}

/// A selector that lol_html does not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{selector:?} is no selector: {reason}")]
pub struct SelectorError {
    selector: String,
    reason: lol_html::errors::SelectorError,
}

impl Rule {
    /// Compiles a rule for UTF-8.
    pub(super) fn new(source: &HtmlRule) -> Result<Arc<Self>, SelectorError> {
        Self::compile(source, Some(UTF_8)).map(Arc::new)
    }

    /// The rule for a page in another charset.
    pub(super) fn in_charset(self: &Arc<Self>, charset: Option<&'static Encoding>) -> Arc<Self> {
        if self.is_ascii || charset == Some(UTF_8) {
            return Arc::clone(self);
        }
        match Self::compile(&self.source, charset) {
            Ok(rule) => Arc::new(rule),
            Err(_) => Arc::clone(self),
        }
    }

    fn compile(
        source: &HtmlRule,
        charset: Option<&'static Encoding>,
    ) -> Result<Self, SelectorError> {
        let selector = charset::encode_wanted(&source.select, charset)
            .parse()
            .map_err(|reason| SelectorError {
                selector: source.select.clone(),
                reason,
            })?;
        let target = match source.select.trim() {
            name if name.eq_ignore_ascii_case("head") => Target::Head,
            name if name.eq_ignore_ascii_case("body") => Target::Body,
            _ => Target::Elements,
        };
        let markup = |text: &Option<String>| {
            text.as_ref()
                .map(|text| Markup::compile(text, source.nonce, charset))
        };
        let set = source.set.iter();
        let texts = source.replace_text.iter();
        Ok(Self {
            selector,
            target,
            prepend: markup(&source.prepend),
            append: markup(&source.append),
            before: markup(&source.before),
            after: markup(&source.after),
            inner: markup(&source.inner),
            set: set
                .map(|(name, value)| (name.clone(), charset::encode_text(value, charset)))
                .collect(),
            texts: texts
                .filter_map(|text| Replacement::compile(text, charset))
                .collect(),
            is_ascii: is_ascii(source),
            source: source.clone(),
        })
    }

    /// Whether the rule acts on pages of this path and type.
    pub(super) fn acts_on(&self, path: &str, media_type: &MediaType) -> bool {
        let When { paths, media_types } = &self.source.when;
        let is_of_type = if media_types.is_empty() {
            media_type.is_html()
        } else {
            media_type.is_in(media_types)
        };
        is_of_type && (paths.is_empty() || paths.iter().any(|pattern| fits(pattern, path)))
    }

    /// Whether the rule has done all that it ever will once it has acted.
    pub(super) fn acts_once(&self) -> bool {
        self.source.once || self.target != Target::Elements
    }

    /// Whether the rule has something to do until its element ends.
    pub(super) fn acts_at_end(&self) -> bool {
        let HtmlRule {
            remove,
            unwrap,
            rename,
            ..
        } = &self.source;
        let changes = self.append.is_some() || self.after.is_some() || self.inner.is_some();
        changes || *remove || *unwrap || rename.is_some() || !self.texts.is_empty()
    }

    /// Whether the rule only inserts where its element begins.
    pub(super) fn only_prepends(&self) -> bool {
        let writes = self.before.is_some() || !self.set.is_empty() || !self.source.unset.is_empty();
        self.prepend.is_some() && !writes && !self.acts_at_end()
    }

    /// Whether the rule takes away what is in its element.
    pub(super) fn removes_content(&self) -> bool {
        self.source.remove || self.inner.is_some()
    }

    /// Whether it inserts something that depends on the page's nonces.
    pub(super) fn needs_nonces(&self) -> bool {
        [
            &self.prepend,
            &self.append,
            &self.before,
            &self.after,
            &self.inner,
        ]
        .into_iter()
        .flatten()
        .any(Markup::has_places)
    }

    /// Whether the body of a document in this syntax is to be found, even if it is implied.
    pub(super) fn wants_body(&self, syntax: Syntax) -> bool {
        let ends_head = self.target == Target::Head && self.acts_at_end();
        let begins_body = self.target == Target::Body && self.prepend.is_some();
        // No policy counts that stands in it. Nothing comes before what is prepended to the head.
        let heeds_policies = self.target != Target::Head && self.needs_nonces();
        syntax == Syntax::Html && (ends_head || begins_body || heeds_policies)
    }
}

fn is_ascii(rule: &HtmlRule) -> bool {
    let markup = [
        &rule.prepend,
        &rule.append,
        &rule.before,
        &rule.after,
        &rule.inner,
    ];
    let values = rule.set.iter().map(|(_, value)| value);
    let texts = rule
        .replace_text
        .iter()
        .flat_map(|text| [&text.find, &text.with]);
    markup
        .into_iter()
        .flatten()
        .chain(values)
        .chain(texts)
        .chain(std::iter::once(&rule.select))
        .all(|text| text.is_ascii())
}

/// Whether a pattern, in which `*` is any run of characters, fits a path.
fn fits(pattern: &str, path: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == path;
    };
    let Some(mut path) = path.strip_prefix(start) else {
        return false;
    };
    let Some((middle, end)) = rest.rsplit_once('*') else {
        return path.ends_with(rest);
    };
    // The first place for each part leaves the most for those behind it.
    for part in middle.split('*') {
        let Some(at) = path.find(part) else {
            return false;
        };
        path = path.get(at + part.len()..).unwrap_or_default();
    }
    path.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_run_of_characters() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/news/*", "/news/", true),
            ("/news/*", "/news/a/b", true),
            ("/news/*", "/news", false),
            ("/news/*", "/NEWS/a", false),
            ("*.html", "/a/b.html", true),
            ("*.html", "/a/b.htm", false),
            ("/a*b*c", "/aXbYbc", true),
            ("/a*b*c", "/abc", true),
            ("/a*b*c", "/acb", false),
            ("/a*ab", "/ab", false),
            ("/a*b*b", "/ab", false),
            ("*", "/anything", true),
            ("**", "", true),
            ("/%C3%A9*", "/%c3%a9", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
