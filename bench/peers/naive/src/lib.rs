//! The rewriting that the naive programs for Fastly Compute and WASI HTTP share: lol_html with the
//! attributes that a careful engineer would think of, and an element in `head`.

use lol_html::html_content::ContentType;
use lol_html::{HtmlRewriter, OutputSink, Settings, element};

/// The element that is injected into `head`.
const TAG: &str = "<script src=\"/_sg/tag.js\"></script>";

/// The selectors, each with the attribute that it is about.
const SELECTORS: [(&str, &str); 8] = [
    ("a[href]", "href"),
    ("link[href]", "href"),
    ("img[src]", "src"),
    ("img[srcset]", "srcset"),
    ("source[srcset]", "srcset"),
    ("script[src]", "src"),
    ("iframe[src]", "src"),
    ("form[action]", "action"),
];

/// How many bytes the programs read at a time.
pub const READ: usize = 64 * 1024;

/// Returns whether a body of this type is rewritten. All others pass through.
pub fn rewrites(content_type: &str) -> bool {
    content_type.starts_with("text/html")
}

/// Makes a rewriter that replaces the scheme and host `from` by `to`.
pub fn rewriter<'a, O: OutputSink + 'a>(
    from: &'a str,
    to: &'a str,
    sink: O,
) -> HtmlRewriter<'a, O> {
    let mut settings = Settings::new().append_element_content_handler(element!("head", |head| {
        head.prepend(TAG, ContentType::Html);
        Ok(())
    }));
    for (selector, attribute) in SELECTORS {
        let handler = element!(selector, move |element| {
            let value = element.get_attribute(attribute);
            if let Some(value) = value.filter(|value| value.contains(from)) {
                element.set_attribute(attribute, &value.replace(from, to))?;
            }
            Ok(())
        });
        settings = settings.append_element_content_handler(handler);
    }
    HtmlRewriter::new(settings, sink)
}
