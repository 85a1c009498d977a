//! A structure rule as it is written: its shape for serde, and the way from there to the checked
//! type.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::checked::{Placed, checked, unplaced};
use super::error::Misplaced;
use super::raw_when::WhenEntry;
use super::rule::{self, HtmlAction, HtmlRule, Position, TextReplacement};

#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "RawRule")
)]
#[derive(Deserialize)]
#[serde(try_from = "RawRule")]
pub(super) struct CheckedRule {
    rule: HtmlRule,
    /// What is wrong with the values in its texts.
    fault: Option<Misplaced>,
}

impl CheckedRule {
    /// Returns the rule.
    ///
    /// # Errors
    /// [`Misplaced`] if a value stands where none can, at the key of the action.
    pub(super) fn rule(self) -> Result<HtmlRule, Misplaced> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.rule),
        }
    }
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawRule {
    /// Selects the elements on which the rule acts, by a CSS selector.
    select: Selector,
    /// Inserts markup at the start of the element.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Markup>"))]
    prepend: Option<Spanned<Markup>>,
    /// Inserts markup at the end of the element.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Markup>"))]
    append: Option<Spanned<Markup>>,
    /// Inserts markup before the element.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Markup>"))]
    before: Option<Spanned<Markup>>,
    /// Inserts markup after the element.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Markup>"))]
    after: Option<Spanned<Markup>>,
    /// Replaces the content of the element by markup; an empty text leaves none.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    inner: Option<Spanned<String>>,
    /// Sets attributes, by name and value.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Attributes>"))]
    set: Option<Spanned<Attributes>>,
    /// Removes the attributes of these names.
    unset: Option<AttributeNames>,
    /// Gives the element another name.
    rename: Option<ElementName>,
    /// Replaces texts in the element.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Replacements>"))]
    replace_text: Option<Spanned<Replacements>>,
    /// Removes the tags of the element and keeps its content. Default: false.
    #[serde(default)]
    unwrap: bool,
    /// Removes the element and all that is in it. Default: false.
    #[serde(default)]
    remove: bool,
    /// Lets the rule act on the first match only. Default: false.
    #[serde(default)]
    once: bool,
    /// Gives inserted scripts and styles the nonce of the page's policy. Default: false.
    #[serde(default)]
    nonce: bool,
    /// Puts values of the request, as `{cookie.name|guest}`, into what the rule inserts and sets.
    /// Default: false.
    #[serde(default)]
    values: bool,
    /// Says on which pages the rule acts. Default: on all that are `text/html`.
    #[serde(default)]
    when: WhenEntry,
}

impl TryFrom<RawRule> for CheckedRule {
    type Error = String;

    fn try_from(raw: RawRule) -> Result<Self, String> {
        let mut spans = Vec::new();
        let mut inserts = |position: Position, markup: Option<Spanned<Markup>>| {
            let markup = markup?;
            let span = markup.span();
            let action = HtmlAction::Insert(position, markup.into_inner().0);
            spans.push((action.key(), span));
            Some(action)
        };
        let inner = raw.inner.map(|inner| {
            let span = inner.span();
            Spanned::new(span, Markup(inner.into_inner()))
        });
        let mut actions = vec![
            inserts(Position::Prepend, raw.prepend),
            inserts(Position::Append, raw.append),
            inserts(Position::Before, raw.before),
            inserts(Position::After, raw.after),
            inserts(Position::Inner, inner),
        ];
        let set = raw.set.map(|set| {
            spans.push(("set", set.span()));
            HtmlAction::Set(set.into_inner().0)
        });
        let texts = raw.replace_text.map(|texts| {
            spans.push(("replace_text", texts.span()));
            HtmlAction::ReplaceText(texts.into_inner().0)
        });
        actions.extend([
            set,
            raw.unset.map(|unset| HtmlAction::Unset(unset.0)),
            raw.rename.map(|rename| HtmlAction::Rename(rename.0)),
            texts,
            raw.unwrap.then_some(HtmlAction::Unwrap),
            raw.remove.then_some(HtmlAction::Remove),
        ]);
        let rule = HtmlRule {
            select: raw.select.0,
            actions: actions.into_iter().flatten().collect(),
            once: raw.once,
            nonce: raw.nonce,
            values: raw.values,
            when: raw.when.0,
        };
        let rule = rule.check()?;
        let fault = rule.templates().err().map(|fault| {
            let of_action = spans.iter().find(|(key, _)| *key == fault.action);
            Misplaced {
                span: of_action.map_or(0..0, |(_, span)| span.clone()),
                message: fault.message,
                help: VALUES.to_owned(),
            }
        });
        Ok(Self { rule, fault })
    }
}

/// What to write where a value stands in a wrong place.
const VALUES: &str = "write values in texts, in attributes in quotes, behind the host of URLs, or in \
                      texts in quotes of scripts";

checked!(Selector(String), rule::selector);
checked!(Markup(String), rule::markup);
checked!(ElementName(String), rule::element_name);
checked!(AttributeName(String), rule::attribute_name);
checked!(Found(String), rule::found);

/// Attributes by name, sorted by it, since the order in which a file names them says nothing.
pub(super) struct Attributes(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AttributesVisitor;

        impl<'de> Visitor<'de> for AttributesVisitor {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut attributes: Vec<(String, String)> = Vec::new();
                while let Some(AttributeName(name)) = map.next_key()? {
                    if attributes.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!(
                            "the attribute {name:?} is set twice"
                        )));
                    }
                    attributes.push((name, map.next_value()?));
                }
                if attributes.is_empty() {
                    return Err(A::Error::custom("no attribute is set"));
                }
                attributes.sort();
                Ok(Attributes(attributes))
            }
        }

        deserializer.deserialize_map(AttributesVisitor)
    }
}

/// The names of attributes, at least one.
pub(super) struct AttributeNames(Vec<String>);

impl<'de> Deserialize<'de> for AttributeNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<Placed<AttributeName>>::deserialize(deserializer)?;
        if names.is_empty() {
            return Err(D::Error::custom("no attribute is named"));
        }
        let mut names: Vec<String> = unplaced(names).map(|name| name.0).collect();
        names.sort();
        names.dedup();
        Ok(Self(names))
    }
}

/// One table or a list of such.
pub(super) struct Replacements(Vec<TextReplacement>);

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawReplacement {
    /// Gives the text that is replaced, as it is written in the page.
    find: Found,
    /// Gives the text that takes its place.
    with: String,
}

impl From<RawReplacement> for TextReplacement {
    fn from(raw: RawReplacement) -> Self {
        Self {
            find: raw.find.0,
            with: raw.with,
        }
    }
}

impl<'de> Deserialize<'de> for Replacements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReplacementsVisitor;

        impl<'de> Visitor<'de> for ReplacementsVisitor {
            type Value = Replacements;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table as { find = \"…\", with = \"…\" } or a list of such")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Replacements, A::Error> {
                RawReplacement::deserialize(MapAccessDeserializer::new(map))
                    .map(|raw| Replacements(vec![raw.into()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Replacements, A::Error> {
                let list =
                    Vec::<Placed<RawReplacement>>::deserialize(SeqAccessDeserializer::new(seq))?;
                if list.is_empty() {
                    return Err(A::Error::custom("there is nothing to find"));
                }
                Ok(Replacements(unplaced(list).map(Into::into).collect()))
            }
        }

        deserializer.deserialize_any(ReplacementsVisitor)
    }
}
