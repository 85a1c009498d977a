//! Content security policies (CSP Level 3): their host sources, wherever these stand.

use std::borrow::Cow;

use super::{Mapping, tokens};

/// Directives whose values are names of other things than hosts.
const NAMES: [&[u8]; 3] = [b"report-to", b"trusted-types", b"sandbox"];

impl Mapping<'_> {
    /// Maps the host sources of a policy, and the URLs of `report-uri`. Every other expression, nonces and hashes among them,
    /// stays as it is; so does a source with a wildcard, which stands for hosts that are no origin of the site.
    pub(super) fn map_policy<'v>(&self, policy: &'v [u8]) -> Cow<'v, [u8]> {
        let mut mapped = Vec::with_capacity(policy.len());
        // A comma ends a whole policy (§2.2.1), and so its last directive too.
        for directive in policy.split_inclusive(|byte| matches!(byte, b';' | b',')) {
            mapped.extend_from_slice(&self.map_directive(directive));
        }
        if mapped == policy {
            Cow::Borrowed(policy)
        } else {
            Cow::Owned(mapped)
        }
    }

    fn map_directive<'v>(&self, directive: &'v [u8]) -> Cow<'v, [u8]> {
        let mut name: Option<Vec<u8>> = None;
        tokens(directive, b" \t;,", |token| match &name {
            None if token.is_empty() => None,
            None => {
                name = Some(token.to_ascii_lowercase());
                None
            }
            Some(name) if NAMES.contains(&name.as_slice()) => None,
            Some(name) if name == b"report-uri" => self.map_url(token),
            Some(_) => {
                let source = std::str::from_utf8(token).ok()?;
                let sources = self.site.names().sources(source, self.public?);
                (!sources.is_empty()).then(|| sources.join(" ").into_bytes())
            }
        })
    }

    /// Maps a URL, be it relative or not.
    fn map_url(&self, url: &[u8]) -> Option<Vec<u8>> {
        if let Some(mapped) = self.route.outside(url) {
            return Some(mapped);
        }
        match self.site.urls().map_bytes(self.public?, url) {
            Cow::Borrowed(_) => None,
            Cow::Owned(mapped) => Some(mapped),
        }
    }
}
