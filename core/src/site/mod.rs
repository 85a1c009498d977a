//! A site, made of one or several origins: which origin a request goes to, and by what names the
//! origins are known.

mod back;
mod names;
mod path;
mod public_suffix;
mod requested;
mod route;
mod url;

use http::{HeaderName, HeaderValue};

use crate::config::{Config, Identity, InvalidConfig, QueryParameter, is_host};
use crate::html::{FragmentRules, HtmlRules};
use crate::map::{BaseUrl, UrlMap};

use back::Back;
pub(crate) use names::{OriginNames, belongs_to};
pub(crate) use path::decode;
pub use public_suffix::is_public_suffix;
pub(crate) use requested::{BadRequest, requested_host};
pub(crate) use route::Route;
pub(crate) use url::AbsoluteUrl;

/// A site as one exchange sees it: where the request goes, and under which names the browser sees
/// the site.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// The origins.
    pub(crate) site: &'a Site,
    /// The origin that the request is for.
    pub(crate) route: &'a Route,
    /// The base URL that takes the place of the main origin's. `None` if it is unknown: origins
    /// then keep their names.
    pub(crate) public: Option<&'a BaseUrl>,
    /// The base URL by which the browser asks. `None` if it is unknown.
    pub(crate) seen: Option<&'a BaseUrl>,
}

impl<'a> View<'a> {
    /// Returns the structure rules for the response.
    pub(crate) fn rules(self) -> &'a HtmlRules {
        self.route.rules().unwrap_or(&self.site.rules)
    }

    /// Returns the `Host` with which the origin is asked.
    pub(crate) fn host(self) -> Option<HeaderValue> {
        match self.seen {
            Some(seen) if self.route.origin().identity == Identity::Transparent => {
                HeaderValue::try_from(seen.authority()).ok()
            }
            _ => self.route.own_host().cloned(),
        }
    }

    /// Returns scheme and authority that the origin is asked for: its own, or the public ones if it
    /// is told the public host.
    pub(crate) fn asked(self) -> (&'a str, &'a str) {
        match self.seen {
            Some(seen) if self.route.origin().identity == Identity::Transparent => {
                (seen.scheme().as_str(), seen.authority())
            }
            _ => (self.route.own_scheme(), self.route.own_authority()),
        }
    }
}

/// A site, compiled.
#[derive(Clone)]
pub(crate) struct Site {
    /// The base URL that the browser sees in the place of the main origin's. `None` if that is
    /// whatever the browser asked for.
    public: Option<BaseUrl>,
    /// The origin of `[origin]`, which takes the requests that no route takes.
    main: Route,
    /// The routes, those with the longest paths first.
    routes: Vec<Route>,
    rules: HtmlRules,
    fragments: FragmentRules,
    urls: UrlMap,
    back: Back,
    names: OriginNames,
    /// `map.queries`.
    queries: Option<Vec<QueryParameter>>,
    /// `map.cookie_domain`.
    cookie_domain: Option<String>,
    /// `gate.public_hosts`.
    hosts: Option<Vec<String>>,
    /// The fields of requests and of responses in which URLs are mapped on the configuration's
    /// word.
    fields: (Vec<HeaderName>, Vec<HeaderName>),
}

impl Site {
    /// Compiles the parts of a configuration that say what the site consists of.
    ///
    /// # Errors
    /// Returns [`InvalidConfig`] for a value that [`Config::from_toml`] would have refused.
    pub(crate) fn new(config: &Config) -> Result<Self, InvalidConfig> {
        let main = Route::main(&config.origin, &config.map.back)?;
        let mut routes = config
            .routes
            .iter()
            .enumerate()
            .map(|(place, route)| Route::new(route, place))
            .collect::<Result<Vec<_>, _>>()?;
        let names = OriginNames::new(std::iter::once(&main).chain(&routes))?;
        let urls = UrlMap::new(names.origins()?);
        let back = Back::new(std::iter::once(&main).chain(&routes))?;
        routes.sort_by_key(|route| std::cmp::Reverse(route.path().len()));
        Ok(Self {
            public: main.public().cloned(),
            main,
            routes,
            rules: HtmlRules::compile(&config.html, "html")
                .map_err(|error| InvalidConfig::of(&error))?,
            fragments: FragmentRules::compile(&config.fragments)
                .map_err(|error| InvalidConfig::of(&error))?,
            urls,
            back,
            names,
            queries: config.map.queries.clone(),
            cookie_domain: config.map.cookie_domain.clone(),
            hosts: config.gate.public_hosts.clone(),
            fields: (
                config.map.request_fields.clone(),
                config.map.response_fields.clone(),
            ),
        })
    }

    /// Returns whether a request may name this host: one of those listed, or a public one. Without
    /// a list, it may name any.
    pub(crate) fn is_served_as(&self, requested: &BaseUrl) -> bool {
        let public = self
            .public
            .iter()
            .chain(self.routes.iter().filter_map(Route::public));
        let mut public = public.map(BaseUrl::authority);
        let is_it = |host: &str| is_host(host, requested.authority());
        self.hosts
            .as_ref()
            .is_none_or(|hosts| hosts.iter().any(|host| is_it(host)) || public.any(is_it))
    }

    /// Returns the site as one exchange sees it, for a request to a host and a path.
    pub(crate) fn view<'a>(&'a self, requested: Option<&'a BaseUrl>, path: &str) -> View<'a> {
        let route = self.route(requested, path);
        let public = self.public.as_ref().or(requested);
        View {
            site: self,
            route,
            public,
            seen: route.public().or(public),
        }
    }

    /// Returns what belongs into pages late.
    pub(crate) fn fragments(&self) -> &FragmentRules {
        &self.fragments
    }

    /// Returns the map that finds the URLs of all origins.
    pub(crate) fn urls(&self) -> &UrlMap {
        &self.urls
    }

    /// Returns what undoes URL mapping in what comes back.
    pub(crate) fn back(&self) -> &Back {
        &self.back
    }

    /// Returns the fields of requests that the configuration names.
    pub(crate) fn request_fields(&self) -> &[HeaderName] {
        &self.fields.0
    }

    /// Returns the parameters of queries whose URLs become the origins', as the configuration says.
    pub(crate) fn queries(&self) -> Option<&[QueryParameter]> {
        self.queries.as_deref()
    }

    /// Returns the fields of responses that the configuration names.
    pub(crate) fn response_fields(&self) -> &[HeaderName] {
        &self.fields.1
    }

    /// Returns the domain of cookies that takes the place of a parent of origins: the configured
    /// one, else the one that their public hosts show. Returns `None` if there is none.
    pub(crate) fn cookie_domain<'a>(
        &'a self,
        domain: &str,
        public: &'a BaseUrl,
    ) -> Option<&'a str> {
        match &self.cookie_domain {
            Some(configured) => Some(configured.as_str()).filter(|_| self.names.has_below(domain)),
            None => self.names.shared(domain, public),
        }
    }

    /// Returns the names of all origins.
    pub(crate) fn names(&self) -> &OriginNames {
        &self.names
    }

    /// Returns the route that takes a request for a host and a path: the longest route of that very
    /// host, else the longest route of any host, else the main origin.
    fn route(&self, requested: Option<&BaseUrl>, path: &str) -> &Route {
        let takes = |own: bool| {
            self.routes.iter().find(move |route| {
                let of_host = match route.public() {
                    Some(public) => {
                        own && requested
                            .is_some_and(|host| is_host(public.authority(), host.authority()))
                    }
                    None => !own,
                };
                of_host && path::below(path.as_bytes(), route.path()).is_some()
            })
        };
        takes(true).or_else(|| takes(false)).unwrap_or(&self.main)
    }

    /// Returns the base URLs that the browser sees of this site: `public`, and those that routes
    /// have of their own.
    pub(crate) fn hosts(&self, public: &BaseUrl) -> Vec<BaseUrl> {
        let own = self.routes.iter().filter_map(Route::public);
        std::iter::once(public).chain(own).cloned().collect()
    }

    /// Returns the route that a public URL belongs to. Returns `None` if the URL is not on this
    /// site, which the browser sees as `public`.
    pub(crate) fn route_of(&self, url: &AbsoluteUrl<'_>, public: &BaseUrl) -> Option<&Route> {
        let ours = url.base == *public
            || self
                .routes
                .iter()
                .any(|route| route.public() == Some(&url.base));
        ours.then(|| self.route_to(Some(&url.base), url.rest))?
    }

    /// Returns the route that takes a request for a host and for path, query and fragment. Returns
    /// `None` if no request can ask for these.
    pub(crate) fn route_to(&self, requested: Option<&BaseUrl>, target: &[u8]) -> Option<&Route> {
        let path = std::str::from_utf8(path::of(target)).ok()?;
        Some(self.route(requested, path))
    }
}
