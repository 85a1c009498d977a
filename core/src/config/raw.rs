//! `streamgate.toml` as it is written: the shape of the file for serde, and the way from there to a
//! [`Config`].

use std::fmt;
use std::net::IpAddr;

use http::HeaderName;
use ipnet::{IpNet, Ipv4Net};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use toml::Spanned;

use super::access_log::RawAccessLog;
use super::admin::RawAdmin;
use super::checked::{
    Address, Host, Origin, Placed, Time, TlsName, Value, checked, unplaced, values,
};
use super::drain::RawDrain;
use super::error::Misplaced;
use super::identity::{Forwarded, Identity};
use super::limits::RawLimits;
use super::raw_origin::{addresses, identify, tls_name};
use super::raw_rule::CheckedRule;
use super::route::{self, PlacedRoute};
use super::tls::RawTls;
use super::{
    BackConfig, BackValues, Config, DocumentConfig, GateConfig, Integrity, MapConfig, NoTransform,
    OriginConfig, QueryParameter, RouteConfig, Scope, WebSocketConfig, media_type, origin, pattern,
    query, units,
};
use crate::document;
use crate::markup::Selector;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawConfig {
    origin: RawOrigin,
    #[serde(default)]
    gate: RawGate,
    #[serde(default)]
    limits: RawLimits,
    #[serde(default)]
    drain: RawDrain,
    #[serde(default)]
    admin: RawAdmin,
    #[serde(default)]
    access_log: RawAccessLog,
    #[serde(default)]
    tls: RawTls,
    #[serde(default)]
    map: RawMap,
    #[serde(default)]
    html: Vec<Placed<CheckedRule>>,
    #[serde(default)]
    route: Vec<Placed<PlacedRoute>>,
    #[serde(default)]
    document: RawDocument,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawOrigin {
    url: Origin,
    #[serde(default)]
    addresses: Vec<Placed<Address>>,
    public: Option<Origin>,
    host: Option<Host>,
    tls_name: Option<Spanned<TlsName>>,
    #[serde(default)]
    aliases: Vec<Placed<Origin>>,
    identity: Option<Identity>,
    forwarded: Option<Forwarded>,
    connect_timeout: Option<Time>,
    first_byte_timeout: Option<Time>,
    idle_timeout: Option<Time>,
    idle_connections: Option<usize>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawGate {
    processable: Option<Vec<Placed<MediaType>>>,
    no_transform: Option<RawNoTransform>,
    buffer_limit: Option<Size>,
    public_hosts: Option<Vec<Placed<Host>>>,
    explain: Option<bool>,
    #[serde(default)]
    trusted_proxies: Vec<Placed<Network>>,
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
    #[serde(default)]
    request_fields: FieldNames,
    queries: Option<Vec<Placed<Query>>>,
    #[serde(default)]
    response_fields: FieldNames,
    back: Option<bool>,
    back_types: Option<Vec<Placed<MediaType>>>,
    back_limit: Option<Size>,
    back_only: Option<Vec<Placed<Value>>>,
    back_except: Option<Vec<Placed<Value>>>,
    websocket: Option<bool>,
    websocket_limit: Option<Size>,
    cookie_domain: Option<Spanned<CookieDomain>>,
    #[serde(default)]
    except: Vec<Placed<PathPattern>>,
    except_tags: Option<Spanned<Vec<Placed<TagSelector>>>>,
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

checked!(MediaType(String), media_type::processable);
checked!(PostProcessor(String), post_processor);
checked!(FieldName(HeaderName), field_name);
checked!(Query(QueryParameter), query::parameter);
checked!(CookieDomain(String), origin::cookie_domain);
checked!(PathPattern(String), pattern::path);
checked!(TagSelector(Selector), Selector::parse);
checked!(Network(IpNet), network);

fn field_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no name of a field"))
}

#[derive(Deserialize, Default)]
#[serde(try_from = "Vec<Placed<PostProcessor>>")]
struct PostProcessors(Vec<String>);

impl TryFrom<Vec<Placed<PostProcessor>>> for PostProcessors {
    type Error = String;

    fn try_from(entries: Vec<Placed<PostProcessor>>) -> Result<Self, String> {
        distinct(unplaced(entries).map(|entry| entry.0)).map(Self)
    }
}

#[derive(Deserialize, Default)]
#[serde(try_from = "Vec<Placed<FieldName>>")]
struct FieldNames(Vec<HeaderName>);

impl TryFrom<Vec<Placed<FieldName>>> for FieldNames {
    type Error = String;

    fn try_from(entries: Vec<Placed<FieldName>>) -> Result<Self, String> {
        distinct(unplaced(entries).map(|entry| entry.0)).map(Self)
    }
}

fn distinct<T: AsRef<str> + PartialEq>(names: impl Iterator<Item = T>) -> Result<Vec<T>, String> {
    let mut distinct = Vec::new();
    for name in names {
        if distinct.contains(&name) {
            return Err(format!("{:?} is named twice", name.as_ref()));
        }
        distinct.push(name);
    }
    Ok(distinct)
}

fn post_processor(name: &str) -> Result<String, String> {
    if document::BUILT_IN.contains(&name) {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "{name:?} is no post-processor (known: {})",
            document::BUILT_IN.join(", ")
        ))
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
    /// Returns the checked configuration.
    ///
    /// # Errors
    /// [`Misplaced`] if values in different tables do not go together.
    pub(super) fn check(self) -> Result<Config, Misplaced> {
        let raw = self;
        let gate = GateConfig::default();
        let websocket = WebSocketConfig::default();
        let scope = match raw.map.scope {
            None => Scope::default(),
            Some(RawScope::Everywhere) => Scope::Everywhere,
            Some(RawScope::Attributes) => Scope::Attributes,
        };
        let back = BackConfig::default();
        let back = BackConfig {
            is_on: raw.map.back.unwrap_or(scope == Scope::Everywhere),
            types: raw.map.back_types.map_or(back.types, |types| {
                unplaced(types).map(|entry| entry.0).collect()
            }),
            limit: raw.map.back_limit.map_or(back.limit, |size| size.0),
            values: BackValues {
                only: raw.map.back_only.map(values),
                except: raw.map.back_except.map_or(back.values.except, values),
            },
        };
        let origin = raw.origin.check()?;
        let routes = route::check(unplaced(raw.route).collect(), &origin, &back)?;
        cookie_domain(raw.map.cookie_domain.as_ref(), &origin, &routes)?;
        Ok(Config {
            origin,
            gate: GateConfig {
                processable: raw.gate.processable.map_or(gate.processable, |types| {
                    unplaced(types).map(|entry| entry.0).collect()
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
                public_hosts: raw
                    .gate
                    .public_hosts
                    .map(|hosts| unplaced(hosts).map(|host| host.0).collect()),
                explain: raw.gate.explain.unwrap_or(gate.explain),
            },
            limits: raw.limits.check(),
            drain: raw.drain.check(),
            admin: raw.admin.check(),
            access_log: raw.access_log.check(),
            tls: raw.tls.check()?,
            trusted_proxies: unplaced(raw.gate.trusted_proxies)
                .map(|network| network.0)
                .collect(),
            map: MapConfig {
                scope,
                integrity: match raw.map.integrity {
                    None => Integrity::default(),
                    Some(RawIntegrity::Remove) => Integrity::Remove,
                    Some(RawIntegrity::Keep) => Integrity::Keep,
                },
                request_fields: raw.map.request_fields.0,
                queries: raw
                    .map
                    .queries
                    .map(|queries| unplaced(queries).map(|query| query.0).collect()),
                response_fields: raw.map.response_fields.0,
                back,
                websocket: WebSocketConfig {
                    is_on: raw.map.websocket.unwrap_or(websocket.is_on),
                    limit: raw
                        .map
                        .websocket_limit
                        .map_or(websocket.limit, |size| size.0),
                },
                cookie_domain: raw.map.cookie_domain.map(|domain| domain.into_inner().0),
                except: unplaced(raw.map.except).map(|path| path.0).collect(),
                except_tags: tag_selectors(raw.map.except_tags, scope)?,
            },
            html: unplaced(raw.html).map(|rule| rule.0).collect(),
            routes,
            document: DocumentConfig {
                post_processors: raw.document.post_processors.0,
            },
        })
    }
}

/// Reads a network or an address. One of IPv4 in the form of IPv6 is that of IPv4, in which all
/// addresses are compared.
fn network(text: &str) -> Result<IpNet, String> {
    let network: Option<IpNet> = text.parse().ok();
    network
        .map(
            |network| match (network.addr().to_canonical(), network.prefix_len()) {
                (IpAddr::V4(address), length @ 96..) if network.addr().is_ipv6() => {
                    Ipv4Net::new(address, length - 96).map_or(network, IpNet::from)
                }
                _ => network,
            },
        )
        .or_else(|| {
            text.parse()
                .ok()
                .map(|it: IpAddr| IpNet::from(it.to_canonical()))
        })
        .ok_or_else(|| {
            format!(
                "{text:?} is no address, and no network such as \"10.0.0.0/8\" or \"2001:db8::/32\""
            )
        })
}

/// Returns the tags that stay as they are.
///
/// # Errors
/// [`Misplaced`] if attributes are mapped by themselves, whatever the tag.
fn tag_selectors(
    selectors: Option<Spanned<Vec<Placed<TagSelector>>>>,
    scope: Scope,
) -> Result<Vec<Selector>, Misplaced> {
    match selectors {
        None => Ok(Vec::new()),
        Some(selectors) if scope == Scope::Attributes => Err(Misplaced {
            span: selectors.span(),
            message: "with scope = \"attributes\" no tag can be left out".to_owned(),
            help: "remove except_tags, or write scope = \"everywhere\"".to_owned(),
        }),
        Some(selectors) => Ok(unplaced(selectors.into_inner()).map(|it| it.0).collect()),
    }
}

/// Checks the domain of cookies beside the public hosts.
///
/// # Errors
/// [`Misplaced`] if there are public hosts, and none belongs to it.
fn cookie_domain(
    domain: Option<&Spanned<CookieDomain>>,
    origin: &OriginConfig,
    routes: &[RouteConfig],
) -> Result<(), Misplaced> {
    let Some(domain) = domain else { return Ok(()) };
    let name = &domain.get_ref().0;
    let origins = std::iter::once(origin).chain(routes.iter().map(|route| &route.origin));
    let mut hosts = origins.filter_map(|origin| origin.public.as_ref()?.host());
    let belongs = |host: &str| {
        let rest = host.strip_suffix(name.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    match hosts.clone().next() {
        Some(_) if !hosts.any(belongs) => Err(Misplaced {
            span: domain.span(),
            message: format!("no public host belongs to {name:?}"),
            help: "write the domain that the public hosts share, or leave it out".to_owned(),
        }),
        _ => Ok(()),
    }
}

impl RawOrigin {
    fn check(self) -> Result<OriginConfig, Misplaced> {
        let default = OriginConfig::new(self.url.0);
        let mut origin = OriginConfig {
            addresses: addresses(self.addresses, &default.url),
            public: self.public.map(|public| public.0),
            host: self.host.map(|host| host.0),
            aliases: unplaced(self.aliases).map(|alias| alias.0).collect(),
            connect_timeout: self
                .connect_timeout
                .map_or(default.connect_timeout, |time| time.0),
            first_byte_timeout: self
                .first_byte_timeout
                .map_or(default.first_byte_timeout, |time| time.0),
            idle_timeout: self
                .idle_timeout
                .map_or(default.idle_timeout, |time| time.0),
            idle_connections: self.idle_connections.unwrap_or(default.idle_connections),
            ..default.clone()
        };
        tls_name(&mut origin, self.tls_name)?;
        identify(&mut origin, self.identity, self.forwarded, &default)?;
        Ok(origin)
    }
}
