//! Structure rules: what `[[html]]` says, done to a page as it streams, mostly with lol_html.
//!
//! [`HtmlRules`] is compiled once per instance; [`HtmlRules::on_page`] says which of them a
//! response meets, and [`PageRules::rewriter`] makes the stage for it. `rule` is a rule compiled,
//! with its `markup`; `head_stage` prepends to the head, which takes no lol_html; `rule_stage`
//! feeds lol_html and leaves it when nothing is left to do, `sink` is where that writes, `handlers`
//! is what lol_html calls, `element` is where a rule meets an element, `action` does what the rule
//! says, `text` replaces text, `watch` keeps an eye on the rest of the page, `progress` is what one
//! response's rules have done so far, `nonce` finds what a page's policy wants, `attributes` maps
//! attribute values, `charset` keeps bytes whole, `held` bounds what lol_html does not, `limits`
//! says how much that gets and holds, `syntax` tells HTML from XML, `start_tag` lets code act
//! beside the rules, `fragments` finds where fragments belong, and `inserted` is what gets into a
//! page.
//!
//! A page that no rule changes comes out byte for byte, whatever is in it and however it was cut.

mod action;
mod attributes;
mod charset;
mod element;
mod fragments;
mod handlers;
mod head_stage;
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
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use encoding_rs::Encoding;
use fnv::FnvHasher;
use http::{HeaderMap, Response, StatusCode};

use crate::asked::{Asked, Depends, Needs};
use crate::condition::Page;
use crate::config::HtmlRule;
use crate::counts::Counts;
use crate::media_type::MediaType;
use crate::pipeline::Transform;
use crate::value::{Filled, Template};
use head_stage::HeadStage;
use nonce::Nonces;
use progress::{Shared, Tally};
use rule::Rule;
use rule_stage::RuleStage;
use syntax::Syntax;

pub(crate) use attributes::AttributeMap;
pub(crate) use fragments::{AboutFragment, FragmentRules, PageSeams, Texts};
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
    /// What must be found out of a request for them.
    needs: Needs,
    /// Whether one has values in its texts.
    has_values: bool,
}

impl HtmlRules {
    /// Compiles rules, which stand in this table of the configuration: each selector is parsed
    /// here, and again only for a charset in which it is written differently.
    ///
    /// # Errors
    /// [`SelectorError`], where lol_html does not take a selector. A rule of a
    /// [`crate::config::Config`] that was read from text has been checked already.
    pub(crate) fn compile(rules: &[HtmlRule], table: &str) -> Result<Self, SelectorError> {
        let rules = rules
            .iter()
            .map(Rule::new)
            .collect::<Result<Arc<[_]>, _>>()?;
        let needs = rules
            .iter()
            .fold(Needs::default(), |needs, rule: &Arc<Rule>| {
                let templates = rule.templates().map(Template::needs);
                templates.fold(needs.or(rule.source.when.needs()), Needs::or)
            });
        Ok(Self {
            has_values: rules.iter().any(|rule| rule.templates().next().is_some()),
            rules,
            table: table.into(),
            needs,
        })
    }

    /// Makes the counts for an exchange in which these rules may act.
    pub(crate) fn counts(&self) -> Counts {
        Counts::new(&self.table, self.rules.len())
    }

    /// Returns the rules that are about a page of this type, which a request for `path` got with
    /// this status.
    pub(crate) fn about<'a>(
        &'a self,
        path: &'a str,
        media_type: &'a MediaType,
        status: StatusCode,
        asked: Option<&'a Asked>,
    ) -> impl Iterator<Item = About> + 'a {
        let page = Page {
            media_type: Some(media_type),
            status: Some(status),
        };
        let rules = self.rules.iter().enumerate();
        let rules =
            rules.filter(move |(_, rule)| rule.source.when.is_about(path, Some(media_type)));
        rules.map(move |(index, rule)| {
            let when = &rule.source.when;
            let holds = |asked| when.holds(asked, page, &mut Depends::default()) == Some(true);
            let acts = when.conditions.is_empty() || asked.is_some_and(holds);
            let values = rule.templates().flat_map(|template| template.said(asked));
            About {
                index,
                select: rule.source.select.clone(),
                when: (!when.conditions.is_empty()).then(|| when.to_string()),
                acts,
                values: if acts { values.collect() } else { Vec::new() },
            }
        })
    }

    /// Returns what must be found out of a request for the rules.
    pub(crate) fn needs(&self) -> Needs {
        self.needs
    }

    /// Returns a fingerprint of all that a request says on which the rules for its path depend.
    /// Returns `None` if there is nothing.
    pub(crate) fn fingerprint(&self, asked: &Asked) -> Option<u64> {
        let mut hasher = FnvHasher::default();
        let mut is_any = false;
        for (index, rule) in self.rules.iter().enumerate() {
            let mut depends = Depends::default();
            let when = &rule.source.when;
            let holds = when.holds(asked, Page::default(), &mut depends);
            (index, holds).hash(&mut hasher);
            if holds != Some(false) {
                rule.templates()
                    .for_each(|template| template.fingerprint(asked, &mut hasher));
                rule.filled(Some(asked), &mut depends);
            }
            if depends.is_any() {
                is_any = true;
                when.fingerprint(asked, &mut hasher);
            }
        }
        is_any.then(|| hasher.finish())
    }

    /// Notes in `depends` what a page of which nothing is known depends on, at most: that of a
    /// `304`.
    pub(crate) fn may_depend(&self, asked: &Asked, depends: &mut Depends) {
        for rule in self.rules.iter() {
            let when = &rule.source.when;
            if when.holds(asked, Page::default(), depends) != Some(false) {
                rule.filled(Some(asked), depends);
            }
        }
    }

    /// Returns the rules that act on a page of this type, which a request for `path` got in
    /// `response`. `asked` is what is known of the request, if the rules need it.
    #[must_use]
    pub(crate) fn on_page(
        &self,
        path: &str,
        media_type: &MediaType,
        response: &Response<()>,
        asked: Option<&Asked>,
    ) -> PageRules {
        let head = response.headers();
        let page = Page {
            media_type: Some(media_type),
            status: Some(response.status()),
        };
        let mut depends = Depends::default();
        let mut acts = |rule: &Rule| {
            let when = &rule.source.when;
            match asked {
                Some(asked) if !when.conditions.is_empty() => {
                    when.holds(asked, page, &mut depends) == Some(true)
                }
                _ => when.conditions.is_empty() && when.is_about(path, Some(media_type)),
            }
        };
        let rules = self.rules.iter().enumerate();
        let (places, rules): (Vec<usize>, Vec<Arc<Rule>>) = rules
            .filter(|(_, rule)| acts(rule))
            .map(|(place, rule)| (place, Arc::clone(rule)))
            .unzip();
        let filled = match self.has_values {
            true => {
                let filled = rules.iter().map(|rule| rule.filled(asked, &mut depends));
                filled.collect()
            }
            false => Vec::new(),
        };
        let nonces = if rules.iter().any(|rule| rule.needs_nonces()) {
            Nonces::of_head(head)
        } else {
            Nonces::default()
        };
        PageRules {
            rules,
            filled,
            depends,
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

/// Keeps of a list what `kept` says, item by item.
fn retain<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    list.retain(|_| kept.next() == Some(&true));
}

/// A rule that is about a page, as it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    /// Its place among all rules.
    pub(crate) index: usize,
    pub(crate) select: String,
    /// Its conditions, if some depend on more than path and type.
    pub(crate) when: Option<String>,
    /// Whether all of them are true.
    pub(crate) acts: bool,
    /// Its values: the name of each, and what the request says.
    pub(crate) values: Vec<(String, Option<String>)>,
}

/// The rules that act on one page, and the handlers of start tags besides.
pub(crate) struct PageRules {
    rules: Vec<Arc<Rule>>,
    /// Of each rule, the texts of its actions with what the request says. Empty if no rule has
    /// values.
    filled: Vec<Vec<Vec<Filled>>>,
    /// What it depends on that these rules act, and how.
    depends: Depends,
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

    /// Leaves out the rules for the head and the body of a document, for a part of one, or all
    /// rules if it `is_ruled` by none.
    #[must_use]
    pub(crate) fn of_part(mut self, is_ruled: bool) -> Self {
        let is_kept = |rule: &Rule| is_ruled && rule.target == rule::Target::Elements;
        let kept: Vec<bool> = self.rules.iter().map(|rule| is_kept(rule)).collect();
        retain(&mut self.rules, &kept);
        retain(&mut self.places, &kept);
        retain(&mut self.filled, &kept);
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

    /// Returns what it depends on that these rules act, and how.
    #[must_use]
    pub(crate) fn depends(&self) -> &Depends {
        &self.depends
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
        let rules = self.in_charset(charset);
        let is_simple = self.syntax == Syntax::Html
            && self.handlers.is_empty()
            && self.seams.is_none()
            && attributes.is_none();
        if is_simple && let Some(stage) = HeadStage::of(&rules, &self.nonces, self.tally()) {
            return Some(Box::new(stage));
        }
        let stage = self.rule_stage(rules.into(), charset, attributes, rest);
        Some(Box::new(stage))
    }

    /// Returns the rules for a page in this charset, with what the request says.
    fn in_charset(&self, charset: Option<&'static Encoding>) -> Vec<Arc<Rule>> {
        let rules = self.rules.iter().enumerate().map(|(index, rule)| {
            let filled = self.filled.get(index).map_or(&[][..], Vec::as_slice);
            rule.for_page(charset, filled)
        });
        rules.collect()
    }

    fn tally(&self) -> Tally {
        Tally::new(self.counts.clone(), self.places.clone())
    }

    /// Makes the stage that can do what any rule says.
    fn rule_stage(
        &self,
        rules: Arc<[Arc<Rule>]>,
        charset: Option<&'static Encoding>,
        attributes: Option<AttributeMap>,
        rest: Option<Box<dyn Transform>>,
    ) -> RuleStage {
        let progress = Shared::new(Arc::clone(&rules), self.tally(), self.nonces.clone());
        let handlers = self.handlers.iter();
        let handlers: Vec<_> = handlers.map(|one| one.in_charset(charset)).collect();
        RuleStage::new(
            rules,
            &handlers,
            charset,
            self.syntax,
            progress,
            attributes,
            rest,
            self.seams.as_ref(),
        )
    }
}
