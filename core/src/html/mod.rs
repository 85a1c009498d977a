//! Structure rules: what `[[html]]` says, done to a page as it streams, with lol_html.
//!
//! [`HtmlRules`] is compiled once per instance; [`HtmlRules::rewriter`] makes the stage of one response. `rewriter` feeds
//! lol_html and leaves it when nothing is left to do, `action` does what a rule says, `progress` is what one response's
//! rules have done so far, `prologue` finds the place of a `<head>` that is not written, `attributes` maps attribute values.
//!
//! A page that no rule changes comes out byte for byte, whatever is in it and however it was cut.

mod action;
mod attributes;
mod progress;
mod prologue;
mod rewriter;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use encoding_rs::Encoding;
use lol_html::{AsciiCompatibleEncoding, Selector};
use thiserror::Error;

use crate::config::HtmlRule;
use crate::pipeline::Transform;

pub use attributes::AttributeMap;

/// The memory in bytes that lol_html may take for one response: for what it must hold back (a tag whose end has not come
/// yet) and for the elements that are open. Over it the rest of the page flows unmodified, and the log says so.
pub const MEMORY_LIMIT: usize = 1024 * 1024;

/// The structure rules of a configuration, compiled. Cheap to clone.
///
/// ```
/// use streamgate::config::Config;
/// use streamgate::html::HtmlRules;
/// use streamgate::pipeline::Transform;
///
/// let config = Config::from_toml(
///     "origin.url = 'https://o.example'\n[[html]]\nselect = 'head'\nprepend = '<base href=/>'\nonce = true",
///     "streamgate.toml",
/// )?;
/// let rules = HtmlRules::compile(&config.html)?;
/// let mut rewriter = rules.rewriter(encoding_rs::UTF_8, None).expect("there is a rule");
/// let (mut page, mut out) = (&b"<head><title>A page</title>"[..], Vec::new());
/// rewriter.push(&mut page, &mut out)?;
/// rewriter.finish(&mut out)?;
/// assert_eq!(out, b"<head><base href=/><title>A page</title>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HtmlRules(Arc<[Rule]>);

impl HtmlRules {
    /// Compiles rules: each selector is parsed here, and never again.
    ///
    /// # Errors
    /// [`SelectorError`], where lol_html does not take a selector. A rule of a [`crate::config::Config`] that was read
    /// from text has been checked already.
    pub fn compile(rules: &[HtmlRule]) -> Result<Self, SelectorError> {
        rules
            .iter()
            .map(Rule::compile)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The stage for one response, whose charset is `encoding`. `attributes`, where it is given, is applied to every value
    /// of every attribute (the scope `attributes`).
    ///
    /// `None` where there is nothing to do, or where `encoding` is no superset of ASCII, so that lol_html cannot read it.
    #[must_use]
    pub fn rewriter(
        &self,
        encoding: &'static Encoding,
        attributes: Option<AttributeMap>,
    ) -> Option<Box<dyn Transform>> {
        if self.0.is_empty() && attributes.is_none() {
            return None;
        }
        let encoding = AsciiCompatibleEncoding::new(encoding)?;
        // Where attributes alone are mapped, which is done in ASCII, an encoding in which each byte is a character keeps
        // all others as they are, whether or not they are valid in the page's charset.
        let encoding = if self.0.is_empty() {
            AsciiCompatibleEncoding::new(encoding_rs::WINDOWS_1252)?
        } else {
            encoding
        };
        Some(Box::new(rewriter::Rewriter::new(
            self.0.clone(),
            encoding,
            attributes,
        )))
    }
}

impl fmt::Debug for HtmlRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|rule| &rule.action))
            .finish()
    }
}

/// A selector that lol_html does not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{selector:?} is no selector: {reason}")]
pub struct SelectorError {
    selector: String,
    reason: lol_html::errors::SelectorError,
}

/// One rule, compiled.
struct Rule {
    selector: Selector,
    target: Target,
    action: HtmlRule,
}

/// Which elements a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// `head` alone selects the document's one head, be it written or implied.
    Head,
    /// `body` alone selects the document's one body, be it written or implied.
    Body,
    /// Whatever else the selector finds.
    Elements,
}

impl Rule {
    fn compile(rule: &HtmlRule) -> Result<Self, SelectorError> {
        let selector = rule.select.parse().map_err(|reason| SelectorError {
            selector: rule.select.clone(),
            reason,
        })?;
        let target = match rule.select.trim() {
            name if name.eq_ignore_ascii_case("head") => Target::Head,
            name if name.eq_ignore_ascii_case("body") => Target::Body,
            _ => Target::Elements,
        };
        Ok(Self {
            selector,
            target,
            action: rule.clone(),
        })
    }

    /// Whether the rule has done all that it ever will once it has acted.
    fn acts_once(&self) -> bool {
        self.action.once || self.target != Target::Elements
    }

    /// Whether the rule does something where its element ends.
    fn acts_at_end(&self) -> bool {
        self.action.append.is_some() || self.action.after.is_some() || self.action.remove
    }
}
