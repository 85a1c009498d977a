//! One origin of a site: which requests it takes, and how their paths map to its own.

use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Uri};

use super::path;
use super::requested::BadRequest;
use super::url::AbsoluteUrl;
use crate::config::{BackConfig, ForwardedField, InvalidConfig, OriginConfig, Prefix, RouteConfig};
use crate::html::HtmlRules;
use crate::map::BaseUrl;

/// One origin of a site, compiled.
#[derive(Clone)]
pub(crate) struct Route {
    origin: OriginConfig,
    /// The authority by which the origin knows itself, as its `Host`.
    host: Option<HeaderValue>,
    public: Option<BaseUrl>,
    /// The path below which the route takes requests: empty, or segments with a slash before each.
    path: String,
    /// The path that replaces `path` at the origin; written likewise.
    at: String,
    /// The prefixes of all paths of the whole origin, at the origin and as the browser sees them;
    /// written likewise.
    whole: (String, String),
    rules: Option<HtmlRules>,
    back: BackConfig,
    /// The name in the log. `None` for the main origin.
    label: Option<String>,
    /// The path that is taken off on the way to an origin that has no path of its own for it:
    /// before the origin's paths it makes them paths of the public host.
    taken_off: Option<String>,
}

impl Route {
    /// Makes the main origin, which has no path and takes what no route takes.
    pub(super) fn main(origin: &OriginConfig, back: &BackConfig) -> Result<Self, InvalidConfig> {
        Ok(Self {
            public: public(origin)?,
            origin: origin.clone(),
            host: HeaderValue::try_from(own_authority(origin)).ok(),
            path: String::new(),
            at: String::new(),
            whole: (String::new(), String::new()),
            rules: None,
            back: back.clone(),
            label: None,
            taken_off: None,
        })
    }

    /// Makes a route, which has this place among those of the configuration.
    pub(super) fn new(config: &RouteConfig, place: usize) -> Result<Self, InvalidConfig> {
        let RouteConfig {
            path,
            prefix,
            base,
            origin,
            back,
            html,
        } = config;
        let public = public(origin)?;
        let rules = html.as_deref();
        let rules = rules.map(|rules| HtmlRules::compile(rules, &format!("route[{place}].html")));
        let rules = rules.transpose();
        let host = public.as_ref().map_or("", BaseUrl::authority);
        let (at, outside) = match prefix {
            Prefix::Strip => (base.clone(), path.clone()),
            Prefix::Keep => (format!("{base}{path}"), String::new()),
        };
        let taken_off =
            (*prefix == Prefix::Strip && base.is_empty() && !path.is_empty()).then(|| path.clone());
        Ok(Self {
            label: Some(format!("{host}{path}")),
            origin: origin.clone(),
            host: HeaderValue::try_from(own_authority(origin)).ok(),
            path: path.clone(),
            at,
            whole: (base.clone(), outside),
            rules: rules.map_err(|error| InvalidConfig::of(&error))?,
            back: back.clone(),
            taken_off,
            public,
        })
    }

    /// Returns the origin that the route is fetched from.
    pub(crate) fn origin(&self) -> &OriginConfig {
        &self.origin
    }

    /// Returns the public host that the configuration gives the route.
    pub(crate) fn public(&self) -> Option<&BaseUrl> {
        self.public.as_ref()
    }

    /// Returns the path below which the route takes requests: empty, or segments with a slash
    /// before each.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the path that replaces the route's path at the origin; written likewise.
    pub(crate) fn at(&self) -> &str {
        &self.at
    }

    /// Returns the route's own structure rules.
    pub(crate) fn rules(&self) -> Option<&HtmlRules> {
        self.rules.as_ref()
    }

    /// Returns what the configuration says of bodies that come back to the origin.
    pub(crate) fn back(&self) -> &BackConfig {
        &self.back
    }

    /// Returns the name in the log: the route's own host, if it has one, and its path. Returns
    /// `None` for the main origin.
    pub(crate) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Returns the path that was taken off, for `X-Forwarded-Prefix`. Returns `None` if there is
    /// none, or the origin is not told.
    pub(crate) fn forwarded_prefix(&self) -> Option<&str> {
        let told = self.origin.forwarded.contains(&ForwardedField::Prefix);
        self.taken_off.as_deref().filter(|_| told)
    }

    /// Returns scheme and authority as the origin knows itself: `https://origin.example.com`.
    pub(crate) fn own_name(&self) -> String {
        format!("{}://{}", self.own_scheme(), self.own_authority())
    }

    /// Returns the scheme by which the origin is asked.
    pub(crate) fn own_scheme(&self) -> &str {
        self.origin.url.scheme_str().unwrap_or("http")
    }

    /// Returns the authority by which the origin knows itself.
    pub(crate) fn own_authority(&self) -> &str {
        own_authority(&self.origin)
    }

    /// Returns the same as a field's value, whose clones share it.
    pub(crate) fn own_host(&self) -> Option<&HeaderValue> {
        self.host.as_ref()
    }

    /// Returns the target with which the origin is asked for what a client asks for. The main
    /// origin's is the same, byte for byte.
    ///
    /// # Errors
    /// Returns [`BadRequest::NoPath`] if the target has no path, and [`BadRequest::AboveRoute`] if
    /// the path leads above the route.
    pub(crate) fn target(&self, client: &Uri) -> Result<PathAndQuery, BadRequest> {
        let invalid = |_| BadRequest::NoPath;
        let asked = match client.path_and_query() {
            None => PathAndQuery::from_static("/"),
            // Without a path, an absolute target means the root (RFC 9112 §3.2.1).
            Some(asked) if asked.as_str().starts_with('?') => {
                PathAndQuery::try_from(format!("/{}", asked.as_str())).map_err(invalid)?
            }
            Some(asked) => asked.clone(),
        };
        if !asked.path().starts_with('/') {
            return Err(BadRequest::NoPath);
        }
        if !self.is_part() {
            return Ok(asked);
        }
        let rest = path::below(asked.path().as_bytes(), &self.path).ok_or(BadRequest::NoPath)?;
        if path::climbs(rest) {
            return Err(BadRequest::AboveRoute);
        }
        let target = self
            .inside(asked.as_str().as_bytes())
            .ok_or(BadRequest::NoPath)?;
        PathAndQuery::try_from(target).map_err(invalid)
    }

    /// Returns the path and query by which the route's root is known, for a URL that is the route's
    /// bare path. The origin has `/` there, and relative URLs in that page must lead below the
    /// route. Returns `None` if the URL is another one, or the origin has only paths of its own.
    pub(crate) fn root_of(&self, client: &Uri) -> Option<String> {
        let path = self.taken_off.as_deref()?;
        let query = client.query().map(|query| format!("?{query}"));
        (client.path() == path).then(|| format!("{path}/{}", query.unwrap_or_default()))
    }

    /// Returns whether the origin may have more than the route lets clients ask for.
    pub(crate) fn is_part(&self) -> bool {
        !(self.path.is_empty() && self.at.is_empty())
    }

    /// Returns path, query and fragment of a public URL as the origin has them. Returns `None` if
    /// they are not below this route, or lead out of it.
    pub(crate) fn inside(&self, target: &[u8]) -> Option<Vec<u8>> {
        let rest = path::below(path::of(target), &self.path)?;
        if self.is_part() && path::climbs(rest) {
            return None;
        }
        replaced(target, &self.path, &self.at)
    }

    /// Returns path, query and fragment of a public URL as the origin has them; the path may be
    /// empty. Returns `None` if they are not below this route, or lead out of it.
    pub(crate) fn inside_of(&self, url: &AbsoluteUrl<'_>) -> Option<Vec<u8>> {
        match url.path() {
            b"" => Some(url.rest.to_vec()),
            _ => self.inside(url.rest),
        }
    }

    /// Returns a reference without a host that starts with a slash (RFC 3986 §4.2: *absolute-path
    /// reference*), from a response of this route, as the browser has to see it. Returns `None` if
    /// it stays as it is.
    pub(crate) fn outside(&self, reference: &[u8]) -> Option<Vec<u8>> {
        let (from, to) = &self.whole;
        // Browsers take a backslash for a slash, and what follows two slashes for a host.
        let hostless = match reference {
            [b'/', second, ..] => !matches!(second, b'/' | b'\\'),
            _ => reference == b"/",
        };
        if from == to || !hostless || self.knows_its_path(path::of(reference)) {
            return None;
        }
        replaced(reference, from, to)
    }

    /// Returns the `Path` of a cookie of this route (RFC 6265 §5.2.4) as the browser has to see it.
    /// Returns `None` if it stays as it is.
    pub(crate) fn cookie_path(&self, cookie: &[u8]) -> Option<Vec<u8>> {
        let (from, to) = &self.whole;
        if from == to || !cookie.starts_with(b"/") || self.knows_its_path(cookie) {
            return None;
        }
        // A cookie for a path above the origin's own paths is for all of these.
        let above = cookie.strip_suffix(b"/").unwrap_or(cookie);
        let covers = std::str::from_utf8(above)
            .is_ok_and(|above| path::below(from.as_bytes(), above).is_some());
        if covers {
            let to = if to.is_empty() { "/" } else { to };
            return Some(to.as_bytes().to_vec());
        }
        let rest = path::below(cookie, from)?;
        Some([to.as_bytes(), rest].concat())
    }

    /// Returns whether a path of the origin's is below the path in `X-Forwarded-Prefix`: then the
    /// origin honours that field.
    fn knows_its_path(&self, own: &[u8]) -> bool {
        self.forwarded_prefix()
            .is_some_and(|told| path::below(own, told).is_some())
    }
}

/// Replaces `from` at the front of path, query and fragment by `to`; the path is never left empty.
fn replaced(target: &[u8], from: &str, to: &str) -> Option<Vec<u8>> {
    let path = path::of(target);
    let rest = path::below(path, from)?;
    let behind = target.get(path.len()..)?;
    let path = match [to.as_bytes(), rest].concat() {
        path if path.is_empty() => b"/".to_vec(),
        path => path,
    };
    Some([&path, behind].concat())
}

fn public(origin: &OriginConfig) -> Result<Option<BaseUrl>, InvalidConfig> {
    let public = origin.public.as_ref().map(BaseUrl::try_from).transpose();
    public.map_err(|error| InvalidConfig::of(&error))
}

/// Returns the authority by which an origin knows itself.
fn own_authority(origin: &OriginConfig) -> &str {
    let authority = origin.url.authority().map(Authority::as_str);
    origin.host.as_deref().or(authority).unwrap_or_default()
}
