//! One resource, as an element of the page names it and as a field announces it.

use http::{HeaderMap, HeaderValue, header::LINK};
use lol_html::send::Element;

/// The maximum number of resources of a page.
pub(crate) const MAX_LINKS: usize = 8;
/// The maximum length of a URL in a field, in bytes.
pub(crate) const MAX_URL: usize = 512;

/// A resource to load early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preload {
    url: String,
    destination: &'static str,
    /// The parameter for the CORS mode of the request. The mode must be that of the element;
    /// otherwise the browser loads the resource twice.
    cors: &'static str,
    /// The parameter for the priority of the request.
    priority: &'static str,
}

impl Preload {
    /// Returns the style sheet that a `link` loads, if it holds back the first paint.
    pub(super) fn of_style_sheet(link: &Element<'_, '_>) -> Option<Self> {
        let relations = link.get_attribute("rel")?.to_ascii_lowercase();
        let mut relations = relations.split_ascii_whitespace();
        let applies = relations.clone().any(|relation| relation == "stylesheet")
            && relations.all(|relation| relation != "alternate")
            && is_on_screens(link)
            && is_one_of(link, "type", &["", "text/css"])
            && !link.has_attribute("disabled");
        if applies {
            Self::new(link, "href", "style")
        } else {
            None
        }
    }

    /// Returns the script that a `script` loads, if it holds back the parser.
    pub(super) fn of_script(script: &Element<'_, '_>) -> Option<Self> {
        let blocks = is_one_of(
            script,
            "type",
            &["", "text/javascript", "application/javascript"],
        ) && ["async", "defer", "nomodule"]
            .iter()
            .all(|name| !script.has_attribute(name));
        if blocks {
            Self::new(script, "src", "script")
        } else {
            None
        }
    }

    /// Returns what a `link` preloads by itself, if a field can say as much. One whose `type` the
    /// browser may not know is left to the browser.
    pub(super) fn of_preload(link: &Element<'_, '_>) -> Option<Self> {
        let relations = link.get_attribute("rel")?;
        let mut relations = relations.split_ascii_whitespace();
        let destination = link.get_attribute("as")?;
        let destination = ["style", "script", "font", "image"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(destination.trim_ascii()))?;
        let types: &[&str] = match destination {
            "style" => &["", "text/css"],
            "script" => &["", "text/javascript", "application/javascript"],
            "font" => &["", "font/woff2", "font/woff"],
            _ => &["", "image/png", "image/jpeg", "image/gif", "image/svg+xml"],
        };
        let applies = relations.any(|relation| relation.eq_ignore_ascii_case("preload"))
            && is_on_screens(link)
            && is_one_of(link, "type", types)
            && !link.has_attribute("imagesrcset");
        applies.then(|| Self::new(link, "href", destination))?
    }

    /// Returns the image of an `img` that the page calls important, if its URL is the only one.
    pub(super) fn of_hero(image: &Element<'_, '_>) -> Option<Self> {
        let applies = is_one_of(image, "fetchpriority", &["high"])
            && !is_one_of(image, "loading", &["lazy"])
            && !image.has_attribute("srcset");
        applies.then(|| Self::new(image, "src", "image"))?
    }

    fn new(element: &Element<'_, '_>, attribute: &str, destination: &'static str) -> Option<Self> {
        // The field would have to repeat these attributes for the browser to use the preloaded
        // response.
        if ["integrity", "nonce", "referrerpolicy"]
            .iter()
            .any(|name| element.has_attribute(name))
        {
            return None;
        }
        let cors = match element.get_attribute("crossorigin") {
            None => "",
            Some(mode) if mode.eq_ignore_ascii_case("use-credentials") => {
                "; crossorigin=use-credentials"
            }
            Some(_) => "; crossorigin",
        };
        let is_important = destination == "image" && is_one_of(element, "fetchpriority", &["high"]);
        Some(Self {
            url: url(&element.get_attribute(attribute)?)?,
            destination,
            cors,
            priority: if is_important {
                "; fetchpriority=high"
            } else {
                ""
            },
        })
    }

    /// Returns whether the URL has a scheme and a host.
    pub(super) fn is_absolute(&self) -> bool {
        let url = self.url.to_ascii_lowercase();
        url.starts_with("https://") || url.starts_with("http://")
    }

    /// Returns whether both are loaded from one URL, so that one field suffices.
    pub(super) fn has_the_url_of(&self, other: &Self) -> bool {
        self.url == other.url
    }

    /// Adds a field for the resource, unless a field names its URL already.
    pub(crate) fn announce(&self, head: &mut HeaderMap) {
        let target = format!("<{}>", self.url);
        let named = head.get_all(LINK).iter().any(|value| {
            value
                .as_bytes()
                .windows(target.len())
                .any(|window| window == target.as_bytes())
        });
        if named {
            return;
        }
        let Self {
            destination,
            cors,
            priority,
            ..
        } = self;
        let value = format!("{target}; rel=preload; as={destination}{cors}{priority}");
        if let Ok(value) = HeaderValue::try_from(value) {
            head.append(LINK, value);
        }
    }

    /// Makes a resource of its URL.
    #[cfg(test)]
    pub(super) fn test(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            destination: "style",
            cors: "",
            priority: "",
        }
    }
}

/// Returns whether an element's `media` is that of every screen.
fn is_on_screens(element: &Element<'_, '_>) -> bool {
    is_one_of(element, "media", &["", "all", "screen"])
}

/// Returns whether the value of an attribute is one of `values`. An absent attribute has the empty
/// value.
fn is_one_of(element: &Element<'_, '_>, attribute: &str, values: &[&str]) -> bool {
    let value = element.get_attribute(attribute).unwrap_or_default();
    values.contains(&value.trim_ascii().to_ascii_lowercase().as_str())
}

/// Returns the value of an attribute as a URI reference (RFC 3986 §4.1) that a field can contain.
/// Returns `None` if a field cannot contain the URL, or if the URL needs no request at all.
fn url(value: &str) -> Option<String> {
    let value = value.trim_ascii().replace("&amp;", "&");
    let unreserved = |byte: u8| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte);
    // A character reference that remains would be read as its literal characters.
    let plain = value.bytes().all(unreserved) && !(value.contains('&') && value.contains(';'));
    let fits = !value.is_empty() && value.len() <= MAX_URL && !value.starts_with('#');
    let scheme = value
        .split_once(':')
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let loads = match scheme.as_deref() {
        Some("http" | "https") | None => true,
        // A colon after a slash, a question mark or a number sign ends no scheme.
        Some(other) => other.contains(['/', '?', '#']),
    };
    (plain && fits && loads).then_some(value)
}
