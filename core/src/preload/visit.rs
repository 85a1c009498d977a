//! A request for a page, of which something may be known.

use std::sync::Arc;

use http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE};
use http::{HeaderMap, Method, Request};

use super::finder::{Finder, Wanted};
use super::learned::Learned;
use super::watch::Watch;
use crate::map::BaseUrl;

/// A `GET` or `HEAD` of a page.
pub(crate) struct Visit {
    learned: Arc<Learned>,
    /// The host that the client asked for, and the path.
    page: String,
    /// Whether the response has a body.
    has_body: bool,
    /// Whether the request says nothing of who the client is.
    is_anonymous: bool,
}

impl Visit {
    /// Notes a request. Returns `None` if it is no `GET` or `HEAD`. Pages that differ by their
    /// query are different ones if `by_query`.
    pub(crate) fn of(
        learned: &Arc<Learned>,
        request: &Request<()>,
        requested: Option<&BaseUrl>,
        by_query: bool,
    ) -> Option<Self> {
        let (method, target, head) = (request.method(), request.uri(), request.headers());
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let host = requested.map(|base| (base.scheme().as_str(), base.authority()));
        let (scheme, authority) = host.unwrap_or_default();
        let query = target.query().filter(|_| by_query);
        let (mark, query) = query.map_or(("", ""), |query| ("?", query));
        Some(Self {
            learned: Arc::clone(learned),
            page: format!("{scheme}://{authority}{}{mark}{query}", target.path()),
            has_body: method == Method::GET,
            is_anonymous: !head.contains_key(COOKIE) && !head.contains_key(AUTHORIZATION),
        })
    }

    /// Returns the stage that learns from the page, unless the page may be for this client alone.
    /// `head` is that of the origin's response.
    ///
    /// A URL in a personal page must not be announced to others. So a page is learned from if the
    /// request has neither cookies nor credentials, or if the origin calls the page `public`, and
    /// never if it calls it `private` or `no-store`.
    pub(crate) fn watch(&self, head: &HeaderMap) -> Option<Watch> {
        let says = |names: &[&str]| {
            let values = head.get_all(CACHE_CONTROL).iter();
            let texts = values.filter_map(|value| value.to_str().ok());
            let mut directives = texts.flat_map(|text| text.split(','));
            directives.any(|directive| {
                let name = directive.split('=').next().unwrap_or_default().trim();
                names.iter().any(|it| it.eq_ignore_ascii_case(name))
            })
        };
        let is_for_all = self.is_anonymous || says(&["public", "s-maxage"]);
        if !self.has_body || !is_for_all || says(&["private", "no-store"]) {
            return None;
        }
        let finder = Finder::new(Wanted::Early).ok()?;
        Some(Watch::new(
            finder,
            Arc::clone(&self.learned),
            self.page.clone(),
        ))
    }

    /// Announces what is known of the page.
    pub(crate) fn announce(&self, head: &mut HeaderMap) {
        for preload in self.learned.of(&self.page) {
            preload.announce(head);
        }
    }
}
