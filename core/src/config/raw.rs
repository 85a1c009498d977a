//! `streamgate.toml` as it is written: the shape of the file for serde, and the way from there to a
//! [`Config`].

use std::net::IpAddr;

use http::HeaderName;
use ipnet::{IpNet, Ipv4Net};
use serde::Deserialize;
use toml::Spanned;

use super::access_log::RawAccessLog;
use super::admin::RawAdmin;
use super::cache::RawCache;
use super::checked::{
    Address, Host, Origin, PathPattern, Placed, Size, Time, TlsName, Value, checked, unplaced,
    values,
};
use super::drain::RawDrain;
use super::error::Misplaced;
use super::fragment::CheckedFragment;
#[cfg(feature = "schema")]
use super::identity::ForwardedName;
use super::identity::{Forwarded, Identity};
use super::limits::RawLimits;
use super::raw_origin::{addresses, identify, tls_name};
use super::raw_rule::CheckedRule;
use super::route::{self, PlacedRoute};
use super::tls::RawTls;
use super::{
    BackConfig, BackValues, Config, DocumentConfig, GateConfig, Integrity, MapConfig, NoTransform,
    OriginConfig, QueryParameter, RouteConfig, Scope, TraceContext, WebSocketConfig, media_type,
    origin, query,
};
use crate::document;
use crate::markup::Selector;

/// Configures streamgate: the file `streamgate.toml`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawConfig {
    /// Describes what is behind the gate.
    origin: RawOrigin,
    /// Says how the gate decides.
    #[serde(default)]
    gate: RawGate,
    /// Limits how long the gate waits, how hard it works, and for how many.
    #[serde(default)]
    limits: RawLimits,
    /// Says how the native gate leaves service.
    #[serde(default)]
    drain: RawDrain,
    /// Says where the native gate tells how it is.
    #[serde(default)]
    admin: RawAdmin,
    /// Describes the line that the gate writes for each exchange.
    #[serde(default)]
    access_log: RawAccessLog,
    /// Describes the cache of what the gate has made.
    #[serde(default)]
    cache: RawCache,
    /// Names the certificates of the native gate.
    #[serde(default)]
    tls: RawTls,
    /// Says where URLs are mapped.
    #[serde(default)]
    map: RawMap,
    /// Lists the structure rules, which act in this order.
    #[serde(default)]
    html: Vec<Placed<CheckedRule>>,
    /// Lists what is fetched by itself and put into pages as it comes.
    #[serde(default)]
    fragment: Vec<Placed<CheckedFragment>>,
    /// Lists the further origins.
    #[serde(default)]
    route: Vec<Placed<PlacedRoute>>,
    /// Says what needs the whole document.
    #[serde(default)]
    document: RawDocument,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawOrigin {
    /// Names the origin that the gate fetches from: scheme, host and optionally a port.
    url: Origin,
    /// Names the addresses where the native gate connects, in place of where the host of `url`
    /// leads: IP addresses, each optionally with a port. Default: none.
    #[serde(default)]
    addresses: Vec<Placed<Address>>,
    /// Names what the browser sees in place of the origin. Default: the scheme and the host of each
    /// request.
    public: Option<Origin>,
    /// Names the host that the origin gets in the `Host` field. Default: the host of `url`.
    host: Option<Host>,
    /// Names the host that the certificate of the origin must have. Default: the host in `host`,
    /// else that of `url`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<TlsName>"))]
    tls_name: Option<Spanned<TlsName>>,
    /// Names more origins whose URLs are mapped to the public host. The gate does not fetch from
    /// them. Default: none.
    #[serde(default)]
    aliases: Vec<Placed<Origin>>,
    /// Says whose name the origin reads in a request. Default: `origin`.
    identity: Option<Identity>,
    /// Names the fields that tell the origin about the client. Default: with the identity `origin`,
    /// `x-forwarded-for` and `forwarded`; otherwise all.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<Vec<Placed<ForwardedName>>>")
    )]
    forwarded: Option<Forwarded>,
    /// Limits how long a connection to the origin may take to open. Default: 5 s.
    connect_timeout: Option<Time>,
    /// Limits the time from a request to the head of its response. Default: 30 s.
    first_byte_timeout: Option<Time>,
    /// Limits how long the native gate keeps an idle connection of HTTP/1.1. Default: 4 s.
    idle_timeout: Option<Time>,
    /// Limits how many idle connections each thread of the native gate keeps. Default: 256.
    idle_connections: Option<usize>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawGate {
    /// Lists the media types of the responses that are rewritten, in place of the default list:
    /// types such as `text/html` and suffixes such as `+json`.
    processable: Option<Vec<Placed<MediaType>>>,
    /// Says whether a response with `Cache-Control: no-transform` passes through. Default:
    /// `respect`.
    no_transform: Option<RawNoTransform>,
    /// Limits what the gate holds in memory of one body that it must see whole. Default: 1 MiB.
    buffer_limit: Option<Size>,
    /// Lists the hosts that requests may name beside the public ones. Default: any host.
    public_hosts: Option<Vec<Placed<Host>>>,
    /// Gives each response a `Streamgate` field that says what the gate decided and why. Default:
    /// false.
    explain: Option<bool>,
    /// Gives the response of each exchange a `Server-Timing` field with the time that the origin
    /// took and what the gate decided. Default: false.
    server_timing: Option<bool>,
    /// Announces what the last streams of a page have loaded early, as `Link: <…>; rel=preload` in
    /// the head of the next one. Default: false.
    learn_preloads: Option<bool>,
    /// Says what becomes of the trace that a request belongs to (W3C Trace Context). Default:
    /// `pass`.
    trace_context: Option<RawTraceContext>,
    /// Names the field of requests that says in which country the client is, by two letters.
    /// Default: what the platform says.
    country_field: Option<FieldName>,
    /// Lists the addresses and networks of the proxies in front of the native gate whose
    /// `X-Forwarded-For` is believed. Default: none.
    #[serde(default)]
    trusted_proxies: Vec<Placed<Network>>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawTraceContext {
    /// Passes `traceparent` and `tracestate` on as they come.
    Pass,
    /// Puts a span of the gate's own between the client and the origin, and begins a trace if there
    /// is none.
    Span,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawNoTransform {
    /// Lets such a response pass through untouched.
    Respect,
    /// Does not look at `no-transform`.
    Ignore,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawMap {
    /// Says in which places URLs are mapped. Default: `everywhere`.
    scope: Option<RawScope>,
    /// Says what happens to the hashes that pages expect of scripts and style sheets which the gate
    /// may change. Default: `remove`.
    integrity: Option<RawIntegrity>,
    /// Lists more fields of requests that hold the URL of a page. Default: none.
    #[serde(default)]
    request_fields: FieldNames,
    /// Lists the parameters of queries that hold a URL of the site, as `/_next/image?url`. Default:
    /// those of known applications.
    queries: Option<Vec<Placed<Query>>>,
    /// Lists more fields of responses that hold URLs. Default: none.
    #[serde(default)]
    response_fields: FieldNames,
    /// Makes public URLs in the bodies of requests the origin's again. Default: true; false with
    /// the scope `attributes`.
    back: Option<bool>,
    /// Lists the media types of the bodies that are mapped back. Default: forms, JSON, GraphQL and plain text.
    back_types: Option<Vec<Placed<MediaType>>>,
    /// Limits the length of a body that is mapped back. Default: 1 MiB.
    back_limit: Option<Size>,
    /// Lists the values of bodies that are mapped back: names, and JSON pointers such as
    /// `/user/url`. Default: every value.
    back_only: Option<Vec<Placed<Value>>>,
    /// Lists the values of bodies that are not mapped back, even if `back_only` has them. Default:
    /// `redirect_uri` and `redirectUri`.
    back_except: Option<Vec<Placed<Value>>>,
    /// Maps the text messages of WebSockets in both directions. Default: false.
    websocket: Option<bool>,
    /// Limits the length of a message of a WebSocket that is mapped. Default: 1 MiB.
    websocket_limit: Option<Size>,
    /// Names what takes the place of a parent of the origins in the `Domain` of cookies. Default:
    /// the parent that the public hosts share.
    #[cfg_attr(feature = "schema", schemars(with = "Option<CookieDomain>"))]
    cookie_domain: Option<Spanned<CookieDomain>>,
    /// Lists patterns of the paths whose responses pass through, as `/signed/*`. Default: none.
    #[serde(default)]
    except: Vec<Placed<PathPattern>>,
    /// Selects the tags of pages that stay as they are, as `[data-state]`. Default: none.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<Vec<Placed<TagSelector>>>")
    )]
    except_tags: Option<Spanned<Vec<Placed<TagSelector>>>>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawScope {
    /// Maps URLs in every byte of every processable body.
    Everywhere,
    /// Maps URLs in the attribute values of HTML elements only.
    Attributes,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawIntegrity {
    /// Removes the hashes, because a browser would refuse the resource otherwise.
    Remove,
    /// Leaves the hashes as they are.
    Keep,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawDocument {
    /// Names what processes HTML documents after they have been rewritten, in this order. Default:
    /// none.
    #[serde(default)]
    post_processors: PostProcessors,
}

checked!(MediaType(String), media_type::processable);
checked!(
    PostProcessor(String),
    post_processor,
    "enum" = document::BUILT_IN
);
checked!(FieldName(HeaderName), field_name);
checked!(
    Query(QueryParameter),
    query::parameter,
    "pattern" = r"^[/*].*\?"
);
checked!(CookieDomain(String), origin::cookie_domain);
checked!(TagSelector(Selector), Selector::parse);
checked!(Network(IpNet), network);

fn field_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no name of a field"))
}

#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "Vec<Placed<PostProcessor>>")
)]
#[derive(Deserialize, Default)]
#[serde(try_from = "Vec<Placed<PostProcessor>>")]
struct PostProcessors(Vec<String>);

impl TryFrom<Vec<Placed<PostProcessor>>> for PostProcessors {
    type Error = String;

    fn try_from(entries: Vec<Placed<PostProcessor>>) -> Result<Self, String> {
        distinct(unplaced(entries).map(|entry| entry.0)).map(Self)
    }
}

#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "Vec<Placed<FieldName>>")
)]
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
                server_timing: raw.gate.server_timing.unwrap_or(gate.server_timing),
                learn_preloads: raw.gate.learn_preloads.unwrap_or(gate.learn_preloads),
                trace_context: match raw.gate.trace_context {
                    None => gate.trace_context,
                    Some(RawTraceContext::Pass) => TraceContext::Pass,
                    Some(RawTraceContext::Span) => TraceContext::Span,
                },
                country_field: raw.gate.country_field.map(|field| field.0),
            },
            limits: raw.limits.check(),
            drain: raw.drain.check(),
            admin: raw.admin.check(),
            access_log: raw.access_log.check(),
            cache: raw.cache.check(),
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
            html: unplaced(raw.html)
                .map(CheckedRule::rule)
                .collect::<Result<_, _>>()?,
            fragments: unplaced(raw.fragment).map(|fragment| fragment.0).collect(),
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
