//! One origin of a site: which requests it takes, and what their paths are there.

use http::Uri;
use http::uri::{Authority, PathAndQuery};

use super::path;
use super::requested::BadRequest;
use crate::config::{InvalidConfig, OriginConfig, Prefix, RouteConfig};
use crate::html::HtmlRules;
use crate::map::BaseUrl;

/// One origin of a site, compiled.
#[derive(Clone)]
pub(crate) struct Route {
    origin: OriginConfig,
    public: Option<BaseUrl>,
    /// The paths that it takes: empty, or segments with a slash before each.
    path: String,
    /// What stands in the place of `path` at the origin; written likewise.
    at: String,
    /// What the paths of the whole origin start with, there and as the browser sees them; written likewise.
    whole: (String, String),
    rules: Option<HtmlRules>,
    /// What it is called in the log. `None`: it is the main origin.
    label: Option<String>,
    /// What an origin that does not know it must put before its paths, so that they are paths of the public host.
    forwarded: Option<String>,
}

impl Route {
    /// The main origin, which has no path and takes what is left.
    pub(super) fn main(origin: &OriginConfig) -> Result<Self, InvalidConfig> {
        Ok(Self {
            public: public(origin)?,
            origin: origin.clone(),
            path: String::new(),
            at: String::new(),
            whole: (String::new(), String::new()),
            rules: None,
            label: None,
            forwarded: None,
        })
    }

    pub(super) fn new(config: &RouteConfig) -> Result<Self, InvalidConfig> {
        let RouteConfig {
            path,
            prefix,
            base,
            origin,
            html,
        } = config;
        let public = public(origin)?;
        let rules = html.as_deref().map(HtmlRules::compile).transpose();
        let host = public.as_ref().map_or("", BaseUrl::authority);
        let (at, outside) = match prefix {
            Prefix::Strip => (base.clone(), path.clone()),
            Prefix::Keep => (format!("{base}{path}"), String::new()),
        };
        let forwarded =
            (*prefix == Prefix::Strip && base.is_empty() && !path.is_empty()).then(|| path.clone());
        Ok(Self {
            label: Some(format!("{host}{path}")),
            origin: origin.clone(),
            path: path.clone(),
            at,
            whole: (base.clone(), outside),
            rules: rules.map_err(|error| InvalidConfig::of(&error))?,
            forwarded,
            public,
        })
    }

    /// Where it is fetched from.
    pub(crate) fn origin(&self) -> &OriginConfig {
        &self.origin
    }

    /// The public host that it has by configuration.
    pub(crate) fn public(&self) -> Option<&BaseUrl> {
        self.public.as_ref()
    }

    /// The paths that it takes: empty, or segments with a slash before each.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// What stands in the place of its path at the origin; written likewise.
    pub(crate) fn at(&self) -> &str {
        &self.at
    }

    /// Its own structure rules.
    pub(crate) fn rules(&self) -> Option<&HtmlRules> {
        self.rules.as_ref()
    }

    /// What it is called in the log: its own host, if it has one, and its path. `None`: it is the main origin.
    pub(crate) fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// The path that was taken off and that the origin cannot know, for `X-Forwarded-Prefix`.
    pub(crate) fn forwarded_prefix(&self) -> Option<&str> {
        self.forwarded.as_deref()
    }

    /// Scheme and authority as the origin knows itself: `https://origin.example.com`.
    pub(crate) fn own_name(&self) -> String {
        let scheme = self.origin.url.scheme_str().unwrap_or("http");
        format!("{scheme}://{}", self.own_authority())
    }

    /// The authority by which the origin knows itself, for `Host`.
    pub(crate) fn own_authority(&self) -> &str {
        let authority = self.origin.url.authority().map(Authority::as_str);
        self.origin
            .host
            .as_deref()
            .or(authority)
            .unwrap_or_default()
    }

    /// What a client asks for, as the origin is asked for it. For the main origin that is the same, byte for byte.
    ///
    /// # Errors
    /// [`BadRequest::NoPath`], [`BadRequest::AboveRoute`].
    pub(crate) fn target(&self, client: &Uri) -> Result<PathAndQuery, BadRequest> {
        let root = PathAndQuery::from_static("/");
        let asked = client.path_and_query().unwrap_or(&root);
        if !asked.path().starts_with('/') {
            return Err(BadRequest::NoPath);
        }
        if !self.is_part() {
            return Ok(asked.clone());
        }
        let rest = path::below(asked.path().as_bytes(), &self.path).ok_or(BadRequest::NoPath)?;
        if path::climbs(rest) {
            return Err(BadRequest::AboveRoute);
        }
        let target = self
            .inside(asked.as_str().as_bytes())
            .ok_or(BadRequest::NoPath)?;
        PathAndQuery::try_from(target).map_err(|_| BadRequest::NoPath)
    }

    /// Path and query by which its root is known, of a URL that is its bare path. The origin has `/` there, and relative URLs in
    /// what is there must lead below the route. `None`: the URL is another one, or the origin has none but paths of its own.
    pub(crate) fn root_of(&self, client: &Uri) -> Option<String> {
        let path = self.forwarded.as_deref()?;
        let query = client.query().map(|query| format!("?{query}"));
        (client.path() == path).then(|| format!("{path}/{}", query.unwrap_or_default()))
    }

    /// Whether its origin may have more than can be asked for.
    pub(crate) fn is_part(&self) -> bool {
        !(self.path.is_empty() && self.at.is_empty())
    }

    /// Path, query and fragment of a public URL, as the origin has them. `None`: they are not below this route, or lead out of it.
    pub(crate) fn inside(&self, target: &[u8]) -> Option<Vec<u8>> {
        let rest = path::below(path::of(target), &self.path)?;
        if self.is_part() && path::climbs(rest) {
            return None;
        }
        replaced(target, &self.path, &self.at)
    }

    /// A reference without a host in a response of this route, which starts with a slash (RFC 3986 §4.2: *absolute-path
    /// reference*), as the browser has to see it. `None`: it stays as it is.
    pub(crate) fn outside(&self, reference: &[u8]) -> Option<Vec<u8>> {
        let (from, to) = &self.whole;
        // Browsers take a backslash for a slash, and what follows two of them for a host.
        let hostless = match reference {
            [b'/', second, ..] => !matches!(second, b'/' | b'\\'),
            _ => reference == b"/",
        };
        if from == to || !hostless || self.knows_its_path(path::of(reference)) {
            return None;
        }
        replaced(reference, from, to)
    }

    /// The `Path` of a cookie of this route (RFC 6265 §5.2.4), as the browser has to see it. `None`: it stays as it is.
    pub(crate) fn cookie_path(&self, cookie: &[u8]) -> Option<Vec<u8>> {
        let (from, to) = &self.whole;
        if from == to || !cookie.starts_with(b"/") || self.knows_its_path(cookie) {
            return None;
        }
        // A cookie for what lies above the origin's own paths is for all of them.
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

    /// Whether a path of the origin's is below the path that it was told in `X-Forwarded-Prefix`: then it honours that.
    fn knows_its_path(&self, own: &[u8]) -> bool {
        let told = self.forwarded.as_deref();
        told.is_some_and(|told| path::below(own, told).is_some())
    }
}

/// `from` at the front of path, query and fragment, replaced by `to`; the path is never left empty.
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
