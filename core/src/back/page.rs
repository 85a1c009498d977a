//! Which requests a page of the site sends.

use http::{HeaderMap, HeaderName, header};

use crate::map::BaseUrl;
use crate::site::{AbsoluteUrl, View};

/// How a browser says from where a request comes (Fetch Metadata, §2.3).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns whether a page of the site sends the request: `Origin` or `Referer` is a URL of the
/// site, or the browser says that both are of one origin.
pub(super) fn is_of_a_page(head: &HeaderMap, view: View<'_>, public: &BaseUrl) -> bool {
    let is_ours = |name: HeaderName| {
        let url = head
            .get(name)
            .and_then(|url| AbsoluteUrl::parse(url.as_bytes()));
        url.is_some_and(|url| view.site.route_of(&url, public).is_some())
    };
    is_ours(header::ORIGIN)
        || is_ours(header::REFERER)
        || head
            .get(SEC_FETCH_SITE)
            .is_some_and(|site| site == "same-origin")
}
