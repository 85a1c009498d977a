//! One rule, compiled for the charset of a page.

use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use lol_html::Selector;
use thiserror::Error;

use super::action::{self, Action};
use super::charset;
use super::inserted::{Inserted, SeamOf};
use super::syntax::Syntax;
use super::text::Replacement;
use crate::asked::{Asked, Depends};
use crate::config::{HtmlRule, Place, Position};
use crate::value::{Filled, Template};

/// A rule. Whatever it writes or looks for is in the charset of the page, as lol_html takes it.
pub(super) struct Rule {
    pub(super) selector: Arc<Selector>,
    pub(super) target: Target,
    /// The actions of the rule, in the order in which they are done.
    pub(super) actions: Vec<Action>,
    /// The source that the rule was compiled from.
    pub(super) source: Arc<HtmlRule>,
    /// The values in the texts of each action. Empty if there are none.
    templates: Vec<Vec<Template>>,
    /// The fragment that the rule makes room for, and where.
    seam: Option<(Place, SeamOf)>,
    /// Whether the rule is the same in each charset.
    is_ascii: bool,
}

/// The elements that a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// `head` alone selects the document's one head, be it written or implied.
    Head,
    /// `body` alone selects the document's one body, be it written or implied.
    Body,
    /// Any other element that the selector finds.
    Elements,
}

/// A selector that lol_html does not take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{selector:?} is no selector: {reason}")]
pub(crate) struct SelectorError {
    pub(super) selector: String,
    pub(super) reason: lol_html::errors::SelectorError,
}

impl Rule {
    /// Compiles a rule for UTF-8.
    pub(super) fn new(source: &HtmlRule) -> Result<Arc<Self>, SelectorError> {
        let unset = |template: &Template| template.fill(None, &mut Depends::default());
        let templates = source.templates().unwrap_or_default();
        let filled = templates
            .iter()
            .map(|of_action| of_action.iter().map(unset).collect());
        let (source, filled) = (Arc::new(source.clone()), filled.collect::<Vec<_>>());
        let selector = selector(&source, Some(UTF_8))?;
        let rule = Self::compile(source, selector, &filled, None, Some(UTF_8));
        Ok(Arc::new(Self { templates, ..rule }))
    }

    /// Compiles, for UTF-8, the rule that makes room for a fragment at the first element that a
    /// selector finds.
    pub(super) fn of_fragment(
        select: &str,
        place: Place,
        seam: SeamOf,
    ) -> Result<Arc<Self>, SelectorError> {
        let source = HtmlRule {
            select: select.to_owned(),
            once: true,
            ..HtmlRule::default()
        };
        let selector = selector(&source, Some(UTF_8))?;
        let seam = Some((place, seam));
        let rule = Self::compile(Arc::new(source), selector, &[], seam, Some(UTF_8));
        Ok(Arc::new(rule))
    }

    /// Returns the texts of each action with what a request says, and notes in `depends` what was
    /// looked at. Empty if there are no values.
    pub(super) fn filled(&self, asked: Option<&Asked>, depends: &mut Depends) -> Vec<Vec<Filled>> {
        let mut fill = |template: &Template| template.fill(asked, depends);
        let actions = self.templates.iter();
        actions
            .map(|of_action| of_action.iter().map(&mut fill).collect())
            .collect()
    }

    /// Returns the values in the rule's texts.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.templates.iter().flatten()
    }

    /// Returns the rule for a page, with its texts as a request has filled them.
    pub(super) fn for_page(
        self: &Arc<Self>,
        charset: Option<&'static Encoding>,
        filled: &[Vec<Filled>],
    ) -> Arc<Self> {
        if filled.is_empty() && (self.is_ascii || charset == Some(UTF_8)) {
            return Arc::clone(self);
        }
        let is_same = self.source.select.is_ascii() || charset.is_none_or(|it| it == UTF_8);
        let selector = match is_same {
            true => Ok(Arc::clone(&self.selector)),
            false => selector(&self.source, charset),
        };
        let Ok(selector) = selector else {
            return Arc::clone(self);
        };
        let source = Arc::clone(&self.source);
        Arc::new(Self::compile(source, selector, filled, self.seam, charset))
    }

    /// Compiles a rule whose selector is compiled.
    fn compile(
        source: Arc<HtmlRule>,
        selector: Arc<Selector>,
        filled: &[Vec<Filled>],
        seam: Option<(Place, SeamOf)>,
        charset: Option<&'static Encoding>,
    ) -> Self {
        let target = match source.select.trim() {
            name if name.eq_ignore_ascii_case("head") => Target::Head,
            name if name.eq_ignore_ascii_case("body") => Target::Body,
            _ => Target::Elements,
        };
        let actions = source.actions.iter().enumerate();
        let mut actions: Vec<Action> = actions
            .filter_map(|(index, action)| {
                let filled = filled.get(index).map(Vec::as_slice);
                Action::compile(action, filled, source.nonce, charset)
            })
            .collect();
        actions.extend(seam.into_iter().flat_map(|(place, seam)| room(place, seam)));
        // What is prepended stands before what takes the place of the content.
        actions.sort_by_key(|action| action.markup_at(Position::Inner).is_none());
        Self {
            selector,
            target,
            actions,
            templates: Vec::new(),
            is_ascii: source.select.is_ascii() && source.actions.iter().all(action::is_ascii),
            source,
            seam,
        }
    }

    /// Returns whether the rule has done all that it ever will once it has acted.
    pub(super) fn acts_once(&self) -> bool {
        self.source.once || self.target != Target::Elements
    }

    /// Returns whether the rule has something to do until its element ends.
    pub(super) fn acts_at_end(&self) -> bool {
        self.actions.iter().any(Action::acts_at_end)
    }

    /// Returns whether the rule takes away what is in its element.
    pub(super) fn removes_content(&self) -> bool {
        self.actions.iter().any(Action::removes_content)
    }

    /// Returns whether the rule takes away its element with all that other rules put into it.
    pub(super) fn removes_element(&self) -> bool {
        let is_remove = |action: &Action| matches!(action, Action::Remove);
        self.actions.iter().any(is_remove)
    }

    /// Returns whether the rule does nothing but insert where its element begins.
    pub(super) fn only_prepends(&self) -> bool {
        let prepends = |action: &Action| action.markup_at(Position::Prepend).is_some();
        self.actions.iter().all(prepends)
    }

    /// Returns the markup that the rule inserts at a position.
    pub(super) fn markup_at(&self, position: Position) -> Option<&Inserted> {
        let mut actions = self.actions.iter();
        actions.find_map(|action| action.markup_at(position))
    }

    /// Returns the markup that the rule inserts where an element ends without an end tag of its
    /// own. `content` says whether the element's content is kept.
    pub(super) fn markup_at_end(&self, content: bool) -> impl Iterator<Item = &Inserted> {
        let append = self.markup_at(Position::Append).filter(|_| content);
        append.into_iter().chain(self.markup_at(Position::After))
    }

    /// Returns the texts that the rule replaces.
    pub(super) fn texts(&self) -> Option<&Arc<[Replacement]>> {
        self.actions.iter().find_map(|action| match action {
            Action::ReplaceText(texts) => Some(texts),
            _ => None,
        })
    }

    /// Returns whether the rule inserts something that depends on the page's nonces.
    pub(super) fn needs_nonces(&self) -> bool {
        self.actions.iter().any(Action::needs_nonces)
    }

    /// Returns whether the body of a document in this syntax is to be found, even if it is implied.
    pub(super) fn wants_body(&self, syntax: Syntax) -> bool {
        let prepends = self.markup_at(Position::Prepend).is_some();
        let ends_head = self.target == Target::Head && self.acts_at_end();
        let begins_body = self.target == Target::Body && prepends;
        // No policy counts that stands in it. Nothing comes before what is prepended to the head.
        let heeds_policies = self.target != Target::Head && self.needs_nonces();
        syntax == Syntax::Html && (ends_head || begins_body || heeds_policies)
    }
}

/// Compiles the selector of a rule for pages in a charset.
fn selector(
    source: &HtmlRule,
    charset: Option<&'static Encoding>,
) -> Result<Arc<Selector>, SelectorError> {
    let selector = charset::encode_wanted(&source.select, charset).parse();
    selector.map(Arc::new).map_err(|reason| SelectorError {
        selector: source.select.clone(),
        reason,
    })
}

/// Returns what makes room for a fragment.
fn room(place: Place, seam: SeamOf) -> Vec<Action> {
    let insert = |position| Action::Insert(position, Inserted::Seam(seam));
    match place {
        Place::Before => vec![insert(Position::Before)],
        Place::Prepend => vec![insert(Position::Prepend)],
        Place::Inner => vec![insert(Position::Inner)],
        Place::Append => vec![insert(Position::Append)],
        Place::After => vec![insert(Position::After)],
        Place::Replace => vec![insert(Position::Before), Action::Remove],
    }
}
