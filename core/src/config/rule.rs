//! Structure rules: what a rule says, and what makes it a valid one.

use super::media_type;
use crate::condition::When;
use crate::html;
use crate::markup::Content;
use crate::value::{Template, selected};

/// `[[html]]`: one structure rule.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct HtmlRule {
    /// `select`: a CSS selector that lol_html takes.
    pub(crate) select: String,
    /// The actions on each element: at least one, and none of a key twice.
    pub(crate) actions: Vec<HtmlAction>,
    /// `once`: act on the first match only.
    pub(crate) once: bool,
    /// `nonce`: give inserted scripts and styles the nonce of the page's policy.
    pub(crate) nonce: bool,
    /// `values`: what the rule inserts and sets has values of the request in it.
    pub(crate) values: bool,
    /// `when`: on which pages the rule acts.
    pub(crate) when: When,
}

/// An action of a structure rule on an element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum HtmlAction {
    /// `before`, `prepend`, `inner`, `append` or `after`: puts markup at a position.
    Insert(Position, String),
    /// `set`: sets attributes, name and value, sorted by name.
    Set(Vec<(String, String)>),
    /// `unset`: removes attributes, named in lower case.
    Unset(Vec<String>),
    /// `rename`: gives the element a new name.
    Rename(String),
    /// `replace_text`: replaces texts in the element, at each place the first that fits.
    ReplaceText(Vec<TextReplacement>),
    /// `unwrap`: removes the element's tags and keeps its content.
    Unwrap,
    /// `remove`: removes the element with its content.
    Remove,
}

/// The position at which an element gets markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Position {
    /// `before`: before the start tag.
    Before,
    /// `prepend`: right after the start tag.
    Prepend,
    /// `inner`: in place of the content.
    Inner,
    /// `append`: right before the end tag.
    Append,
    /// `after`: after the end tag.
    After,
}

/// An entry of `replace_text`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TextReplacement {
    /// `find`: what is replaced, as it is written in the page. Not empty.
    pub(crate) find: String,
    /// `with`: the text that takes its place.
    pub(crate) with: String,
}

/// What is wrong with a value in what a rule inserts or sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValueFault {
    /// The key of the action.
    pub(crate) action: &'static str,
    pub(crate) message: String,
}

/// Names, in lower case, that an element must not be given, beside those of elements whose content
/// is no markup ([`Content`]): a parser would read what follows in another way, or drop the tags.
/// They are of elements without content (HTML standard §13.1.2), and of elements that stand only in
/// one place.
const NOT_A_NEW_NAME: &[&str] = &[
    "area", "base", "basefont", "bgsound", "body", "br", "col", "embed", "frame", "frameset",
    "head", "hr", "html", "image", "img", "input", "keygen", "link", "math", "meta", "param",
    "source", "svg", "track", "wbr",
];

impl HtmlAction {
    /// Returns the key that the action has in the file.
    #[must_use]
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Insert(Position::Before, _) => "before",
            Self::Insert(Position::Prepend, _) => "prepend",
            Self::Insert(Position::Inner, _) => "inner",
            Self::Insert(Position::Append, _) => "append",
            Self::Insert(Position::After, _) => "after",
            Self::Set(_) => "set",
            Self::Unset(_) => "unset",
            Self::Rename(_) => "rename",
            Self::ReplaceText(_) => "replace_text",
            Self::Unwrap => "unwrap",
            Self::Remove => "remove",
        }
    }

    /// Returns why this action cannot stand in one rule with another one. `None` if it can.
    fn conflict(&self, other: &Self) -> Option<String> {
        match (self, other) {
            (Self::Remove, Self::Remove) => None,
            (Self::Remove, _)
            | (Self::Unwrap, Self::Set(_) | Self::Unset(_) | Self::Rename(_))
            | (Self::ReplaceText(_), Self::Insert(Position::Inner, _)) => Some(format!(
                "{} cannot stand beside {}: a rule of its own, with the same selector, can do the other",
                self.key(),
                other.key()
            )),
            (Self::Unset(names), Self::Set(attributes)) => {
                let (name, _) = attributes.iter().find(|(name, _)| names.contains(name))?;
                Some(format!("the attribute {name:?} is both set and unset"))
            }
            _ => None,
        }
    }
}

impl HtmlRule {
    /// Returns the values in the texts of each action. Returns none if the rule has none.
    ///
    /// # Errors
    /// Returns what is wrong with the first text that has a fault.
    pub(crate) fn templates(&self) -> Result<Vec<Vec<Template>>, ValueFault> {
        if !self.values {
            return Ok(Vec::new());
        }
        let elements = selected(&self.select);
        let elements = elements.as_deref();
        let of_action = |action: &HtmlAction| match action {
            HtmlAction::Insert(position, text) => {
                let template = match position {
                    Position::Before | Position::After => Template::of_markup(text),
                    _ => Template::of_content(text, elements),
                };
                let fault = |message| ValueFault {
                    action: action.key(),
                    message,
                };
                template.map(|it| vec![it]).map_err(fault)
            }
            HtmlAction::Set(attributes) => {
                let template = |(name, value): &(String, String)| {
                    let is_content = name == "content"
                        && !self.select.contains("[name")
                        && !self.select.contains("[property");
                    let template = Template::of_attribute(value, elements, name);
                    match template {
                        Ok(it) if it.has_values() && is_content => Err(
                            "values cannot stand in what may be a field of the response: select \
                             the meta element by its name, as \"meta[name='description']\""
                                .to_owned(),
                        ),
                        template => template,
                    }
                    .map_err(|message| ValueFault {
                        action: "set",
                        message,
                    })
                };
                attributes.iter().map(template).collect()
            }
            HtmlAction::ReplaceText(texts) => {
                let template = |text: &TextReplacement| {
                    Template::of_text(&text.with).map_err(|message| ValueFault {
                        action: "replace_text",
                        message,
                    })
                };
                texts.iter().map(template).collect()
            }
            _ => Ok(Vec::new()),
        };
        self.actions.iter().map(of_action).collect()
    }

    /// Returns the markup that the rule inserts.
    fn inserts(&self) -> impl Iterator<Item = &str> {
        self.actions.iter().filter_map(|action| match action {
            HtmlAction::Insert(_, markup) => Some(markup.as_str()),
            _ => None,
        })
    }

    /// Checks what the rule says as a whole: that it has an action, that its actions can stand
    /// together, and that `nonce` has something to act on.
    pub(super) fn check(self) -> Result<Self, String> {
        if self.actions.is_empty() {
            return Err(
                "the rule has no action: give it prepend, append, before, after, inner, set, unset, \
                 rename, replace_text, unwrap or remove"
                    .to_owned(),
            );
        }
        // The last action that has a conflict is told, and the first of those that it cannot stand
        // with.
        for action in self.actions.iter().rev() {
            if let Some(fault) = self.actions.iter().find_map(|other| action.conflict(other)) {
                return Err(fault);
            }
        }
        if self.nonce
            && self
                .inserts()
                .all(|markup| html::nonce_places(markup).is_empty())
        {
            return Err(
                "nonce has nothing to act on: no markup has a script, style or link tag".to_owned(),
            );
        }
        if self.values
            && let Ok(templates) = self.templates()
            && !templates.iter().flatten().any(Template::has_values)
        {
            return Err("values has nothing to act on: no text has a value in it".to_owned());
        }
        Ok(self)
    }
}

pub(super) fn selector(text: &str) -> Result<String, String> {
    match text.parse::<lol_html::Selector>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "{text:?} is no selector: {}",
            error.to_string().trim_end_matches('.')
        )),
    }
}

pub(super) fn markup(text: &str) -> Result<String, String> {
    not_empty(text, "the markup is empty")
}

/// Checks the text that `replace_text` looks for.
pub(super) fn found(text: &str) -> Result<String, String> {
    not_empty(text, "there is nothing to find")
}

fn not_empty(text: &str, fault: &str) -> Result<String, String> {
    if text.is_empty() {
        Err(fault.to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Returns the name of an attribute (HTML standard §13.1.2.3) in lower case, as lol_html writes it.
/// Only ASCII is allowed, so that the name exists in whichever charset the page has.
pub(super) fn attribute_name(text: &str) -> Result<String, String> {
    let valid = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>/=`".contains(&byte);
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("{text:?} is no attribute name"))
    }
}

/// Checks the new name of an element, and returns it in lower case, as HTML is read.
pub(super) fn element_name(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(valid) {
        return Err(format!("{text:?} is no element name"));
    }
    let is_markup = Content::of(name.as_bytes()) == Content::Markup;
    if !is_markup || NOT_A_NEW_NAME.contains(&name.as_str()) {
        return Err(format!(
            "an element cannot be made a {name}: a browser reads what follows in another way"
        ));
    }
    Ok(name)
}

/// Checks a media type, which must be one that rules can act on: HTML, or XML.
pub(super) fn markup_type(text: &str) -> Result<String, String> {
    let entry = media_type::processable(text)?;
    if entry.ends_with("+xml")
        || matches!(entry.as_str(), "text/html" | "text/xml" | "application/xml")
    {
        Ok(entry)
    } else {
        Err(format!(
            "{text:?} is no markup: rules act on text/html, and on XML as \"application/xhtml+xml\", \"image/svg+xml\" or \"+xml\""
        ))
    }
}
