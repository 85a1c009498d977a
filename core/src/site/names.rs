//! The names by which origins are known, and what the browser sees in their place. URLs in text are
//! left to `map`; this module handles fields in which a name stands alone, or without its path.

use http::Uri;

use super::path;
use super::public_suffix::PublicSuffixes;
use super::route::Route;
use crate::config::{InvalidConfig, host_and_port};
use crate::map::{BaseUrl, Origin, Scheme};

/// Returns whether a host belongs to a domain (RFC 6265 §5.1.3).
pub(crate) fn belongs_to(host: &str, domain: &str) -> bool {
    host == domain
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

/// The names of all origins of a site: address, host and aliases of each.
#[derive(Debug, Clone)]
pub(crate) struct OriginNames {
    names: Vec<OriginName>,
    suffixes: PublicSuffixes,
}

/// One name, and what takes its place.
#[derive(Debug, Clone)]
pub(crate) struct OriginName {
    scheme: Scheme,
    /// The host, in lower case.
    host: String,
    /// The port. `None` for the scheme's default.
    port: Option<u16>,
    /// The paths that are mapped: empty, or segments with a slash before each.
    at: String,
    public: Option<BaseUrl>,
    /// The path that takes the place of `at`; written likewise.
    path: String,
}

impl OriginNames {
    pub(super) fn new<'a>(routes: impl Iterator<Item = &'a Route>) -> Result<Self, InvalidConfig> {
        let mut names: Vec<OriginName> = Vec::new();
        for route in routes {
            let origin = route.origin();
            let scheme = origin.url.scheme_str().unwrap_or("http");
            let host = origin
                .host
                .as_ref()
                .map(|host| Uri::try_from(format!("{scheme}://{host}")));
            let host = host
                .transpose()
                .map_err(|error| InvalidConfig::of(&format_args!("host: {error}")))?;
            for uri in std::iter::once(&origin.url)
                .chain(&host)
                .chain(&origin.aliases)
            {
                let name = OriginName::new(uri, route)?;
                let known = |other: &OriginName| {
                    (&other.host, other.port, &other.at) == (&name.host, name.port, &name.at)
                };
                // A name that several origins claim belongs to the first.
                if !names.iter().any(known) {
                    names.push(name);
                }
            }
        }
        Ok(Self {
            names,
            suffixes: PublicSuffixes::default(),
        })
    }

    /// Returns the names as origins whose URLs in text are mapped.
    pub(super) fn origins(&self) -> Result<Vec<Origin>, InvalidConfig> {
        self.names.iter().map(OriginName::origin).collect()
    }

    /// Returns whether a host, in lower case and without a port, is an origin's.
    pub(crate) fn has_host(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.host == host)
    }

    /// Returns whether a domain, in lower case, is a parent of an origin's host.
    pub(crate) fn has_below(&self, domain: &str) -> bool {
        let mut hosts = self.names.iter().map(|name| &name.host);
        hosts.any(|host| host != domain && belongs_to(host, domain))
    }

    /// Returns the domain that the public hosts share of those origins that belong to `domain`, if
    /// they differ. It is one of these hosts, or no public suffix, under which anybody can have a
    /// host. Returns `None` if there is none.
    pub(crate) fn shared<'a>(&'a self, domain: &str, public: &'a BaseUrl) -> Option<&'a str> {
        let below = self.names.iter();
        let below = below.filter(|name| belongs_to(&name.host, domain));
        let authority = |name: &'a OriginName| name.public.as_ref().unwrap_or(public).authority();
        let mut hosts = below.map(|name| host_and_port(authority(name)).0);
        let first = hosts.clone().next()?;
        let shared = hosts.clone().try_fold(first, |shared, host| {
            let mut domains = std::iter::successors(Some(shared), |domain| {
                domain.split_once('.').map(|(_, parent)| parent)
            });
            domains.find(|domain| belongs_to(host, domain))
        })?;
        let differ = hosts.clone().any(|host| host != first);
        let is_host = shared.contains('.') && hosts.clone().any(|host| host == shared);
        let is_open = (!is_host && self.suffixes.has(shared))
            || hosts.any(|host| self.has_suffix_between(host, shared));
        Some(shared).filter(|_| differ && !is_open)
    }

    /// Returns whether a domain that `host` belongs to, and that belongs to `shared`, is a public
    /// suffix: no browser would take a cookie of `host` for `shared`.
    fn has_suffix_between(&self, host: &str, shared: &str) -> bool {
        let above = |domain: &str| domain.split_once('.').map(|(_, parent)| parent.to_owned());
        std::iter::successors(above(host), |domain| above(domain))
            .take_while(|domain| domain.len() > shared.len())
            .any(|domain| self.suffixes.has(&domain))
    }

    /// Returns the public authority that takes the place of an origin's; the host counts, whatever
    /// the port. Returns `None` if the authority is no origin's.
    pub(crate) fn host<'a>(&'a self, authority: &str, public: &'a BaseUrl) -> Option<&'a str> {
        let (host, _) = host_and_port(authority);
        let named = |name: &&OriginName| name.host.eq_ignore_ascii_case(host);
        let name = self.names.iter().find(named)?;
        Some(name.public.as_ref().unwrap_or(public).authority())
    }

    /// Returns the sources that take the place of a host source (CSP Level 3 §2.3.1) that stands
    /// for origins: one source for each origin, where `public` stands for the main one. Returns
    /// none if the source stands for no origin.
    ///
    /// A source without a path becomes a source without a path, for `https://www.example.com/img`
    /// would allow that one URL alone.
    pub(crate) fn sources(&self, source: &str, public: &BaseUrl) -> Vec<String> {
        let Some(source) = Source::parse(source) else {
            return Vec::new();
        };
        source.mapped_where(|name| source.names(name), &self.names, public)
    }

    /// Returns the sources that must be allowed beside a host source with a wildcard: the public
    /// counterparts of those origins that the wildcard covers among other hosts. Returns none if it
    /// covers no origin, or covers the counterparts too.
    pub(crate) fn covered(&self, source: &str, public: &BaseUrl) -> Vec<String> {
        let Some(source) = Source::parse(source) else {
            return Vec::new();
        };
        source.mapped_where(
            |name| source.covers(&name.host, name.port),
            &self.names,
            public,
        )
    }
}

impl OriginName {
    pub(super) fn new(uri: &Uri, route: &Route) -> Result<Self, InvalidConfig> {
        let invalid = |error| InvalidConfig::of(&format_args!("{uri}: {error}"));
        let named = BaseUrl::try_from(uri).map_err(invalid)?;
        let (host, port) = host_and_port(named.authority());
        Ok(Self {
            scheme: named.scheme(),
            host: host.trim_end_matches('.').to_owned(),
            port: port.and_then(|port| port.parse().ok()),
            at: route.at().to_owned(),
            public: route.public().cloned(),
            path: route.path().to_owned(),
        })
    }

    /// Returns the name as an origin whose URLs in text are mapped.
    pub(super) fn origin(&self) -> Result<Origin, InvalidConfig> {
        let authority = match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        };
        let origin = Origin::new(self.scheme, &authority).and_then(|mut origin| {
            if let Some(public) = &self.public {
                origin = origin.to(public.clone());
            }
            if !self.at.is_empty() {
                origin = origin.at(&self.at)?;
            }
            if !self.path.is_empty() {
                origin = origin.below(&self.path)?;
            }
            Ok(origin)
        });
        origin.map_err(|error| InvalidConfig::of(&error))
    }
}

/// A host source, taken apart.
struct Source<'a> {
    /// The scheme, in lower case.
    scheme: Option<String>,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
}

impl<'a> Source<'a> {
    fn parse(source: &'a str) -> Option<Self> {
        let (scheme, rest) = match source.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, source),
        };
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let (host, port) = host_and_port(authority);
        let host = host.strip_suffix('.').unwrap_or(host);
        Some(Self {
            scheme,
            host,
            port,
            path,
        })
    }

    /// Returns whether the source stands for a name. The scheme is not compared: either scheme
    /// means the origin.
    fn names(&self, name: &OriginName) -> bool {
        self.has_port(name.port) && self.host.eq_ignore_ascii_case(&name.host)
    }

    /// Returns whether the source has a wildcard that covers a host, in lower case, and a port (CSP
    /// Level 3 §6.7.2.9).
    fn covers(&self, host: &str, port: Option<u16>) -> bool {
        let Some(domain) = self.host.strip_prefix('*') else {
            return false;
        };
        domain.starts_with('.')
            && self.has_port(port)
            && host.ends_with(&domain.to_ascii_lowercase())
    }

    fn has_port(&self, port: Option<u16>) -> bool {
        let default = match self.scheme.as_deref() {
            Some("http" | "ws") => Some("80"),
            Some("https" | "wss") => Some("443"),
            _ => None,
        };
        match (self.port, port) {
            (Some("*"), _) | (None, None) => true,
            (None, Some(_)) => false,
            (Some(port), Some(named)) => port.parse() == Ok(named),
            (Some(port), None) => match default {
                Some(default) => port == default,
                None => matches!(port, "80" | "443"),
            },
        }
    }

    /// Returns the sources for the names that this source stands for: of the names of one host,
    /// those that fit its path best.
    fn mapped_where(
        &self,
        stands_for: impl Fn(&OriginName) -> bool,
        names: &[OriginName],
        public: &BaseUrl,
    ) -> Vec<String> {
        let mut mapped: Vec<String> = Vec::new();
        let named = || names.iter().filter(|name| stands_for(name));
        for name in named() {
            let of_host =
                |other: &&OriginName| (&other.host, other.port) == (&name.host, name.port);
            let closest = named()
                .filter(of_host)
                .filter_map(|name| self.depth(name))
                .max();
            if self.depth(name).is_some_and(|depth| Some(depth) != closest) {
                continue;
            }
            let public = name.public.as_ref().unwrap_or(public);
            if let Some(new) = self.mapped(name, public)
                && !self.allows(public)
                && !mapped.contains(&new)
            {
                mapped.push(new);
            }
        }
        mapped
    }

    /// Returns whether a wildcard covers the whole of a public host anyway.
    fn allows(&self, public: &BaseUrl) -> bool {
        let (host, port) = host_and_port(public.authority());
        let scheme = self.scheme.as_deref();
        self.path.is_empty()
            && scheme.is_none_or(|scheme| scheme == public.scheme().as_str())
            && self.covers(host, port.and_then(|port| port.parse().ok()))
    }

    /// Returns how many bytes of the source's path are a name's own. Returns `None` if the source
    /// has no path, or its path is not below the name's.
    fn depth(&self, name: &OriginName) -> Option<usize> {
        let below = !self.path.is_empty() && path::below(self.path.as_bytes(), &name.at).is_some();
        below.then_some(name.at.len())
    }

    /// Returns the source as a name's public counterpart.
    fn mapped(&self, name: &OriginName, public: &BaseUrl) -> Option<String> {
        let secure = public.scheme() == Scheme::Https;
        let scheme = match self.scheme.as_deref() {
            None => String::new(),
            Some("http" | "https") => format!("{}://", public.scheme().as_str()),
            Some("ws" | "wss") if secure => "wss://".to_owned(),
            Some("ws" | "wss") => "ws://".to_owned(),
            Some(_) => return None,
        };
        let authority = match self.port {
            Some("*") => format!("{}:*", host_and_port(public.authority()).0),
            _ => public.authority().to_owned(),
        };
        let above = self.path.strip_suffix('/').unwrap_or_default();
        let path = match path::below(self.path.as_bytes(), &name.at) {
            _ if self.path.is_empty() => String::new(),
            Some(rest) => format!("{}{}", name.path, std::str::from_utf8(rest).ok()?),
            // A path that ends with a slash stands for all paths below it, and so for the name's
            // own.
            None if self.path.ends_with('/')
                && path::below(name.at.as_bytes(), above).is_some() =>
            {
                String::new()
            }
            None => return None,
        };
        Some(format!("{scheme}{authority}{path}"))
    }
}
