//! Which resources the gate may change, so that their hashes are no longer true.

use crate::map::{BaseUrl, Scheme};
use crate::media_type::{self, JAVASCRIPT};

/// The element that fetches a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Script,
    Link,
}

/// The resources that the gate may change.
#[derive(Debug, Clone)]
pub(crate) struct Resources {
    own: Vec<BaseUrl>,
    scripts: bool,
    styles: bool,
}

impl Resources {
    /// Makes the set of the resources of the given hosts whose types are `processable`. Returns
    /// `None` if neither scripts nor style sheets are.
    pub(crate) fn new(own: Vec<BaseUrl>, processable: &[String]) -> Option<Self> {
        let (scripts, styles) = (has_scripts(processable), has_styles(processable));
        (scripts || styles).then_some(Self {
            own,
            scripts,
            styles,
        })
    }

    /// Returns whether a tag with these attributes, of which only the first of each name counts,
    /// fetches such a resource.
    pub(super) fn has(&self, kind: Kind, attribute: impl Fn(&str) -> Option<String>) -> bool {
        let url = attribute(match kind {
            Kind::Script => "src",
            Kind::Link => "href",
        });
        let is_changed = match kind {
            Kind::Script => self.scripts,
            Kind::Link => self.has_link(
                &attribute("rel").unwrap_or_default().to_ascii_lowercase(),
                &attribute("as").unwrap_or_default().to_ascii_lowercase(),
            ),
        };
        is_changed && url.is_some_and(|url| self.has_url(&url))
    }

    fn has_link(&self, rel: &str, destination: &str) -> bool {
        let is = |wanted: &str| rel.split_ascii_whitespace().any(|token| token == wanted);
        match destination.trim() {
            _ if is("stylesheet") => self.styles,
            "style" => self.styles,
            "script" => self.scripts,
            "audio" | "font" | "image" | "track" | "video" => false,
            _ if is("modulepreload") => self.scripts,
            _ => true,
        }
    }

    /// Returns whether a URL is relative, or one of the public hosts.
    fn has_url(&self, url: &str) -> bool {
        // As the URL standard's parser does, §4.4.
        let url: String = url
            .trim_matches(|c: char| c <= ' ')
            .chars()
            .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
            .collect();
        // None of these is a URL's, but a script's that joins the tag of strings.
        if url.contains(['"', '\'']) || url.contains("${") || url.starts_with('+') {
            return false;
        }
        let is_scheme = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        let (scheme, rest) = match url.split_once(':').filter(|(start, _)| is_scheme(start)) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => {
                (Some(Scheme::Https), rest)
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
                (Some(Scheme::Http), rest)
            }
            Some(_) => return false,
            None => (None, url.as_str()),
        };
        let slash = |c: char| c == '/' || c == '\\';
        let Some(rest) = rest
            .strip_prefix(slash)
            .and_then(|rest| rest.strip_prefix(slash))
        else {
            return scheme.is_none();
        };
        let end = rest.find(|c: char| slash(c) || c == '?' || c == '#');
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.own.iter().any(|own| {
            scheme.is_none_or(|scheme| scheme == own.scheme())
                && BaseUrl::new(own.scheme(), authority).as_ref() == Ok(own)
        })
    }
}

fn has_scripts(types: &[String]) -> bool {
    JAVASCRIPT
        .iter()
        .any(|essence| media_type::is_listed(essence, types))
}

fn has_styles(types: &[String]) -> bool {
    media_type::is_listed("text/css", types)
}
