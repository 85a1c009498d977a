//! `preload-links`: announces, in the head of the response, resources that the head of the document
//! loads.

use std::cell::{Cell, RefCell};

use http::{HeaderMap, HeaderValue, header::LINK};
use lol_html::html_content::Element;
use lol_html::{ElementContentHandlers, HandlerResult, HtmlRewriter, MemorySettings, Settings};

use super::post_processor::{Document, DocumentPostProcessor, PostProcessError};

/// The maximum number of fields that are added.
const MAX_LINKS: usize = 8;
/// The maximum length of a URL in a field, in bytes.
const MAX_URL: usize = 512;
/// The memory limit for parsing the document's head, in bytes.
const MEMORY_LIMIT: usize = 256 * 1024;

/// Adds `Link: <…>; rel=preload` fields (HTML standard §4.2.4.4, RFC 8288 §3) for the resources
/// that hold back the first paint: the style sheets and the blocking scripts in the document's
/// head. Adds at most eight, in document order, and none for a URL that a `Link` field already
/// names. A CDN in front of the gate can turn them into a 103 response (RFC 8297).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PreloadLinks;

impl PreloadLinks {
    /// The name of this post-processor in `document.post_processors`.
    pub(super) const NAME: &str = "preload-links";
}

impl DocumentPostProcessor for PreloadLinks {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn fingerprint(&self) -> u64 {
        1
    }

    fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError> {
        for preload in Preload::collect(&document.body)? {
            preload.announce(&mut document.head);
        }
        Ok(())
    }
}

/// A resource to load early.
#[derive(Debug, PartialEq, Eq)]
struct Preload {
    url: String,
    destination: &'static str,
    /// The parameter for the CORS mode of the request. The mode must be that of the element;
    /// otherwise the browser loads the resource twice.
    cors: Option<&'static str>,
}

impl Preload {
    /// Collects the resources that the head of a document loads.
    fn collect(body: &[u8]) -> Result<Vec<Self>, PostProcessError> {
        let found = RefCell::new(Vec::new());
        let base = Cell::new(false);
        let templates = std::rc::Rc::new(Cell::new(0_usize));
        let left = Cell::new(false);
        let handler = |element: &mut Element<'_, '_>| -> HandlerResult {
            let name = element.tag_name();
            match name.as_str() {
                "base" => base.set(base.get() || element.has_attribute("href")),
                "template" => {
                    templates.set(templates.get() + 1);
                    let templates = templates.clone();
                    element.on_end_tag(Box::new(move |_| {
                        templates.set(templates.get().saturating_sub(1));
                        Ok(())
                    }))?;
                }
                _ if templates.get() > 0 => {}
                "link" => found.borrow_mut().extend(Self::of_link(element)),
                "script" => found.borrow_mut().extend(Self::of_script(element)),
                "html" | "head" | "basefont" | "bgsound" | "meta" | "title" | "noscript"
                | "noframes" | "style" => {}
                // The body has begun: the rest need not be parsed.
                _ => {
                    left.set(true);
                    return Err("the head has ended".into());
                }
            }
            Ok(())
        };
        let selector = "*".parse().map_err(PostProcessError::new)?;
        let settings = Settings::new()
            .with_strict(false)
            .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY_LIMIT))
            .append_element_content_handler((
                std::borrow::Cow::Owned(selector),
                ElementContentHandlers::default().element(handler),
            ));
        let mut parser = HtmlRewriter::new(settings, |_: &[u8]| {});
        match parser.write(body) {
            Err(error) if !left.get() => return Err(PostProcessError::new(error.to_string())),
            _ => drop(parser),
        }
        let mut found = found.into_inner();
        // A relative URL in a field is relative to the document's own URL, not to its `base`.
        found.retain(|preload| !base.get() || is_absolute(&preload.url));
        found.truncate(MAX_LINKS);
        Ok(found)
    }

    fn of_link(link: &Element<'_, '_>) -> Option<Self> {
        let relations = link.get_attribute("rel")?.to_ascii_lowercase();
        let mut relations = relations.split_ascii_whitespace();
        let applies = relations.clone().any(|relation| relation == "stylesheet")
            && relations.all(|relation| relation != "alternate")
            && is_one_of(link, "media", &["", "all", "screen"])
            && is_one_of(link, "type", &["", "text/css"])
            && !link.has_attribute("disabled");
        if applies {
            Self::new(link, "href", "style")
        } else {
            None
        }
    }

    fn of_script(script: &Element<'_, '_>) -> Option<Self> {
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
            None => None,
            Some(mode) if mode.eq_ignore_ascii_case("use-credentials") => {
                Some("; crossorigin=use-credentials")
            }
            Some(_) => Some("; crossorigin"),
        };
        let url = url(&element.get_attribute(attribute)?)?;
        Some(Self {
            url,
            destination,
            cors,
        })
    }

    fn announce(&self, head: &mut HeaderMap) {
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
        let value = format!(
            "{target}; rel=preload; as={}{}",
            self.destination,
            self.cors.unwrap_or_default()
        );
        if let Ok(value) = HeaderValue::try_from(value) {
            head.append(LINK, value);
        }
    }
}

/// Returns whether the value of an attribute is one of `values`. An absent attribute has the empty
/// value, which comes first in `values`.
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

fn is_absolute(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the `Link` fields that a document gets in addition to those of `head`.
    fn links(head: &[&'static str], body: &str) -> Vec<String> {
        let fields = head
            .iter()
            .map(|value| (LINK, HeaderValue::from_static(value)))
            .collect();
        let mut document = Document {
            path: "/",
            head: fields,
            body: body.as_bytes().to_vec(),
        };
        PreloadLinks.process(&mut document).expect(body);
        assert_eq!(document.body, body.as_bytes());
        let values = document.head.get_all(LINK).iter().skip(head.len());
        values
            .map(|value| value.to_str().expect("visible ASCII").to_owned())
            .collect()
    }

    #[test]
    fn what_blocks_the_first_paint_is_announced() {
        for (element, expected) in [
            (
                "<link rel=stylesheet href=/a.css>",
                "</a.css>; rel=preload; as=style",
            ),
            (
                "<link rel='preload STYLESHEET' media=' Screen' type=text/css href=' a.css?b&amp;c '>",
                "<a.css?b&c>; rel=preload; as=style",
            ),
            (
                "<link rel=stylesheet href=//cdn.example/a.css crossorigin>",
                "<//cdn.example/a.css>; rel=preload; as=style; crossorigin",
            ),
            (
                "<script src=https://a.example/a.js></script>",
                "<https://a.example/a.js>; rel=preload; as=script",
            ),
            (
                "<script type=text/javascript src=a.js crossorigin=use-credentials></script>",
                "<a.js>; rel=preload; as=script; crossorigin=use-credentials",
            ),
            (
                "<script src='/a:b.js'></script>",
                "</a:b.js>; rel=preload; as=script",
            ),
        ] {
            for page in [
                format!("<!doctype html><html><head>{element}</head><body>"),
                element.to_owned(),
            ] {
                assert_eq!(links(&[], &page), [expected], "{page}");
            }
        }
    }

    #[test]
    fn what_blocks_nothing_or_cannot_stand_in_a_field_is_not_announced() {
        for element in [
            "<link rel=stylesheet>",
            "<link rel=stylesheet href=''>",
            "<link rel=icon href=a.css>",
            "<link rel='alternate stylesheet' href=a.css>",
            "<link rel=stylesheet href=a.css media=print>",
            "<link rel=stylesheet href=a.css media='(max-width: 9em)'>",
            "<link rel=stylesheet href=a.css type=text/less>",
            "<link rel=stylesheet href=a.css disabled>",
            "<link rel=stylesheet href=a.css integrity=sha256-x>",
            "<link rel=stylesheet href='a>b.css'>",
            "<link rel=stylesheet href='a\r\nSet-Cookie: b'>",
            "<link rel=stylesheet href='a&#10;b'>",
            "<link rel=stylesheet href='ä.css'>",
            "<link rel=stylesheet href='a b.css'>",
            "<link rel=stylesheet href='data:text/css,a'>",
            "<script>a</script>",
            "<script async src=a.js></script>",
            "<script defer src=a.js></script>",
            "<script type=module src=a.js></script>",
            "<script nomodule src=a.js></script>",
            "<script type=application/json src=a.js></script>",
            "<script src=javascript:a></script>",
            "<script src=a.js nonce=b></script>",
            "<template><link rel=stylesheet href=a.css></template>",
            "<noscript><link rel=stylesheet href=a.css></noscript>",
            "<!-- <link rel=stylesheet href=a.css> -->",
            "<base href=/b/><link rel=stylesheet href=/a.css>",
            "<body><link rel=stylesheet href=a.css>",
            "<p><script src=a.js></script>",
        ] {
            assert_eq!(links(&[], element), [""; 0], "{element}");
        }
        let long = format!("<script src={}></script>", "a".repeat(MAX_URL + 1));
        assert_eq!(links(&[], &long), [""; 0]);
    }

    #[test]
    fn an_absolute_url_is_announced_beside_a_base_and_one_that_is_named_is_not_again() {
        assert_eq!(
            links(
                &[],
                "<link rel=stylesheet href=https://a.example/a.css><base href=/b/>"
            ),
            ["<https://a.example/a.css>; rel=preload; as=style"]
        );
        let page =
            "<script src=/a.js></script><script src=/b.js></script><script src=/b.js></script>";
        assert_eq!(
            links(&["</x>; rel=next, </a.js>;rel=preload;as=script"], page),
            ["</b.js>; rel=preload; as=script"]
        );
    }

    #[test]
    fn at_most_eight_are_announced() {
        let page: String = (0..20)
            .map(|n| format!("<script src={n}.js></script>"))
            .collect();
        let links = links(&[], &page);
        assert_eq!(links.len(), MAX_LINKS);
        assert_eq!(
            links.last().map(String::as_str),
            Some("<7.js>; rel=preload; as=script")
        );
    }

    #[test]
    fn a_head_that_takes_too_much_memory_is_an_error() {
        let body = format!("<meta content='{}'", "x".repeat(2 * MEMORY_LIMIT)).into_bytes();
        let mut document = Document {
            path: "/",
            head: HeaderMap::new(),
            body,
        };
        assert!(PreloadLinks.process(&mut document).is_err());
    }
}
