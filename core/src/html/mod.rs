//! Structure rules: what `[[html]]` says, done to a page as it streams, with lol_html.
//!
//! [`HtmlRules`] is compiled once per instance; [`HtmlRules::on_page`] says which of them a
//! response meets, and [`PageRules::rewriter`] makes the stage for it. `rule` is a rule compiled,
//! with its `markup`; `rule_stage` feeds lol_html and leaves it when nothing is left to do, `sink`
//! is where that writes, `handlers` is what lol_html calls, `element` is where a rule meets an
//! element, `action` does what the rule says, `text` replaces text, `watch` keeps an eye on the
//! rest of the page, `progress` is what one response's rules have done so far, `nonce` finds what a
//! page's policy wants, `attributes` maps attribute values, `charset` keeps bytes whole, `held`
//! bounds what lol_html does not, `limits` says how much that gets and holds, `syntax` tells HTML
//! from XML, `start_tag` lets code act beside the rules, `fragments` finds where fragments belong,
//! and `inserted` is what gets into a page.
//!
//! A page that no rule changes comes out byte for byte, whatever is in it and however it was cut.

mod action;
mod attributes;
mod charset;
mod element;
mod fragments;
mod handlers;
mod held;
mod inserted;
mod limits;
mod markup;
mod nonce;
mod progress;
mod rule;
mod rule_stage;
mod sink;
mod start_tag;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod watch;

use std::fmt;
use std::sync::Arc;

use encoding_rs::Encoding;
use http::HeaderMap;

use crate::config::HtmlRule;
use crate::counts::Counts;
use crate::media_type::MediaType;
use crate::pipeline::Transform;
use nonce::Nonces;
use progress::{Shared, Tally};
use rule::Rule;
use syntax::Syntax;

pub(crate) use attributes::AttributeMap;
pub(crate) use fragments::{FragmentRules, PageSeams};
pub use limits::MEMORY_LIMIT;
pub(crate) use markup::nonce_places;
pub(crate) use rule::SelectorError;
pub(crate) use start_tag::StartTagHandler;
pub use start_tag::{StartTag, StartTagError};

/// Encodes markup in a page's charset. A character that the charset does not have becomes a
/// character reference, and so does every one outside of ASCII if the charset is not known.
pub(crate) fn encode_markup(markup: &str, charset: Option<&'static Encoding>) -> Vec<u8> {
    charset::encode(markup, charset)
}

/// The structure rules of a configuration, compiled. Cheap to clone.
#[derive(Clone)]
pub(crate) struct HtmlRules {
    rules: Arc<[Arc<Rule>]>,
    /// Where they stand in the configuration, as errors name it: `html`, `route[1].html`.
    table: Arc<str>,
}

impl HtmlRules {
    /// Compiles rules, which stand in this table of the configuration: each selector is parsed
    /// here, and again only for a charset in which it is written differently.
    ///
    /// # Errors
    /// [`SelectorError`], where lol_html does not take a selector. A rule of a
    /// [`crate::config::Config`] that was read from text has been checked already.
    pub(crate) fn compile(rules: &[HtmlRule], table: &str) -> Result<Self, SelectorError> {
        let rules = rules.iter().map(Rule::new).collect::<Result<_, _>>()?;
        let table = table.into();
        Ok(Self { rules, table })
    }

    /// Makes the counts for an exchange in which these rules may act.
    pub(crate) fn counts(&self) -> Counts {
        Counts::new(&self.table, self.rules.len())
    }

    /// Returns the selectors of the rules that act on a page of this type, and the place of each
    /// rule among all of them.
    pub(crate) fn acting<'a>(
        &'a self,
        path: &'a str,
        media_type: &'a MediaType,
    ) -> impl Iterator<Item = (usize, &'a str)> {
        let rules = self.rules.iter().enumerate();
        rules
            .filter(|(_, rule)| rule.acts_on(path, media_type))
            .map(|(index, rule)| (index, rule.source.select.as_str()))
    }

    /// Returns the rules that act on a page of this type, which a request for `path` got with the
    /// fields in `head`.
    #[must_use]
    pub(crate) fn on_page(
        &self,
        path: &str,
        media_type: &MediaType,
        head: &HeaderMap,
    ) -> PageRules {
        let rules = self.rules.iter().enumerate();
        let (places, rules): (Vec<usize>, Vec<Arc<Rule>>) = rules
            .filter(|(_, rule)| rule.acts_on(path, media_type))
            .map(|(place, rule)| (place, Arc::clone(rule)))
            .unzip();
        let nonces = if rules.iter().any(|rule| rule.needs_nonces()) {
            Nonces::of_head(head)
        } else {
            Nonces::default()
        };
        PageRules {
            rules,
            places,
            counts: Counts::default(),
            handlers: Vec::new(),
            seams: None,
            nonces,
            syntax: if media_type.is_html() {
                Syntax::Html
            } else {
                Syntax::Xml
            },
        }
    }
}

impl fmt::Debug for HtmlRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.rules.iter().map(|rule| &rule.source))
            .finish()
    }
}

/// The rules that act on one page, and the handlers of start tags besides.
pub(crate) struct PageRules {
    rules: Vec<Arc<Rule>>,
    /// The place of each rule in its table.
    places: Vec<usize>,
    counts: Counts,
    handlers: Vec<StartTagHandler>,
    seams: Option<PageSeams>,
    nonces: Nonces,
    syntax: Syntax,
}

impl PageRules {
    /// Adds handlers of start tags, which act on HTML alone.
    #[must_use]
    pub(crate) fn with_handlers(mut self, handlers: &[StartTagHandler]) -> Self {
        if self.syntax == Syntax::Html {
            self.handlers.extend_from_slice(handlers);
        }
        self
    }

    /// Adds the seams of fragments to an HTML page, after all rules. `head` holds the fields of its
    /// response.
    #[must_use]
    pub(crate) fn with_seams(mut self, seams: Option<PageSeams>, head: &HeaderMap) -> Self {
        let Some(seams) = seams.filter(|_| self.syntax == Syntax::Html) else {
            return self;
        };
        let at_elements = seams.rules.iter().any(|rule| rule.needs_nonces());
        if self.nonces == Nonces::default() && (at_elements || seams.needs_nonces()) {
            self.nonces = Nonces::of_head(head);
        }
        self.rules.extend(seams.rules.iter().cloned());
        self.seams = Some(seams);
        self
    }

    /// Leaves out the rules for the head and the body of a document, for a part of one, or all rules
    /// if it `is_ruled` by none.
    #[must_use]
    pub(crate) fn of_part(mut self, is_ruled: bool) -> Self {
        let kept = self.rules.into_iter().zip(self.places);
        let is_element = |rule: &Rule| rule.target == rule::Target::Elements;
        let kept = kept.filter(|(rule, _)| is_ruled && is_element(rule));
        (self.rules, self.places) = kept.unzip();
        self
    }

    /// Counts in `counts` the elements on which the rules act.
    #[must_use]
    pub(crate) fn counted(self, counts: &Counts) -> Self {
        Self {
            counts: counts.clone(),
            ..self
        }
    }

    /// Returns whether there is neither a rule nor a handler nor a seam.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.handlers.is_empty() && self.seams.is_none()
    }

    /// Makes the stage for the page, in its charset if that is known. `attributes`, if given, is
    /// applied to every value of every attribute (the scope `attributes`). If lol_html gives up on
    /// a page, the rest of it goes through `rest`, if given.
    ///
    /// `None` where there is nothing to do, or where the charset is no superset of ASCII, so that
    /// lol_html cannot read it.
    #[must_use]
    pub(crate) fn rewriter(
        &self,
        charset: Option<&'static Encoding>,
        attributes: Option<AttributeMap>,
        rest: Option<Box<dyn Transform>>,
    ) -> Option<Box<dyn Transform>> {
        let is_readable = charset.is_none_or(Encoding::is_ascii_compatible);
        if (self.is_empty() && attributes.is_none()) || !is_readable {
            return None;
        }
        let rules = self.rules.iter().map(|rule| rule.in_charset(charset));
        let rules: Arc<[Arc<Rule>]> = rules.collect();
        let tally = Tally::new(self.counts.clone(), self.places.clone());
        let progress = Shared::new(Arc::clone(&rules), tally, self.nonces.clone());
        let handlers = self.handlers.iter();
        let handlers: Vec<_> = handlers.map(|one| one.in_charset(charset)).collect();
        Some(Box::new(rule_stage::RuleStage::new(
            rules,
            &handlers,
            charset,
            self.syntax,
            progress,
            attributes,
            rest,
            self.seams.as_ref(),
        )))
    }
}
