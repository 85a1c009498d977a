//! Cookies (RFC 6265): the hosts and paths that they are for.

use std::borrow::Cow;

use crate::config::host_and_port;
use crate::site::{View, belongs_to};

/// A cookie whose name starts with this prefix, in any letter case, is valid only with `Path=/` and
/// without a `Domain` (RFC 6265bis §4.1.3.2). It belongs to the host alone already.
const HOST_PREFIX: &[u8] = b"__Host-";

/// Maps the attributes `Domain` and `Path` of a cookie; every other one stays as it is written.
///
/// In `Domain` an origin's host becomes the public host, and a parent of several origins the parent
/// of their public hosts, if the site has one. Any other domain that the public host does not
/// belong to is removed, so that the cookie is kept for the public host alone.
pub(super) fn map<'v>(cookie: &'v [u8], view: View<'_>) -> Cow<'v, [u8]> {
    let name = cookie.trim_ascii_start();
    if name
        .get(..HOST_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(HOST_PREFIX))
    {
        return Cow::Borrowed(cookie);
    }
    let mut mapped: Vec<Cow<'_, [u8]>> = Vec::new();
    for (index, part) in cookie.split(|&byte| byte == b';').enumerate() {
        match Attribute::parse(part).filter(|_| index > 0) {
            Some(attribute) if attribute.is(b"domain") => {
                mapped.extend(map_domain(&attribute, view));
            }
            Some(attribute) if attribute.is(b"path") => {
                let path = view.route.cookie_path(attribute.value);
                mapped.push(path.map_or(Cow::Borrowed(part), |path| attribute.with(&path)));
            }
            _ => mapped.push(Cow::Borrowed(part)),
        }
    }
    let joined = mapped.join(&b';');
    if joined == cookie {
        Cow::Borrowed(cookie)
    } else {
        Cow::Owned(joined)
    }
}

/// Maps the attribute `Domain`. Returns `None` if the attribute is removed.
fn map_domain<'v>(attribute: &Attribute<'v>, view: View<'_>) -> Option<Cow<'v, [u8]>> {
    let kept = Some(Cow::Borrowed(attribute.part));
    let Some(seen) = view.seen else { return kept };
    let Ok(domain) = std::str::from_utf8(attribute.value) else {
        return kept;
    };
    let domain = domain
        .strip_prefix('.')
        .unwrap_or(domain)
        .to_ascii_lowercase();
    let public = host_and_port(seen.authority()).0;
    // A `Domain` attribute takes no IP address (RFC 6265 §5.1.3), and without one the cookie is the
    // host's alone anyway.
    if public.starts_with('[') || public.parse::<std::net::Ipv4Addr>().is_ok() {
        return None;
    }
    // A domain that the public host belongs to is right already, be it an origin's name or not.
    if belongs_to(public, &domain) {
        return kept;
    }
    let shared = view
        .site
        .cookie_domain(&domain, view.public.unwrap_or(seen))
        .filter(|shared| belongs_to(public, shared));
    match shared {
        Some(shared) => Some(attribute.with(shared.as_bytes())),
        None => view
            .site
            .names()
            .has_host(&domain)
            .then(|| attribute.with(public.as_bytes())),
    }
}

/// An attribute with a value, as written.
struct Attribute<'a> {
    part: &'a [u8],
    name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Attribute<'a> {
    fn parse(part: &'a [u8]) -> Option<Self> {
        let equals = part.iter().position(|&byte| byte == b'=')?;
        Some(Self {
            part,
            name: part.get(..equals)?.trim_ascii(),
            value: part.get(equals + 1..)?.trim_ascii(),
        })
    }

    fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Returns the attribute with another value.
    fn with(&self, value: &[u8]) -> Cow<'a, [u8]> {
        let equals = self.part.iter().position(|&byte| byte == b'=');
        let behind = equals.map_or(0, |equals| equals + 1);
        let name = self.part.get(..behind).unwrap_or_default();
        Cow::Owned([name, value].concat())
    }
}
