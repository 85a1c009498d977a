//! A structure rule as it is written: its shape for serde, and the way from there to the checked
//! type.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::checked::{Placed, checked, unplaced};
use super::pattern;
use super::rule::{self, HtmlAction, HtmlRule, Position, TextReplacement, When};

#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "RawRule")
)]
#[derive(Deserialize)]
#[serde(try_from = "RawRule")]
pub(super) struct CheckedRule(pub(super) HtmlRule);

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawRule {
    /// Selects the elements on which the rule acts, by a CSS selector.
    select: Selector,
    /// Inserts markup at the start of the element.
    prepend: Option<Markup>,
    /// Inserts markup at the end of the element.
    append: Option<Markup>,
    /// Inserts markup before the element.
    before: Option<Markup>,
    /// Inserts markup after the element.
    after: Option<Markup>,
    /// Replaces the content of the element by markup; an empty text leaves none.
    inner: Option<String>,
    /// Sets attributes, by name and value.
    set: Option<Attributes>,
    /// Removes the attributes of these names.
    unset: Option<AttributeNames>,
    /// Gives the element another name.
    rename: Option<ElementName>,
    /// Replaces texts in the element.
    replace_text: Option<Replacements>,
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
    /// Says on which pages the rule acts. Default: on all that are `text/html`.
    #[serde(default)]
    when: WhenEntry,
}

impl TryFrom<RawRule> for CheckedRule {
    type Error = String;

    fn try_from(raw: RawRule) -> Result<Self, String> {
        let actions = [
            raw.prepend
                .map(|markup| HtmlAction::Insert(Position::Prepend, markup.0)),
            raw.append
                .map(|markup| HtmlAction::Insert(Position::Append, markup.0)),
            raw.before
                .map(|markup| HtmlAction::Insert(Position::Before, markup.0)),
            raw.after
                .map(|markup| HtmlAction::Insert(Position::After, markup.0)),
            raw.inner
                .map(|markup| HtmlAction::Insert(Position::Inner, markup)),
            raw.set.map(|set| HtmlAction::Set(set.0)),
            raw.unset.map(|unset| HtmlAction::Unset(unset.0)),
            raw.rename.map(|rename| HtmlAction::Rename(rename.0)),
            raw.replace_text
                .map(|texts| HtmlAction::ReplaceText(texts.0)),
            raw.unwrap.then_some(HtmlAction::Unwrap),
            raw.remove.then_some(HtmlAction::Remove),
        ];
        let rule = HtmlRule {
            select: raw.select.0,
            actions: actions.into_iter().flatten().collect(),
            once: raw.once,
            nonce: raw.nonce,
            when: raw.when.0,
        };
        rule.check().map(Self)
    }
}

checked!(Selector(String), rule::selector);
checked!(Markup(String), rule::markup);
checked!(ElementName(String), rule::element_name);
checked!(AttributeName(String), rule::attribute_name);
checked!(Found(String), rule::found);
checked!(PathPattern(String), pattern::path, "pattern" = "^[/*]");
checked!(MarkupType(String), rule::markup_type);

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

#[derive(Default)]
pub(super) struct WhenEntry(pub(super) When);

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawWhen {
    /// Gives patterns of which one must match the path of the request; `*` is any run of
    /// characters. Default: every path.
    path: Option<OneOrMore<PathPattern>>,
    /// Gives media types, or suffixes such as `+xml`, of which the response must have one. Default:
    /// `text/html`.
    media_type: Option<OneOrMore<MarkupType>>,
}

impl<'de> Deserialize<'de> for WhenEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RawWhen { path, media_type } = RawWhen::deserialize(deserializer)?;
        if path.is_none() && media_type.is_none() {
            return Err(D::Error::custom(
                "there is no condition: give path or media_type",
            ));
        }
        let paths = path.map(|paths| paths.0).unwrap_or_default();
        let media_types = media_type.map(|types| types.0).unwrap_or_default();
        Ok(Self(When {
            paths: paths.into_iter().map(|pattern| pattern.0).collect(),
            media_types: media_types.into_iter().map(|entry| entry.0).collect(),
        }))
    }
}

/// A text or a list of texts, at least one.
pub(super) struct OneOrMore<T>(Vec<T>);

impl<'de, T: Deserialize<'de> + TryFrom<String, Error = String>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMoreVisitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de> + TryFrom<String, Error = String>> Visitor<'de>
            for OneOrMoreVisitor<T>
        {
            type Value = OneOrMore<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMore<T>, E> {
                let one = T::try_from(text.to_owned()).map_err(E::custom)?;
                Ok(OneOrMore(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMore<T>, A::Error> {
                let list = Vec::<Placed<T>>::deserialize(SeqAccessDeserializer::new(seq))?;
                if list.is_empty() {
                    return Err(A::Error::custom("the list is empty"));
                }
                Ok(OneOrMore(unplaced(list).collect()))
            }
        }

        deserializer.deserialize_any(OneOrMoreVisitor(std::marker::PhantomData))
    }
}
