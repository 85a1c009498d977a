//! The actions of rules: what each writes or looks for in the charset of a page, and what it does
//! to an element.
//!
//! A new action is added here, to the file's keys in `config/raw_rule.rs`, and to what can stand in
//! one rule in `config/rule.rs`.

use std::borrow::Cow;
use std::sync::Arc;

use encoding_rs::Encoding;
use lol_html::HandlerResult;
use lol_html::html_content::{ContentType, EndTag};
use lol_html::send::Element;

use super::inserted::{Inserted, Ready};
use super::markup::Markup;
use super::text::Replacement;
use crate::config::{HtmlAction, Position};
use crate::value::Filled;

/// An action in the charset of a page, as lol_html takes it.
pub(super) enum Action {
    Insert(Position, Inserted),
    Set(Vec<(String, Markup)>),
    Unset(Vec<String>),
    Rename(String),
    ReplaceText(Arc<[Replacement]>),
    Unwrap,
    Remove,
}

/// How an element ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With an end tag, or where one is implied: only such an element has content.
    Tag,
    /// With its start tag, which has a slash.
    Slash,
    /// With its start tag, because of its name.
    Name,
}

/// Returns whether an action writes and looks for nothing that differs from charset to charset.
pub(super) fn is_ascii(source: &HtmlAction) -> bool {
    match source {
        HtmlAction::Insert(_, markup) => markup.is_ascii(),
        HtmlAction::Set(attributes) => attributes.iter().all(|(_, value)| value.is_ascii()),
        HtmlAction::ReplaceText(texts) => {
            let mut texts = texts.iter();
            texts.all(|text| text.find.is_ascii() && text.with.is_ascii())
        }
        // Names are ASCII.
        HtmlAction::Unset(_) | HtmlAction::Rename(_) | HtmlAction::Unwrap | HtmlAction::Remove => {
            true
        }
    }
}

impl Action {
    /// Compiles an action. `nonce` says whether the tags in its markup get the page's nonces, and
    /// `filled` has its texts with what the request says, if they have values. Returns `None` if
    /// the action has nothing to do on a page in this charset.
    pub(super) fn compile(
        source: &HtmlAction,
        filled: Option<&[Filled]>,
        nonce: bool,
        charset: Option<&'static Encoding>,
    ) -> Option<Self> {
        let filled = |index: usize| filled?.get(index);
        let markup = |index: usize, text: &str, nonce: bool| match filled(index) {
            Some(filled) => Markup::filled(filled, nonce, charset),
            None => Markup::compile(text, nonce, charset),
        };
        Some(match source {
            HtmlAction::Insert(position, text) => {
                Self::Insert(*position, Inserted::Markup(markup(0, text, nonce)))
            }
            HtmlAction::Set(attributes) => {
                let attributes = attributes.iter().enumerate();
                let attributes = attributes
                    .map(|(index, (name, value))| (name.clone(), markup(index, value, false)));
                Self::Set(attributes.collect())
            }
            HtmlAction::Unset(names) => Self::Unset(names.clone()),
            HtmlAction::Rename(name) => Self::Rename(name.clone()),
            HtmlAction::ReplaceText(texts) => {
                let texts = texts.iter().enumerate().filter_map(|(index, text)| {
                    let filled = filled(index).map(|filled| filled.text.as_str());
                    Replacement::compile(text, filled, charset)
                });
                let texts: Arc<[Replacement]> = texts.collect();
                return (!texts.is_empty()).then_some(Self::ReplaceText(texts));
            }
            HtmlAction::Unwrap => Self::Unwrap,
            HtmlAction::Remove => Self::Remove,
        })
    }

    /// Acts at the start tag of an element. `write` and `text` give markup the page's nonces.
    pub(super) fn begin<'m>(
        &'m self,
        element: &mut Element<'_, '_>,
        ending: Ending,
        write: impl Fn(&'m Inserted) -> Ready<'m>,
        text: impl Fn(&'m Markup) -> Cow<'m, str>,
    ) -> HandlerResult {
        let has_content = ending == Ending::Tag;
        match self {
            Self::Insert(Position::Before, inserted) => write(inserted).before(element),
            Self::Insert(Position::Prepend, inserted) if has_content => {
                write(inserted).prepend(element);
            }
            Self::Insert(Position::Inner, inserted) if has_content => {
                write(inserted).inner(element);
            }
            Self::Insert(Position::After, inserted) if !has_content => {
                write(inserted).after_tag(element);
            }
            Self::Insert(..) | Self::ReplaceText(_) => {}
            Self::Set(attributes) => {
                for (name, value) in attributes {
                    element.set_attribute(name, &text(value))?;
                }
            }
            Self::Unset(names) => {
                for name in names {
                    element.remove_attribute(name);
                }
            }
            // An element that is empty by its name has no end tag, which its new name would need.
            Self::Rename(_) if ending == Ending::Name => {}
            Self::Rename(name) => element.start_tag().set_name(name),
            Self::Unwrap => element.start_tag().remove(),
            // Not `Element::remove` or its like: those would take away the end tag of whatever
            // encloses an element without one of its own.
            Self::Remove => {
                if has_content {
                    element.set_inner_content("", ContentType::Html);
                }
                element.start_tag().remove();
            }
        }
        Ok(())
    }

    /// Acts at an element's own end tag. `content` says whether the element's content is kept, so
    /// that something can be appended to it.
    pub(super) fn end<'m>(
        &'m self,
        tag: &mut EndTag<'_>,
        content: bool,
        write: impl Fn(&'m Inserted) -> Ready<'m>,
    ) {
        match self {
            Self::Insert(Position::Append, inserted) if content => {
                write(inserted).before_end(tag);
            }
            Self::Insert(Position::After, inserted) => write(inserted).after_end(tag),
            Self::Insert(..) | Self::Set(_) | Self::Unset(_) | Self::ReplaceText(_) => {}
            Self::Rename(name) => tag.set_name(name),
            Self::Unwrap | Self::Remove => tag.remove(),
        }
    }

    /// Returns whether the action has something to do until the element ends.
    pub(super) fn acts_at_end(&self) -> bool {
        match self {
            Self::Insert(Position::Before | Position::Prepend, _)
            | Self::Set(_)
            | Self::Unset(_) => false,
            Self::Insert(Position::Inner | Position::Append | Position::After, _)
            | Self::Rename(_)
            | Self::ReplaceText(_)
            | Self::Unwrap
            | Self::Remove => true,
        }
    }

    /// Returns whether the action takes away what is in the element.
    pub(super) fn removes_content(&self) -> bool {
        matches!(self, Self::Insert(Position::Inner, _) | Self::Remove)
    }

    /// Returns what the action inserts, if it does that at this position.
    pub(super) fn markup_at(&self, wanted: Position) -> Option<&Inserted> {
        match self {
            Self::Insert(position, inserted) if *position == wanted => Some(inserted),
            _ => None,
        }
    }

    /// Returns whether the action inserts something that depends on the page's nonces.
    pub(super) fn needs_nonces(&self) -> bool {
        match self {
            Self::Insert(_, inserted) => inserted.needs_nonces(),
            Self::Set(attributes) => attributes.iter().any(|(_, value)| value.has_places()),
            _ => false,
        }
    }
}
