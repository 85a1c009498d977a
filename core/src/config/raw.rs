//! `streamgate.toml` as it is written: the shape of the file for serde, and the way from there to the checked types.

use std::fmt;
use std::time::Duration;

use http::Uri;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::route::{self, Misplaced, Route};
use super::{
    Config, DocumentConfig, GateConfig, HtmlRule, MapConfig, NoTransform, OriginConfig, Scope,
    media_type, origin, rule, units,
};
use crate::document;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawConfig {
    origin: RawOrigin,
    #[serde(default)]
    gate: RawGate,
    #[serde(default)]
    map: RawMap,
    #[serde(default)]
    html: Vec<Placed<Rule>>,
    #[serde(default)]
    route: Vec<Placed<Route>>,
    #[serde(default)]
    document: RawDocument,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawOrigin {
    url: Origin,
    public: Option<Origin>,
    host: Option<Host>,
    #[serde(default)]
    aliases: Vec<Placed<Origin>>,
    connect_timeout: Option<Time>,
    first_byte_timeout: Option<Time>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawGate {
    processable: Option<Vec<Placed<MediaType>>>,
    no_transform: Option<RawNoTransform>,
    buffer_limit: Option<Size>,
    explain: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawNoTransform {
    Respect,
    Ignore,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawMap {
    scope: Option<RawScope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawScope {
    Everywhere,
    Attributes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawRule {
    select: Selector,
    prepend: Option<Markup>,
    append: Option<Markup>,
    before: Option<Markup>,
    after: Option<Markup>,
    set: Option<Attributes>,
    #[serde(default)]
    remove: bool,
    #[serde(default)]
    once: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawDocument {
    #[serde(default)]
    post_processors: PostProcessors,
}

/// An item of an array. The TOML layer places a fault of an item at the array, unless the item is a newtype.
#[derive(Deserialize)]
pub(super) struct Placed<T>(pub(super) T);

#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Origin(pub(super) Uri);

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        origin::origin(&text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Host(pub(super) String);

impl TryFrom<String> for Host {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        origin::host(&text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct MediaType(String);

impl TryFrom<String> for MediaType {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        media_type::processable(&text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Time(pub(super) Duration);

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        units::duration(&text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Selector(String);

impl TryFrom<String> for Selector {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        rule::selector(text).map(Self)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Markup(String);

impl TryFrom<String> for Markup {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        rule::markup(text).map(Self)
    }
}

#[derive(Deserialize, Default)]
#[serde(try_from = "Vec<Placed<PostProcessor>>")]
struct PostProcessors(Vec<String>);

impl TryFrom<Vec<Placed<PostProcessor>>> for PostProcessors {
    type Error = String;

    fn try_from(entries: Vec<Placed<PostProcessor>>) -> Result<Self, String> {
        let mut names: Vec<String> = Vec::new();
        for Placed(PostProcessor(name)) in entries {
            if names.contains(&name) {
                return Err(format!("{name:?} is named twice"));
            }
            names.push(name);
        }
        Ok(Self(names))
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct PostProcessor(String);

impl TryFrom<String> for PostProcessor {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if document::BUILT_IN.contains(&name.as_str()) {
            Ok(Self(name))
        } else {
            Err(format!(
                "{name:?} is no post-processor (known: {})",
                document::BUILT_IN.join(", ")
            ))
        }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "RawRule")]
pub(super) struct Rule(pub(super) HtmlRule);

impl TryFrom<RawRule> for Rule {
    type Error = String;

    fn try_from(raw: RawRule) -> Result<Self, String> {
        rule::check(HtmlRule {
            select: raw.select.0,
            prepend: raw.prepend.map(|markup| markup.0),
            append: raw.append.map(|markup| markup.0),
            before: raw.before.map(|markup| markup.0),
            after: raw.after.map(|markup| markup.0),
            set: raw.set.map(|attributes| attributes.0).unwrap_or_default(),
            remove: raw.remove,
            once: raw.once,
        })
        .map(Self)
    }
}

/// A number of bytes, or text with a unit.
struct Size(usize);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;

        impl Visitor<'_> for SizeVisitor {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size as \"1 MiB\" or a number of bytes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                units::size(text).map(Size).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Size, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Size, E> {
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(SizeVisitor)
    }
}

/// Attributes by name, sorted by it, since the order in which a file names them says nothing.
struct Attributes(Vec<(String, String)>);

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

/// In lower case, as lol_html writes it.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct AttributeName(String);

impl TryFrom<String> for AttributeName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        rule::attribute_name(&name).map(|()| Self(name.to_ascii_lowercase()))
    }
}

impl RawConfig {
    /// The checked configuration.
    ///
    /// # Errors
    /// [`Misplaced`], where values do not go together that stand in different tables.
    pub(super) fn check(self) -> Result<Config, Misplaced> {
        let raw = self;
        let gate = GateConfig::default();
        let origin = OriginConfig::new(raw.origin.url.0);
        let public = raw.origin.public.map(|public| public.0);
        let routes = raw.route.into_iter().map(|Placed(route)| route).collect();
        let routes = route::check(routes, public.as_ref())?;
        Ok(Config {
            origin: OriginConfig {
                public,
                host: raw.origin.host.map(|host| host.0),
                aliases: raw
                    .origin
                    .aliases
                    .into_iter()
                    .map(|Placed(Origin(alias))| alias)
                    .collect(),
                connect_timeout: raw
                    .origin
                    .connect_timeout
                    .map_or(origin.connect_timeout, |time| time.0),
                first_byte_timeout: raw
                    .origin
                    .first_byte_timeout
                    .map_or(origin.first_byte_timeout, |time| time.0),
                ..origin
            },
            gate: GateConfig {
                processable: raw.gate.processable.map_or(gate.processable, |types| {
                    types
                        .into_iter()
                        .map(|Placed(MediaType(entry))| entry)
                        .collect()
                }),
                no_transform: match raw.gate.no_transform {
                    None => gate.no_transform,
                    Some(RawNoTransform::Respect) => NoTransform::Respect,
                    Some(RawNoTransform::Ignore) => NoTransform::Ignore,
                },
                buffer_limit: raw
                    .gate
                    .buffer_limit
                    .map_or(gate.buffer_limit, |size| size.0),
                explain: raw.gate.explain.unwrap_or(gate.explain),
            },
            map: MapConfig {
                scope: match raw.map.scope {
                    None => Scope::default(),
                    Some(RawScope::Everywhere) => Scope::Everywhere,
                    Some(RawScope::Attributes) => Scope::Attributes,
                },
            },
            html: raw
                .html
                .into_iter()
                .map(|Placed(Rule(rule))| rule)
                .collect(),
            routes,
            document: DocumentConfig {
                post_processors: raw.document.post_processors.0,
            },
        })
    }
}
