//! Finds what is valid in a configuration and surely not meant: a value that can never have an
//! effect, or one that takes the effect of another away.
//!
//! Only what holds for every request and every response is told. `rules` looks at structure
//! rules, `fragments` at fragments, and `paths` compares patterns for paths.

mod fragments;
mod paths;
mod rules;
#[cfg(test)]
mod tests;

use http::uri::Authority;
use toml::de::DeTable;

use super::environment::Environment;
use super::error::{ConfigFinding, Misplaced, place_of};
use super::{Config, Integrity, Prefix, RouteConfig, Scope};
use crate::media_type::{is_enveloped, is_listed};
use paths::{EVERY, is_covered, is_never_requested, requested};

/// Looks for what is to be told.
struct Review<'a> {
    config: &'a Config,
    document: &'a DeTable<'a>,
    /// Whether some of the values stand in variables of the environment.
    has_variables: bool,
    found: Vec<Misplaced>,
}

impl Config {
    /// Returns what is valid in this configuration, read from `text`, and surely not meant, in the
    /// order of its places. `source` names the file, or whatever else `text` came from.
    ///
    /// ```
    /// use streamgate::Config;
    ///
    /// let text = "
    ///     origin.url = 'https://origin.example.com'
    ///     map.websocket_limit = '4 MiB'
    /// ";
    /// let config = Config::from_toml(text, "streamgate.toml")?;
    /// let warnings = config.warnings(text, "streamgate.toml");
    /// assert_eq!(
    ///     warnings[0].to_string(),
    ///     "streamgate.toml:3: map.websocket_limit: it has no effect without map.websocket = true"
    /// );
    /// # Ok::<(), streamgate::ConfigError>(())
    /// ```
    #[must_use]
    pub fn warnings(&self, text: &str, source: &str) -> Vec<ConfigFinding> {
        let (document, _) = DeTable::parse_recoverable(text);
        let has_variables = Environment::is_in(document.clone().get_mut());
        let mut review = Review {
            config: self,
            document: document.get_ref(),
            has_variables,
            found: Vec::new(),
        };
        review.origin();
        review.gate();
        review.cache();
        review.map();
        review.patterns();
        review.rules();
        review.fragments();
        review.routes();
        let mut found = review.found;
        found.sort_by_key(|found| found.span.start);
        let placed = found.into_iter();
        placed
            .map(|found| ConfigFinding::misplaced(found, text, source))
            .collect()
    }
}

impl Review<'_> {
    /// Tells something of a key, such as `map.except[0]`, if it is written.
    fn tell(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        if let Some(span) = place_of(self.document, key) {
            self.found.push(Misplaced {
                span,
                message: message.into(),
                help: help.into(),
            });
        }
    }

    /// Returns a value as it may be shown: what stands in a variable may be secret.
    fn shown<'v>(&self, value: &'v str) -> &'v str {
        if self.has_variables { "…" } else { value }
    }

    fn has(&self, key: &str) -> bool {
        place_of(self.document, key).is_some()
    }

    fn cache(&mut self) {
        let Some(cache) = self.config.cache.clone() else {
            for key in [
                "size",
                "object_size",
                "stale_while_revalidate",
                "stale_if_error",
                "collapse",
                "heuristic",
                "client_directives",
                "ignore_cookies",
                "except",
            ] {
                self.tell(
                    &format!("cache.{key}"),
                    "it has no effect without cache.enabled = true",
                    "write enabled = true, or remove it",
                );
            }
            return;
        };
        if cache.object_size > cache.size {
            self.tell(
                "cache.object_size",
                "no body as long is ever stored, as it is more than cache.size",
                "write a size below cache.size",
            );
        }
        if cache
            .ignore_cookies
            .iter()
            .any(|pattern| pattern.trim_matches('*').is_empty())
        {
            self.tell(
                "cache.ignore_cookies",
                "it has every cookie, so that a page for one person can become everyone's",
                "name the cookies that no page depends on, as [\"_ga*\"]",
            );
        }
    }

    fn origin(&mut self) {
        let routes = self.config.routes.iter().map(|route| &route.origin);
        let origins = std::iter::once(&self.config.origin).chain(routes);
        let without_pool: Vec<_> = origins
            .enumerate()
            .filter(|(_, origin)| origin.idle_connections == 0)
            .map(|(index, _)| match index {
                0 => "origin".to_owned(),
                index => format!("route[{}]", index - 1),
            })
            .collect();
        for table in without_pool {
            self.tell(
                &format!("{table}.idle_timeout"),
                "no connection is kept that it could be about, as idle_connections is 0",
                "remove idle_timeout, or let idle_connections be more than 0",
            );
        }
        let limits = &self.config.limits;
        if let (Some(all), Some(one)) = (limits.connections, limits.connections_per_client)
            && one > all
        {
            self.tell(
                "limits.connections_per_client",
                format!("it is never reached, as all clients together may have {all} connections"),
                "write a number below limits.connections",
            );
        }
    }

    fn gate(&mut self) {
        let gate = &self.config.gate;
        let is_named = self.config.origin.public.is_some();
        if !is_named && gate.public_hosts.is_none() && !self.config.trusted_proxies.is_empty() {
            self.tell(
                "gate.trusted_proxies",
                "the gate is behind a proxy, and without origin.public its pages name whichever \
                 host a request names",
                "write public = \"https://www.example.com\" under [origin], or list the hosts in \
                 gate.public_hosts",
            );
        }
        if !is_named && gate.public_hosts.as_ref().is_some_and(Vec::is_empty) {
            self.tell(
                "gate.public_hosts",
                "no host is served: every request that names one gets status 421",
                "list the hosts of the site, or write origin.public",
            );
        }
        let html_only = self.config.map.scope == Scope::Attributes;
        for (index, entry) in gate.processable.iter().enumerate() {
            let key = format!("gate.processable[{index}]");
            if is_enveloped(entry) {
                self.tell(
                    &key,
                    "its messages carry their lengths, which mapped URLs make wrong",
                    "remove it, so that such responses pass through",
                );
            } else if html_only && entry != "text/html" {
                self.tell(
                    &key,
                    "it has no effect with map.scope = \"attributes\", by which HTML alone is \
                     rewritten",
                    "remove it, or write map.scope = \"everywhere\"",
                );
            }
        }
        if !self.rewrites_html() {
            self.tell(
                "document.post_processors",
                "no document is ever processed, as no response of type text/html is",
                "add \"text/html\" to gate.processable, and leave its paths out of map.except",
            );
        }
    }

    fn map(&mut self) {
        let map = &self.config.map;
        let routes = &self.config.routes;
        if !map.websocket.is_on {
            self.tell(
                "map.websocket_limit",
                "it has no effect without map.websocket = true",
                "write websocket = true, or remove websocket_limit",
            );
        } else if map.scope == Scope::Attributes {
            self.tell(
                "map.websocket",
                "no message is mapped with map.scope = \"attributes\"",
                "write scope = \"everywhere\", or remove websocket",
            );
        }
        let is_on = map.back.is_on || routes.iter().any(|route| route.back.is_on);
        if !is_on {
            let why = match self.has("map.back") {
                true => "it has no effect with map.back = false",
                false => "it has no effect with map.scope = \"attributes\" unless map.back is true",
            };
            for key in ["back_types", "back_limit", "back_only", "back_except"] {
                self.tell(
                    &format!("map.{key}"),
                    why,
                    format!("write back = true, or remove {key}"),
                );
            }
        }
        for (index, route) in routes.iter().enumerate() {
            for key in ["back_only", "back_except"] {
                if !route.back.is_on {
                    self.tell(
                        &format!("route[{index}].{key}"),
                        "it has no effect, as back is false for this route",
                        format!("write back = true for the route, or remove {key}"),
                    );
                }
            }
        }
        let removes = map.integrity == Integrity::Remove;
        if map.scope == Scope::Attributes && removes {
            self.tell(
                "map.integrity",
                "nothing is removed with map.scope = \"attributes\", by which no script changes",
                "remove it, or write scope = \"everywhere\"",
            );
        }
        if map.scope == Scope::Attributes && !is_listed("text/html", &self.config.gate.processable)
        {
            self.tell(
                "map.scope",
                "nothing is mapped: it leaves HTML alone to be rewritten, which gate.processable \
                 does not have",
                "add \"text/html\" to gate.processable, or write scope = \"everywhere\"",
            );
        }
    }

    /// Tells of patterns that fit no path of a request.
    fn patterns(&mut self) {
        for (index, pattern) in self.config.map.except.iter().enumerate() {
            self.pattern(&format!("map.except[{index}]"), pattern);
        }
    }

    fn pattern(&mut self, key: &str, pattern: &str) {
        if is_never_requested(pattern) {
            self.tell(
                key,
                "it fits no path: browsers send such characters percent-encoded",
                format!("write {:?}", self.shown(&requested(pattern))),
            );
        }
    }

    /// Tells of names of the main origin that take URLs away from a route.
    fn routes(&mut self) {
        let authority = |uri: &http::Uri| uri.authority().map(Authority::to_string);
        let is_whole = |route: &RouteConfig| {
            route.base.is_empty() && (route.prefix == Prefix::Strip || route.path.is_empty())
        };
        for (index, alias) in self.config.origin.aliases.iter().enumerate() {
            let mut routes = self.config.routes.iter().enumerate();
            let taken = routes.find(|(_, route)| {
                is_whole(route) && authority(&route.origin.url) == authority(alias)
            });
            if let Some((route, _)) = taken {
                self.tell(
                    &format!("origin.aliases[{index}]"),
                    format!(
                        "it hides route[{route}], which is of this origin: its URLs lead to \
                             [origin]"
                    ),
                    "remove the alias",
                );
            }
        }
    }

    /// Returns whether there may be HTML that is rewritten.
    fn rewrites_html(&self) -> bool {
        is_listed("text/html", &self.config.gate.processable)
            && !is_covered(EVERY, &self.config.map.except)
    }
}
