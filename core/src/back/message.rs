//! Messages of WebSockets: texts, each of which is mapped as JSON is, whatever it is.

use std::borrow::Cow;

use http::Request;

use super::json::Json;
use super::page::is_of_a_page;
use crate::config::BackValues;
use crate::map::{BaseUrl, UrlMap};
use crate::pipeline::Pipeline;
use crate::site::View;

/// What makes the origin's text of what the client of one WebSocket sends.
#[derive(Debug)]
pub(crate) struct BackMap {
    urls: UrlMap,
    public: BaseUrl,
    values: BackValues,
}

impl BackMap {
    /// Decides by the client's handshake whether its messages are mapped back. Returns `None` if
    /// they go on as they are: with `back = false`, if no page of the site opens the connection, or
    /// if the origin is told the public host.
    pub(crate) fn of(request: &Request<()>, view: View<'_>) -> Option<Self> {
        let config = view.route.back();
        let public = view.public?;
        if !config.is_on
            || view.route.origin().identity.tells_public_host()
            || !is_of_a_page(request.headers(), view, public)
        {
            return None;
        }
        Some(Self {
            urls: view.site.back().from(public),
            public: public.clone(),
            values: config.values.clone(),
        })
    }

    /// Maps a whole text.
    pub(crate) fn map_bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let json = Json::new(self.urls.to(&self.public), self.values.clone());
        match Pipeline::new(vec![Box::new(json)]).run_to_vec(text) {
            Ok(mapped) if mapped != text => Cow::Owned(mapped),
            _ => Cow::Borrowed(text),
        }
    }
}
