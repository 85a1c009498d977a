//! `streamgate.toml`: one file, the same for every platform.
//!
//! Here are the types of a configuration that has been checked. `raw`, `raw_origin`, `raw_rule`,
//! `raw_when` and `route` hold the shape of the file; `one_or_more`, `checked`, `units`, `origin`,
//! `identity`, `back`, `limits`, `drain`, `admin`, `access_log`, `cache`, `tls`, `media_type`,
//! `pattern`, `query`, `rule` and `fragment` say which values are valid, and `naming` which of them
//! a platform can comply with; `environment` puts in
//! what variables stand for, `error` says where a fault is, `help` what to write instead, `faults`
//! finds all of them, `fingerprint` tells two configurations apart, and `schema` describes the file
//! to editors.

mod access_log;
mod admin;
mod back;
#[cfg(test)]
mod book;
mod cache;
mod checked;
mod drain;
mod environment;
mod error;
mod faults;
mod fingerprint;
mod fragment;
mod help;
mod identity;
mod limits;
mod media_type;
mod naming;
mod one_or_more;
mod origin;
mod pattern;
mod query;
mod raw;
mod raw_origin;
mod raw_rule;
mod raw_when;
mod route;
mod rule;
#[cfg(feature = "schema")]
mod schema;
#[cfg(test)]
mod tests;
mod tls;
mod units;
mod warnings;
mod websocket;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderName, Uri};
use ipnet::IpNet;

use crate::markup::Selector;

pub use access_log::AccessLog;
pub(crate) use back::{BackConfig, BackValue, BackValues};
pub use cache::CacheConfig;
pub use drain::DrainConfig;
pub use error::{ConfigError, ConfigFinding, InvalidConfig};
pub(crate) use fragment::{FragmentConfig, FragmentTemplates, Place, Rewrite, SeamConfig, Start};
pub(crate) use identity::{ForwardedField, Identity};
pub use limits::LimitsConfig;
pub(crate) use media_type::DEFAULT_PROCESSABLE;
pub use naming::Naming;
pub(crate) use origin::{host_and_port, is_host};
pub(crate) use pattern::fits;
pub(crate) use query::QueryParameter;
pub(crate) use rule::{HtmlAction, HtmlRule, Position, TextReplacement};
pub use tls::CertificateFiles;
pub(crate) use websocket::WebSocketConfig;

/// A configuration that has been checked: every value in it is valid, sizes are bytes.
#[derive(Debug, Clone)]
pub struct Config {
    /// The origin that the gate fetches from, and the URL that the browser sees instead.
    pub origin: OriginConfig,
    /// The settings that the gate decides by.
    pub(crate) gate: GateConfig,
    /// How long a peer may keep the gate waiting, how much work one body may make, and how much of
    /// all there may be at a time.
    pub limits: LimitsConfig,
    /// How the native gate leaves service.
    pub drain: DrainConfig,
    /// Where the native gate tells how it is. `None`: nowhere.
    pub admin: Option<SocketAddr>,
    /// The form of the lines that the gate writes about exchanges. `None`: no lines.
    pub access_log: Option<AccessLog>,
    /// The cache of what the gate has made. `None`: there is none.
    pub cache: Option<CacheConfig>,
    /// The certificates that the native gate shows to its clients. None: they speak without TLS.
    pub tls: Vec<CertificateFiles>,
    /// `gate.trusted_proxies`: the proxies in front of the gate whose `X-Forwarded-For` says who
    /// the client is.
    pub trusted_proxies: Vec<IpNet>,
    /// URL mapping.
    pub(crate) map: MapConfig,
    /// Structure rules, in order.
    pub(crate) html: Vec<HtmlRule>,
    /// What is put into pages late, in order.
    pub(crate) fragments: Vec<FragmentConfig>,
    /// Further origins, in order.
    pub(crate) routes: Vec<RouteConfig>,
    /// The processing of whole documents.
    pub(crate) document: DocumentConfig,
}

impl Config {
    /// Returns the origins of `[origin]` and of all routes, one for each way in which they are
    /// fetched from ([`OriginConfig::is_fetched_as`]): what a platform needs a pool of connections
    /// for.
    #[must_use]
    pub fn distinct_origins(&self) -> Vec<&OriginConfig> {
        let routes = self.routes.iter().map(|route| &route.origin);
        let mut distinct: Vec<&OriginConfig> = Vec::new();
        for origin in std::iter::once(&self.origin).chain(routes) {
            if !distinct.iter().any(|other| other.is_fetched_as(origin)) {
                distinct.push(origin);
            }
        }
        distinct
    }
}

/// `[origin]`, and what a `[[route]]` says of its own origin.
#[derive(Debug, Clone)]
pub struct OriginConfig {
    /// What a platform may know it by, such as the name of a backend: `origin` for `[origin]`, of a
    /// route its `name`. Empty: nothing.
    pub name: String,
    /// `url`: scheme and authority of the origin, `http` or `https`, without path, query or
    /// user-info.
    pub url: Uri,
    /// `addresses`: where connections are made, on a platform that lets the gate choose. Empty:
    /// where the name in `url` leads.
    pub addresses: Vec<SocketAddr>,
    /// `public`: scheme and authority that the browser sees. `None`: the request's own; of a route,
    /// those of `[origin]`.
    pub public: Option<Uri>,
    /// `host`: the `Host` field that the origin gets, where it is not the authority of `url`; it is
    /// mapped as well.
    pub host: Option<String>,
    /// `tls_name`: the name in the origin's certificate, where it is neither that of `host` nor
    /// that of `url`.
    pub(crate) tls_name: Option<String>,
    /// `aliases`: further origins (scheme and authority) that are mapped to the public host.
    pub aliases: Vec<Uri>,
    /// `identity`: whose name the origin reads in the fields of a request; of a route, that of
    /// `[origin]` if it has none of its own.
    pub(crate) identity: Identity,
    /// `forwarded`: the fields that tell the origin about the client's request; by default those of
    /// `identity`.
    pub(crate) forwarded: BTreeSet<ForwardedField>,
    /// `connect_timeout`, default 5 s.
    pub connect_timeout: Duration,
    /// `first_byte_timeout`: from the request sent to the response's head, default 30 s.
    pub first_byte_timeout: Duration,
    /// `idle_timeout`: how long an HTTP/1.1 connection is kept without an exchange where the
    /// platform leaves this to the adapter, default 4 s: Node, Apache and uvicorn end an idle
    /// connection after 5 s, and a request that is on its way at that moment is lost.
    pub idle_timeout: Duration,
    /// `idle_connections`: how many such connections are kept, default 256.
    pub idle_connections: usize,
}

impl OriginConfig {
    /// Makes an origin of a URL, with the default of everything else.
    #[must_use]
    pub fn new(url: Uri) -> Self {
        Self {
            name: "origin".to_owned(),
            url,
            addresses: Vec::new(),
            public: None,
            host: None,
            tls_name: None,
            aliases: Vec::new(),
            identity: Identity::default(),
            forwarded: Identity::default().forwarded(),
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(4),
            idle_connections: 256,
        }
    }

    /// Returns the name for which an origin with TLS must have a certificate, and which the
    /// handshake carries (SNI, RFC 6066 §3) unless it is an IP address: `tls_name`, else the host
    /// of `host`, else the host of `url`. An IPv6 address has no brackets.
    #[must_use]
    pub fn certified_name(&self) -> &str {
        let name = match (&self.tls_name, &self.host) {
            (Some(name), _) => name,
            (None, Some(host)) => host_and_port(host).0,
            (None, None) => self.url.host().unwrap_or_default(),
        };
        name.trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns whether both origins are fetched from in the same way: at the same addresses, with
    /// the same `Host` and the same name in TLS, within the same times.
    #[must_use]
    pub fn is_fetched_as(&self, other: &Self) -> bool {
        self.url == other.url
            && self.addresses == other.addresses
            && self.host == other.host
            && self.tls_name == other.tls_name
            && self.connect_timeout == other.connect_timeout
            && self.first_byte_timeout == other.first_byte_timeout
            && self.idle_timeout == other.idle_timeout
            && self.idle_connections == other.idle_connections
    }
}

/// `[gate]`.
#[derive(Debug, Clone)]
pub(crate) struct GateConfig {
    /// `processable`: replaces the default list. Lower-case essences, `*/*+suffix` as `+json`.
    pub(crate) processable: Vec<String>,
    /// `no_transform`: whether `Cache-Control: no-transform` is respected.
    pub(crate) no_transform: NoTransform,
    /// `buffer_limit` in bytes, default 1 MiB.
    pub(crate) buffer_limit: usize,
    /// `public_hosts`: the hosts that requests may name beside the public ones of the
    /// configuration. `None`: any host.
    pub(crate) public_hosts: Option<Vec<String>>,
    /// `explain`: whether each response carries a `Streamgate` field that names outcome, row and
    /// reason. Default no.
    pub(crate) explain: bool,
    /// `server_timing`: whether the response of each exchange has a `Server-Timing` of the gate's.
    /// Default no.
    pub(crate) server_timing: bool,
    /// `learn_preloads`: whether what the last streams of a page have loaded early is announced
    /// with the head of the next one.
    pub(crate) learn_preloads: bool,
    /// `trace_context`.
    pub(crate) trace_context: TraceContext,
    /// `country_field`: the field of requests that says in which country the client is. `None`:
    /// the platform says it, if it does.
    pub(crate) country_field: Option<HeaderName>,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self {
            processable: DEFAULT_PROCESSABLE
                .iter()
                .map(ToString::to_string)
                .collect(),
            no_transform: NoTransform::default(),
            buffer_limit: 1024 * 1024,
            public_hosts: None,
            explain: false,
            server_timing: false,
            learn_preloads: false,
            trace_context: TraceContext::default(),
            country_field: None,
        }
    }
}

/// The treatment of `traceparent` and `tracestate` (W3C Trace Context).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TraceContext {
    /// They pass on to the origin as they come.
    #[default]
    Pass,
    /// The gate has a span of its own, for the origin's parent.
    Span,
}

/// The treatment of `Cache-Control: no-transform` (RFC 9111 §5.2.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum NoTransform {
    /// Such a response passes through.
    #[default]
    Respect,
    /// The field's value is not looked at.
    Ignore,
}

/// `[map]`.
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct MapConfig {
    /// `scope`.
    pub(crate) scope: Scope,
    /// `integrity`.
    pub(crate) integrity: Integrity,
    /// `request_fields`: more fields of requests whose URLs become the origins'.
    pub(crate) request_fields: Vec<HeaderName>,
    /// `queries`: the parameters of queries whose URLs become the origins'. `None` for those of
    /// known applications, if the query is not signed.
    pub(crate) queries: Option<Vec<QueryParameter>>,
    /// `response_fields`: more fields of responses whose URLs become public.
    pub(crate) response_fields: Vec<HeaderName>,
    /// `back`, `back_types`, `back_limit`, `back_only` and `back_except`.
    pub(crate) back: BackConfig,
    /// `websocket` and `websocket_limit`.
    pub(crate) websocket: WebSocketConfig,
    /// `cookie_domain`: what takes the place of a parent of the origins in the `Domain` of cookies.
    pub(crate) cookie_domain: Option<String>,
    /// `except`: patterns of the paths whose responses pass through.
    pub(crate) except: Vec<String>,
    /// `except_tags`: the tags of pages that stay as they are.
    pub(crate) except_tags: Vec<Selector>,
}

/// The treatment of `integrity` attributes of resources whose bytes the gate may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Integrity {
    /// The attributes are removed: a browser would refuse the resource otherwise.
    #[default]
    Remove,
    /// The attributes stay.
    Keep,
}

/// The places in which URLs are mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Scope {
    /// In every byte of every processable type.
    #[default]
    Everywhere,
    /// Only in the attributes of HTML elements.
    Attributes,
}

/// `[[route]]`: a further origin, below a path of the public host or on a host of its own. `path`
/// is there, or `origin.public`, or both.
#[derive(Debug, Clone)]
pub(crate) struct RouteConfig {
    /// `path`: the paths that it takes, as `/img`. Empty: every path of its own host.
    pub(crate) path: String,
    /// `prefix`: what becomes of `path` on the way to the origin.
    pub(crate) prefix: Prefix,
    /// The path of `origin`, which goes before what the request asks for, as `/assets`; often
    /// empty.
    pub(crate) base: String,
    /// `origin` without its path, and `name`, `public`, `host`, `aliases` and the timeouts.
    pub(crate) origin: OriginConfig,
    /// `back`, `back_only` and `back_except`; what is left out is that of `[map]`.
    pub(crate) back: BackConfig,
    /// `[[route.html]]`: structure rules in place of the top-level ones. `None`: those.
    pub(crate) html: Option<Vec<HtmlRule>>,
}

/// The treatment of a route's path on the way to its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Prefix {
    /// The path is taken off.
    #[default]
    Strip,
    /// The path stays: the origin's own paths start with it.
    Keep,
}

/// `[document]`: what needs whole documents; the gate then buffers HTML (truth table, row 11).
#[derive(Debug, Clone, Default, Hash)]
pub(crate) struct DocumentConfig {
    /// `post_processors`: names of built-in document post-processors, in order.
    pub(crate) post_processors: Vec<String>,
}
