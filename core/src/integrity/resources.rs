//! Which resources of a page the gate may change, so that their hashes are no longer true.

use crate::csp::{Policies, SiteUrl};
use crate::map::{BaseUrl, Scheme};
use crate::media_type::{self, JAVASCRIPT};

/// The element that fetches a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Script,
    Link,
}

/// What a resource is fetched for, if the gate may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    Script,
    Style,
    /// It may be either.
    Unknown,
}

/// The resources of a page that the gate may change.
#[derive(Debug, Clone)]
pub(crate) struct Resources {
    /// The scheme and host of the page.
    page: BaseUrl,
    /// The public hosts.
    own: Vec<BaseUrl>,
    scripts: bool,
    styles: bool,
}

impl Resources {
    /// Makes the set of the resources of the given hosts whose types are `processable`, for a page
    /// at the host `page`. Returns `None` if neither scripts nor style sheets are.
    pub(crate) fn new(page: BaseUrl, own: Vec<BaseUrl>, processable: &[String]) -> Option<Self> {
        let (scripts, styles) = (has_scripts(processable), has_styles(processable));
        (scripts || styles).then_some(Self {
            page,
            own,
            scripts,
            styles,
        })
    }

    /// Returns the destinations (Fetch standard) whose resources may be changed.
    pub(super) fn destinations(&self) -> impl Iterator<Item = &'static str> {
        let scripts = self.scripts.then_some("script");
        let styles = self.styles.then_some("style");
        scripts.into_iter().chain(styles)
    }

    /// Returns whether the integrity metadata must go of a tag with these attributes, of which only
    /// the first of each name counts: the gate may change what the tag fetches, and no policy lets
    /// the page fetch that only because of the metadata.
    pub(super) fn lose(
        &self,
        element: Element,
        policies: &Policies,
        attribute: impl Fn(&str) -> Option<String>,
    ) -> bool {
        let url = attribute(match element {
            Element::Script => "src",
            Element::Link => "href",
        });
        let (Some(destination), Some(url)) = (
            self.destination(element, &attribute),
            url.and_then(|url| self.site_url(&url)),
        ) else {
            return false;
        };
        destination != Destination::Script
            || policies.is_empty()
            || !policies.ask_for_integrity(
                &url,
                &self.page,
                attribute("nonce").as_deref(),
                &attribute("integrity").unwrap_or_default(),
            )
    }

    /// Returns whether the integrity metadata must go that an import map has for a module.
    pub(super) fn lose_module(&self, policies: &Policies, url: &str, metadata: &str) -> bool {
        self.scripts
            && self
                .site_url(url)
                .is_some_and(|url| !policies.ask_for_integrity(&url, &self.page, None, metadata))
    }

    fn destination(
        &self,
        element: Element,
        attribute: impl Fn(&str) -> Option<String>,
    ) -> Option<Destination> {
        let scripts = self.scripts.then_some(Destination::Script);
        let styles = self.styles.then_some(Destination::Style);
        if element == Element::Script {
            return scripts;
        }
        let value = |name| attribute(name).unwrap_or_default().to_ascii_lowercase();
        let (rel, destination) = (value("rel"), value("as"));
        let is = |wanted: &str| rel.split_ascii_whitespace().any(|token| token == wanted);
        match destination.trim() {
            _ if is("stylesheet") => styles,
            "style" => styles,
            "script" => scripts,
            "audio" | "font" | "image" | "track" | "video" => None,
            _ if is("modulepreload") => scripts,
            _ => Some(Destination::Unknown),
        }
    }

    /// Returns a URL that is relative, or of one of the public hosts, taken apart.
    fn site_url(&self, url: &str) -> Option<SiteUrl> {
        // As the URL standard's parser does, §4.4.
        let url: String = url
            .trim_matches(|c: char| c <= ' ')
            .chars()
            .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
            .collect();
        // None of these is a URL's, but a script's that joins the tag of strings.
        if url.contains(['"', '\'']) || url.contains("${") || url.starts_with('+') {
            return None;
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
            Some(_) => return None,
            None => (None, url.as_str()),
        };
        let slash = |c: char| c == '/' || c == '\\';
        let is_end = |c: char| c == '?' || c == '#';
        let path_of = |rest: &str| {
            let path = rest
                .split(is_end)
                .next()
                .filter(|path| path.starts_with(slash));
            path.map(|path| path.replace('\\', "/"))
        };
        let Some(rest) = rest
            .strip_prefix(slash)
            .and_then(|rest| rest.strip_prefix(slash))
        else {
            return scheme.is_none().then(|| SiteUrl {
                base: None,
                path: path_of(rest),
            });
        };
        let end = rest.find(|c: char| slash(c) || is_end(c));
        let (authority, path) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        let own = self.own.iter().find(|own| {
            scheme.is_none_or(|scheme| scheme == own.scheme())
                && BaseUrl::new(own.scheme(), authority).as_ref() == Ok(*own)
        })?;
        Some(SiteUrl {
            base: Some(own.clone()),
            path: path_of(path).or_else(|| Some("/".to_owned())),
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
