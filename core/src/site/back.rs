//! The map of what comes back: URLs that the gate made public in a response become the origins'
//! again, by the same names, with the roles exchanged.

use std::sync::OnceLock;

use http::Uri;

use super::names::OriginName;
use super::route::Route;
use crate::config::InvalidConfig;
use crate::map::{BaseUrl, Origin, UrlMap};

/// What undoes URL mapping.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    /// The origins, each under the name by which it knows itself: an alias has no way back.
    origins: Vec<Origin>,
    /// The map for the first public URL that there was, which is mostly the only one.
    first: OnceLock<(BaseUrl, UrlMap)>,
}

impl Back {
    pub(super) fn new<'a>(routes: impl Iterator<Item = &'a Route>) -> Result<Self, InvalidConfig> {
        let origins = routes.map(|route| {
            let own: Uri = route
                .own_name()
                .parse()
                .map_err(|error| InvalidConfig::of(&format_args!("host: {error}")))?;
            OriginName::new(&own, route)?.origin()
        });
        Ok(Self {
            origins: origins.collect::<Result<_, _>>()?,
            first: OnceLock::new(),
        })
    }

    /// Returns the map that finds the URLs of the site as the browser sees them, where `public`
    /// stands for the main origin, and makes them the origins'. Of several routes on one public
    /// host, the one with the longest path that fits counts.
    pub(crate) fn from(&self, public: &BaseUrl) -> UrlMap {
        let (of, map) = self
            .first
            .get_or_init(|| (public.clone(), self.made(public)));
        if of == public {
            map.clone()
        } else {
            self.made(public)
        }
    }

    fn made(&self, public: &BaseUrl) -> UrlMap {
        let origins = self.origins.iter();
        UrlMap::new(origins.map(|origin| origin.exchanged(public)))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::site::Site;

    const ROUTES: &str = r#"
        [origin]
        url     = "https://origin.example.com"
        public  = "{p}"
        aliases = ["https://old.example.com"]

        [[route]]
        path   = "/img"
        origin = "https://cdn.example.net/assets"

        [[route]]
        path   = "/img/raw"
        origin = "https://raw.example.net"

        [[route]]
        path   = "/api"
        prefix = "keep"
        origin = "https://api.example.net"
        host   = "api.internal.test"

        [[route]]
        public = "https://blog.example.org"
        origin = "http://127.0.0.1:8081"
    "#;

    #[test]
    fn a_public_url_becomes_that_of_the_origin_which_its_path_belongs_to() {
        for public in ["https://www.example.org", "https://m.example.org:8443"] {
            let config = Config::from_toml(&ROUTES.replace("{p}", public), "test");
            let site = Site::new(&config.expect("a configuration")).expect("a site");
            let base = public.parse().expect("a URL");
            let map = site.back().from(&base);
            for (there, here) in [
                ("{p}", "https://origin.example.com"),
                ("{p}/", "https://origin.example.com/"),
                ("{p}/news?a=1", "https://origin.example.com/news?a=1"),
                ("{p}/img/a.png", "https://cdn.example.net/assets/a.png"),
                ("{p}/img", "https://cdn.example.net/assets"),
                ("{p}/img/raw/a.png", "https://raw.example.net/a.png"),
                (
                    "{p}/img/raws/a.png",
                    "https://cdn.example.net/assets/raws/a.png",
                ),
                (
                    "{p}/images/a.png",
                    "https://origin.example.com/images/a.png",
                ),
                ("{p}/api/v1", "https://api.internal.test/api/v1"),
                ("https://blog.example.org/x", "http://127.0.0.1:8081/x"),
                ("https://elsewhere.test/img", "https://elsewhere.test/img"),
            ] {
                let text = there.replace("{p}", public);
                let mapped = map.map_bytes(&base, text.as_bytes());
                assert_eq!(String::from_utf8_lossy(&mapped), here, "{text}");
                let out = site.urls().map_bytes(&base, &mapped);
                assert_eq!(String::from_utf8_lossy(&out), text, "{here}");
            }
        }
    }
}
