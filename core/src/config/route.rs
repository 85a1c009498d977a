//! `[[route]]` as it is written, and what makes routes valid, each by itself and beside the others.

use std::ops::Range;

use http::Uri;
use serde::Deserialize;
use toml::Spanned;

use super::back::RouteBack;
use super::checked::{
    Address, Host, Origin, Placed, Time, TlsName, Value, checked, unplaced, values,
};
use super::error::Misplaced;
#[cfg(feature = "schema")]
use super::identity::ForwardedName;
use super::identity::{Forwarded, Identity};
use super::raw_origin::{addresses, identify, tls_name};
use super::raw_rule::CheckedRule;
use super::{BackConfig, OriginConfig, Prefix, RouteConfig, origin};

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawRoute {
    /// Names the origin for a platform: on Fastly Compute, the backend of the service. Default:
    /// none.
    name: Option<RouteName>,
    /// Says which requests the route takes: this path and everything below it, as `/img`. Default:
    /// every path of `public`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<RoutePath>"))]
    path: Option<Spanned<RoutePath>>,
    /// Names the public host of the route. Default: that of `[origin]`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Origin>"))]
    public: Option<Spanned<Origin>>,
    /// Names the origin that the gate fetches from: scheme, host, and optionally a port and a path.
    origin: BasedOrigin,
    /// Names the addresses where the native gate connects, in place of where the host of `origin`
    /// leads: IP addresses, each optionally with a port. Default: none.
    #[serde(default)]
    addresses: Vec<Placed<Address>>,
    /// Says what becomes of `path` on the way to the origin. Default: `strip`.
    prefix: Option<RawPrefix>,
    /// Names the host that the origin gets in the `Host` field. Default: the host of `origin`.
    host: Option<Host>,
    /// Names the host that the certificate of the origin must have. Default: the host in `host`,
    /// else that of `origin`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<TlsName>"))]
    tls_name: Option<Spanned<TlsName>>,
    /// Names more origins whose URLs are mapped to the public host. The gate does not fetch from
    /// them. Default: none.
    #[serde(default)]
    aliases: Vec<Placed<Origin>>,
    /// Says whose name the origin reads in a request. Default: that of `[origin]`.
    identity: Option<Identity>,
    /// Names the fields that tell the origin about the client. Default: with an `identity` of the
    /// route's own, as under `[origin]`; otherwise those of `[origin]`.
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
    /// Makes public URLs in the bodies of requests the origin's again. Default: that of `[map]`.
    back: Option<bool>,
    /// Lists the values of bodies that are mapped back. Default: that of `[map]`.
    back_only: Option<Vec<Placed<Value>>>,
    /// Lists the values of bodies that are not mapped back. Default: that of `[map]`.
    back_except: Option<Vec<Placed<Value>>>,
    /// Lists the structure rules for the pages of this route. Default: those of `[[html]]`.
    html: Option<Vec<Placed<CheckedRule>>>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawPrefix {
    /// Takes the path off on the way to the origin.
    Strip,
    /// Leaves the path, because the origin's own paths start with it.
    Keep,
}

/// Describes a further origin.
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "RawRoute")
)]
#[derive(Deserialize)]
#[serde(try_from = "RawRoute")]
pub(super) struct PlacedRoute {
    config: RouteConfig,
    /// Where `path` stands, or `public` where that is left out.
    key: Range<usize>,
    html: Option<Vec<Placed<CheckedRule>>>,
    public: Option<Range<usize>>,
    tls_name: Option<Spanned<TlsName>>,
    identity: Option<Identity>,
    forwarded: Option<Forwarded>,
    back: RouteBack,
}

impl TryFrom<RawRoute> for PlacedRoute {
    type Error = String;

    fn try_from(raw: RawRoute) -> Result<Self, String> {
        let Based { url, base } = raw.origin.0;
        let public_span = raw.public.as_ref().map(Spanned::span);
        let key = raw.path.as_ref().map(Spanned::span);
        let key = key
            .or_else(|| public_span.clone())
            .ok_or("the route takes no request: give it path, public, or both")?;
        let origin = OriginConfig::new(url);
        Ok(Self {
            config: RouteConfig {
                path: raw
                    .path
                    .map_or_else(String::new, |path| path.into_inner().0),
                prefix: match raw.prefix {
                    None => Prefix::default(),
                    Some(RawPrefix::Strip) => Prefix::Strip,
                    Some(RawPrefix::Keep) => Prefix::Keep,
                },
                base,
                origin: OriginConfig {
                    addresses: addresses(raw.addresses, &origin.url),
                    name: raw.name.map_or_else(String::new, |name| name.0),
                    public: raw.public.map(|public| public.into_inner().0),
                    host: raw.host.map(|host| host.0),
                    aliases: unplaced(raw.aliases).map(|alias| alias.0).collect(),
                    connect_timeout: raw
                        .connect_timeout
                        .map_or(origin.connect_timeout, |time| time.0),
                    first_byte_timeout: raw
                        .first_byte_timeout
                        .map_or(origin.first_byte_timeout, |time| time.0),
                    idle_timeout: raw.idle_timeout.map_or(origin.idle_timeout, |time| time.0),
                    idle_connections: raw.idle_connections.unwrap_or(origin.idle_connections),
                    ..origin
                },
                back: BackConfig::default(),
                html: None,
            },
            key,
            html: raw.html,
            public: public_span,
            tls_name: raw.tls_name,
            identity: raw.identity,
            forwarded: raw.forwarded,
            back: RouteBack {
                is_on: raw.back,
                only: raw.back_only.map(values),
                except: raw.back_except.map(values),
            },
        })
    }
}

/// Checks routes beside each other and beside `[origin]` and `[map]`.
pub(super) fn check(
    routes: Vec<PlacedRoute>,
    main: &OriginConfig,
    back: &BackConfig,
) -> Result<Vec<RouteConfig>, Misplaced> {
    let public = main.public.as_ref();
    let mut checked: Vec<RouteConfig> = Vec::new();
    for route in routes {
        if let (Some(span), None) = (route.public, public) {
            let message = "a route with a public host of its own needs origin.public".to_owned();
            let help = "write public = \"https://www.example.com\" under [origin]".to_owned();
            return Err(Misplaced {
                span,
                message,
                help,
            });
        }
        let mut own = route.config;
        tls_name(&mut own.origin, route.tls_name)?;
        identify(&mut own.origin, route.identity, route.forwarded, main)?;
        own.back = route.back.over(back);
        let rules = route
            .html
            .map(|rules| unplaced(rules).map(CheckedRule::rule).collect());
        own.html = rules.transpose()?;
        // What is the host of `[origin]` already is none of the route's own.
        own.origin.public = own
            .origin
            .public
            .filter(|own| !public.is_some_and(|public| origin::share_requests(own, public)));
        let same_host = |other: &RouteConfig| match (&other.origin.public, &own.origin.public) {
            (Some(other), Some(own)) => origin::share_requests(other, own),
            (other, own) => other == own,
        };
        let taken = checked
            .iter()
            .position(|other| other.path == own.path && same_host(other));
        if let Some(other) = taken {
            let message = format!("route[{other}] takes the same requests");
            return Err(Misplaced {
                span: route.key,
                message,
                help: "give it another path, or a public host of its own".to_owned(),
            });
        }
        if own.path.is_empty() && own.origin.public.is_none() {
            let message = "origin.public is the host of [origin]: give the route a path".to_owned();
            return Err(Misplaced {
                span: route.key,
                message,
                help: "add path = \"/img\", or write another host".to_owned(),
            });
        }
        checked.push(own);
    }
    Ok(checked)
}

checked!(RouteName(String), name);
checked!(RoutePath(String), path, "pattern" = "^/");
checked!(
    BasedOrigin(Based),
    based,
    "pattern" = "^[Hh][Tt][Tt][Pp][Ss]?://"
);

/// An origin, and the path that goes before what is asked of it: empty, or segments with a slash
/// before each.
pub(super) struct Based {
    url: Uri,
    base: String,
}

fn name(text: &str) -> Result<String, String> {
    if text.is_empty() {
        Err("the name is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn path(text: &str) -> Result<String, String> {
    match fault_of(text) {
        None => Ok(text.to_owned()),
        Some(why) => Err(format!("{text:?} is no path of a route: {why}")),
    }
}

fn based(text: &str) -> Result<Based, String> {
    let (url, path) = origin::with_path(text)?;
    let base = path.strip_suffix('/').unwrap_or(path);
    match fault_of(base) {
        Some(why) if !base.is_empty() => Err(format!("{text:?} is no origin: its path: {why}")),
        _ => Ok(Based {
            url,
            base: base.to_owned(),
        }),
    }
}

/// Returns why a text is no path prefix, which consists of segments of unreserved characters (RFC
/// 3986 §2.3) with a slash before each.
fn fault_of(path: &str) -> Option<&'static str> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if !path.starts_with('/') {
        Some("it must start with a slash")
    } else if path.contains(['?', '#']) {
        Some("it must have no query and no fragment")
    } else if path.ends_with('/') {
        Some("it must not end with a slash")
    } else if path.split('/').skip(1).any(str::is_empty) {
        Some("it has an empty segment")
    } else if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        Some("it has a dot segment")
    } else if !path.bytes().all(unreserved) {
        Some("a segment consists of letters, digits, '-', '.', '_' and '~'")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
