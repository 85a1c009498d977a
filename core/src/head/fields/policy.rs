//! Content security policies (CSP Level 3): their host sources, wherever these stand.

use std::borrow::Cow;

use super::tokens::replace;
use crate::site::View;

/// The directives whose values name things other than hosts.
const NAMES: [&[u8]; 3] = [b"report-to", b"trusted-types", b"sandbox"];

/// The directive whose values are URLs.
const REPORT_URI: &[u8] = b"report-uri";

/// Maps the host sources of a policy, and the URLs of `report-uri`. Every other expression, nonces
/// and hashes among them, stays as it is; so does a source with a wildcard, for it may stand for
/// hosts that are no origin of the site. The public counterparts of the origins that the wildcard
/// allowed are added beside it.
pub(super) fn map<'v>(policy: &'v [u8], view: View<'_>) -> Cow<'v, [u8]> {
    let mut mapped = Vec::with_capacity(policy.len());
    // A comma ends a whole policy (§2.2.1), and so its last directive too.
    for directive in policy.split_inclusive(|byte| matches!(byte, b';' | b',')) {
        mapped.extend_from_slice(&map_directive(directive, view));
    }
    if mapped == policy {
        Cow::Borrowed(policy)
    } else {
        Cow::Owned(mapped)
    }
}

fn map_directive<'v>(directive: &'v [u8], view: View<'_>) -> Cow<'v, [u8]> {
    // The sources that the directive allows already, so that nothing is added twice.
    let mut allowed: Vec<Vec<u8>> = Vec::new();
    let mapped = in_directive(directive, |name, token| {
        let mapped = map_expression(name, token, view);
        let now = mapped.as_deref().unwrap_or(token);
        allowed.extend(now.split(|&byte| byte == b' ').map(<[u8]>::to_vec));
        mapped
    });
    let beside = in_directive(&mapped, |name, token| {
        if name == REPORT_URI {
            return None;
        }
        let mut sources = token.to_vec();
        for source in covered(token, view) {
            if !allowed.contains(&source) {
                sources.push(b' ');
                sources.extend_from_slice(&source);
                allowed.push(source);
            }
        }
        (sources != token).then_some(sources)
    });
    match beside {
        Cow::Owned(directive) => Cow::Owned(directive),
        Cow::Borrowed(_) => mapped,
    }
}

fn map_expression(name: &[u8], token: &[u8], view: View<'_>) -> Option<Vec<u8>> {
    if name == REPORT_URI {
        return map_url(token, view);
    }
    let source = std::str::from_utf8(token).ok()?;
    let sources = view.site.names().sources(source, view.public?);
    (!sources.is_empty()).then(|| sources.join(" ").into_bytes())
}

/// Returns the sources for the site's origins that a source with a wildcard allowed, as the browser
/// sees them.
fn covered(token: &[u8], view: View<'_>) -> Vec<Vec<u8>> {
    let source = std::str::from_utf8(token).ok();
    let sources = source.zip(view.public);
    let sources = sources.map(|(source, public)| view.site.names().covered(source, public));
    let sources = sources.into_iter().flatten();
    sources.map(String::into_bytes).collect()
}

/// Maps a URL, relative or absolute.
fn map_url(url: &[u8], view: View<'_>) -> Option<Vec<u8>> {
    if let Some(mapped) = view.route.outside(url) {
        return Some(mapped);
    }
    match view.site.urls().map_bytes(view.public?, url) {
        Cow::Borrowed(_) => None,
        Cow::Owned(mapped) => Some(mapped),
    }
}

/// Replaces the values of a directive that have a replacement, given the directive's name in lower
/// case.
fn in_directive<'v>(
    directive: &'v [u8],
    mut map: impl FnMut(&[u8], &[u8]) -> Option<Vec<u8>>,
) -> Cow<'v, [u8]> {
    let mut name: Option<Vec<u8>> = None;
    replace(directive, b" \t;,", |token| match &name {
        _ if token.is_empty() => None,
        None => {
            name = Some(token.to_ascii_lowercase());
            None
        }
        Some(name) if NAMES.contains(&name.as_slice()) => None,
        Some(name) => map(name, token),
    })
}
