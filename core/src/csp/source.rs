//! Which URLs a source of a policy stands for (CSP3 §6.7.2.7).

use crate::map::{BaseUrl, Scheme};

/// A URL of the site, as a page writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SiteUrl {
    /// Scheme and host. `None` if they are those of the page.
    pub(crate) base: Option<BaseUrl>,
    /// The path. `None` if it is relative to that of the page.
    pub(crate) path: Option<String>,
}

/// Returns whether a source stands for a URL in a page whose own scheme and host are `page`. A
/// source with a path does not, where the path of the URL is not known.
pub(super) fn matches(source: &str, url: &SiteUrl, page: &BaseUrl) -> bool {
    let base = url.base.as_ref().unwrap_or(page);
    if source == "*" {
        return true;
    }
    if source.eq_ignore_ascii_case("'self'") {
        return base == page || (base.authority() == page.authority() && is_secure(base));
    }
    if let Some(scheme) = source.strip_suffix(':') {
        return has_scheme(base, scheme);
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None => (page.scheme().as_str(), source),
    };
    let (authority, path) = match rest.find('/').and_then(|at| rest.split_at_checked(at)) {
        Some((authority, path)) => (authority, Some(path)),
        None => (rest, None),
    };
    has_scheme(base, scheme) && has_authority(base, authority) && has_path(url, path)
}

fn is_secure(base: &BaseUrl) -> bool {
    base.scheme() == Scheme::Https
}

/// Returns whether a scheme of a source fits: `http` stands for `https` too (CSP3 §6.7.2.8).
fn has_scheme(base: &BaseUrl, scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case(base.scheme().as_str())
        || (scheme.eq_ignore_ascii_case("http") && is_secure(base))
}

/// Returns whether host and port of a source fit (CSP3 §6.7.2.9, 6.7.2.11).
fn has_authority(base: &BaseUrl, authority: &str) -> bool {
    let split = |authority: &'_ str| {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        (host.to_ascii_lowercase(), port.map(str::to_owned))
    };
    let (host, port) = split(authority);
    let (own, own_port) = split(base.authority());
    let default = base.scheme().default_port().to_string();
    let own_port = own_port.unwrap_or_else(|| default.clone());
    let has_port = match port.as_deref() {
        None => own_port == default,
        Some("*") => true,
        // An `http` source with its port stands for `https` with that.
        Some(port) => port == own_port || (port == "80" && own_port == default),
    };
    let has_host = match host.strip_prefix('*') {
        Some(domain) => domain.is_empty() || (domain.starts_with('.') && own.ends_with(domain)),
        None => host == own,
    };
    has_port && has_host
}

/// Returns whether the path of a source fits: one that ends with a slash stands for all below it
/// (CSP3 §6.7.2.12).
fn has_path(url: &SiteUrl, path: Option<&str>) -> bool {
    match (path, &url.path) {
        (None | Some("/"), _) => true,
        (Some(path), Some(own)) if path.ends_with('/') => own.starts_with(path),
        (Some(path), Some(own)) => own == path,
        (Some(_), None) => false,
    }
}
