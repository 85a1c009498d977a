//! What a platform lets the gate say about the name of an origin, and which keys need more.

use http::uri::Authority;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, ConfigFinding, Misplaced};
use super::{Config, Identity, OriginConfig};

/// Which name a platform puts into `Host` and into TLS for an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// The one that the gate says.
    Free,
    /// The authority of the origin's URL, whatever the gate says.
    OfUrl,
}

impl Config {
    /// Checks that a platform can ask the origins by the names that this configuration, read from
    /// `text`, gives them. `source` is the name of the file, or of another source of the text.
    ///
    /// # Errors
    /// Returns a [`ConfigError`] for all keys that the platform cannot comply with.
    pub(crate) fn check_names(
        &self,
        naming: Naming,
        text: &str,
        source: &str,
    ) -> Result<(), ConfigError> {
        if naming == Naming::Free {
            return Ok(());
        }
        let (document, _) = DeTable::parse_recoverable(text);
        let table = |name: &str| document.get_ref().get(name).map(toml::Spanned::get_ref);
        let routes = table("route").and_then(DeValue::as_array);
        let routes = routes.into_iter().flatten().map(toml::Spanned::get_ref);
        let tables = table("origin").into_iter().chain(routes);
        let own = self.routes.iter().map(|route| &route.origin);
        let origins = std::iter::once(&self.origin).chain(own);
        let faults: Vec<_> = tables
            .filter_map(DeValue::as_table)
            .zip(origins)
            .filter_map(|(table, origin)| fault(table, origin))
            .map(|fault| ConfigFinding::misplaced(fault, text, source))
            .collect();
        match faults.is_empty() {
            true => Ok(()),
            false => Err(ConfigError::of_all(faults)),
        }
    }
}

/// Returns what a platform that names origins by their URLs cannot comply with.
fn fault(table: &DeTable<'_>, origin: &OriginConfig) -> Option<Misplaced> {
    let authority = origin.url.authority().map(Authority::as_str);
    let renamed = origin.host.is_some() && origin.host.as_deref() != authority;
    let (key, what) = if renamed {
        ("host", "the authority of the URL as Host")
    } else if origin.tls_name.is_some() && Some(origin.certified_name()) != origin.url.host() {
        ("tls_name", "the host of the URL as the name in TLS")
    } else if origin.identity == Identity::Transparent {
        ("identity", "the authority of the URL as Host")
    } else {
        return None;
    };
    Some(Misplaced {
        span: table.get(key)?.span(),
        message: format!("this platform sends {what}, and no other"),
        help: format!("remove {key}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::parse;

    #[test]
    fn a_platform_that_names_origins_by_their_urls_refuses_other_names() {
        for (text, expected) in [
            ("", None),
            ("host = 'o.example'", None),
            ("identity = 'forwarded'", None),
            (
                "host = 'a.example'",
                Some(
                    "f.toml:3: origin.host: this platform sends the authority of the URL as Host, and no other",
                ),
            ),
            ("tls_name = 'o.example'", None),
            (
                "tls_name = 't.example'",
                Some(
                    "f.toml:3: origin.tls_name: this platform sends the host of the URL as the name in TLS, and no other",
                ),
            ),
            (
                "identity = 'transparent'",
                Some(
                    "f.toml:3: origin.identity: this platform sends the authority of the URL as Host, and no other",
                ),
            ),
            (
                "[[route]]\npath = '/a'\norigin = 'https://a.example/b'\nhost = 'a.example'\n[[route]]\npath = '/b'\norigin = 'https://b.example'\nidentity = 'transparent'",
                Some(
                    "f.toml:10: route[1].identity: this platform sends the authority of the URL as Host, and no other",
                ),
            ),
        ] {
            let text = format!("[origin]\nurl = 'https://o.example'\n{text}");
            let config = parse(&text);
            let error = config.check_names(Naming::OfUrl, &text, "f.toml").err();
            assert_eq!(
                error.map(|error| error.to_string()).as_deref(),
                expected,
                "{text}"
            );
            assert_eq!(config.check_names(Naming::Free, &text, "f.toml"), Ok(()));
        }
    }
}
