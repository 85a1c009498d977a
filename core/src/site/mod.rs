//! A site as one or several origins make it up: which of them a request goes to, and by what names they are known.

mod names;
mod path;
mod route;

use http::Request;

use crate::config::{Config, InvalidConfig, is_host};
use crate::head::request;
use crate::html::HtmlRules;
use crate::map::{BaseUrl, Scheme, UrlMap};

pub(crate) use names::{Names, host_and_port};
pub(crate) use route::Route;

/// A site, compiled.
#[derive(Clone)]
pub(crate) struct Site {
    /// What the browser sees in the place of the main origin. `None`: whatever it asked for.
    public: Option<BaseUrl>,
    /// `[origin]`, which takes what no route takes.
    main: Route,
    /// The routes, those with the longest paths first.
    routes: Vec<Route>,
    rules: HtmlRules,
    urls: UrlMap,
    names: Names,
}

impl Site {
    /// Compiles the parts of a configuration that say what the site consists of.
    ///
    /// # Errors
    /// [`InvalidConfig`], for a value that [`Config::from_toml`] would have refused.
    pub(crate) fn new(config: &Config) -> Result<Self, InvalidConfig> {
        let main = Route::main(&config.origin)?;
        let mut routes = config
            .routes
            .iter()
            .map(Route::new)
            .collect::<Result<Vec<_>, _>>()?;
        let names = Names::new(std::iter::once(&main).chain(&routes))?;
        let urls = UrlMap::new(names.origins()?);
        routes.sort_by_key(|route| std::cmp::Reverse(route.path().len()));
        Ok(Self {
            public: main.public().cloned(),
            main,
            routes,
            rules: HtmlRules::compile(&config.html).map_err(|error| InvalidConfig::of(&error))?,
            urls,
            names,
        })
    }

    /// What the browser sees in the place of the main origin, where the client asked for this host.
    pub(crate) fn public(&self, requested: Option<BaseUrl>) -> Option<BaseUrl> {
        self.public.clone().or(requested)
    }

    /// Finds the URLs of all origins.
    pub(crate) fn urls(&self) -> &UrlMap {
        &self.urls
    }

    /// The names of all origins.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// The route that takes a request for a host and a path: the longest one of that very host, else the longest one of
    /// any host, else the main origin.
    pub(crate) fn route(&self, requested: Option<&BaseUrl>, path: &str) -> &Route {
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

    /// The structure rules for the response to a request.
    pub(crate) fn rules(&self, request: &Request<()>) -> &HtmlRules {
        let requested = request::requested_host(request).ok().flatten();
        let route = self.route(requested.as_ref(), request.uri().path());
        route.rules().unwrap_or(&self.rules)
    }

    /// What the browser sees of this site: `public`, and what routes have of their own.
    pub(crate) fn hosts(&self, public: &BaseUrl) -> Vec<BaseUrl> {
        let own = self.routes.iter().filter_map(Route::public);
        std::iter::once(public).chain(own).cloned().collect()
    }

    /// The route whose URL a public URL is. `None`: it is not one of this site, which the browser sees as `public`.
    pub(crate) fn route_of(&self, url: &PublicUrl<'_>, public: &BaseUrl) -> Option<&Route> {
        let ours = url.public == *public
            || self
                .routes
                .iter()
                .any(|route| route.public() == Some(&url.public));
        ours.then(|| self.route_to(Some(&url.public), url.rest))?
    }

    /// The route that takes a request for a host and for path, query and fragment. `None`: no request can ask for these.
    pub(crate) fn route_to(&self, requested: Option<&BaseUrl>, target: &[u8]) -> Option<&Route> {
        let path = std::str::from_utf8(path::of(target)).ok()?;
        Some(self.route(requested, path))
    }
}

/// An absolute URL, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct PublicUrl<'a> {
    /// Scheme and authority.
    pub(crate) public: BaseUrl,
    /// Path, query and fragment; empty or with a `/`, `?` or `#` first.
    pub(crate) rest: &'a [u8],
}

impl<'a> PublicUrl<'a> {
    /// `None`: it is no `http` or `https` URL with an authority that is a host and perhaps a port.
    pub(crate) fn parse(url: &'a [u8]) -> Option<Self> {
        let start = url.windows(3).position(|bytes| bytes == b"://")? + 3;
        let (front, rest) = url.split_at_checked(start)?;
        let end = rest
            .iter()
            .position(|byte| b"/?#".contains(byte))
            .unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let scheme = match front.to_ascii_lowercase().as_slice() {
            b"http://" => Scheme::Http,
            b"https://" => Scheme::Https,
            _ => return None,
        };
        let public = BaseUrl::new(scheme, std::str::from_utf8(authority).ok()?).ok()?;
        Some(Self { public, rest })
    }

    /// Its path, which may be empty.
    pub(crate) fn path(&self) -> &'a [u8] {
        path::of(self.rest)
    }
}
