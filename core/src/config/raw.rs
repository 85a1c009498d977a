//! `streamgate.toml` as it is written: the shape of the file for serde, and the way from there to the checked types.

use std::fmt;
use std::time::Duration;

use http::Uri;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::raw_rule::Rule;
use super::route::{self, Misplaced, Route};
use super::{
    Config, DocumentConfig, GateConfig, Integrity, MapConfig, NoTransform, OriginConfig, Scope,
    media_type, origin, units,
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
    integrity: Option<RawIntegrity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawScope {
    Everywhere,
    Attributes,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawIntegrity {
    Remove,
    Keep,
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
                integrity: match raw.map.integrity {
                    None => Integrity::default(),
                    Some(RawIntegrity::Remove) => Integrity::Remove,
                    Some(RawIntegrity::Keep) => Integrity::Keep,
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
