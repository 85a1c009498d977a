//! What a page refers to, and by what it says what made it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, element};
use url::Url;

/// How a page refers to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Kind {
    Image,
    Script,
    Style,
    Font,
    Media,
    Frame,
    Form,
    Link,
    /// Named somewhere in the page, as in a script.
    Mention,
}

impl Kind {
    /// Returns what one of them is called.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Script => "script",
            Self::Style => "style",
            Self::Font => "font",
            Self::Media => "video or audio",
            Self::Frame => "frame",
            Self::Form => "form",
            Self::Link => "link",
            Self::Mention => "mention",
        }
    }

    /// Returns whether it is a part of the page, which the browser fetches with it.
    pub(in super::super) fn is_part(self) -> bool {
        !matches!(self, Self::Frame | Self::Form | Self::Link | Self::Mention)
    }
}

/// How many references of a page are kept. No page that people read has as many.
const MOST: usize = 10_000;
/// How long an address may be, in bytes, which is what everyone should take (RFC 9110 §4.1).
const LONGEST: usize = 8000;

/// What was found in a page.
#[derive(Debug, Default)]
pub(in super::super) struct Page {
    /// What it refers to, without fragments, in order, each as often as it is named.
    pub(in super::super) references: Vec<(Kind, Url)>,
    /// How many references are left out, as there are too many.
    pub(in super::super) more: usize,
    /// How many are left out, as they are too long.
    pub(in super::super) long: usize,
    /// What `<meta name="generator">` says.
    pub(in super::super) generators: Vec<String>,
}

/// Reads a page that was found at `address`. What stands behind markup that cannot be parsed is
/// left out.
pub(in super::super) fn page(html: &[u8], address: &Url) -> Page {
    let found = RefCell::new(Page::default());
    let base = RefCell::new(None::<Url>);
    let refer = |kind: Kind, url: &str| {
        let mut found = found.borrow_mut();
        if found.references.len() >= MOST {
            found.more += 1;
            return;
        }
        let resolved = base.borrow().as_ref().unwrap_or(address).join(url.trim());
        if let Ok(mut url) = resolved
            && is_web(&url)
        {
            url.set_fragment(None);
            match fits(&url) {
                true => found.references.push((kind, url)),
                false => found.long += 1,
            }
        }
    };
    let note = |element: &mut Element<'_, '_>| {
        let value = |name: &str| {
            let value = element.get_attribute(name)?;
            Some(htmlize::unescape_attribute(value).into_owned())
        };
        let tag = element.tag_name();
        if tag == "meta" {
            let is_generator = value("name").is_some_and(|it| it.eq_ignore_ascii_case("generator"));
            let content = value("content").filter(|_| is_generator);
            found.borrow_mut().generators.extend(content);
        } else if tag == "base"
            && let Some(href) = value("href")
        {
            // The first one counts (HTML standard, §4.2.3), even where it is none that can be used.
            let url = address.join(href.trim());
            let url = url.unwrap_or_else(|_| address.clone());
            base.borrow_mut().get_or_insert(url);
        }
        for (name, kind) in attributes(&tag, value("rel").as_deref(), value("as").as_deref()) {
            if let Some(url) = value(name) {
                match name.ends_with("srcset") {
                    true => candidates(&url).for_each(|url| refer(*kind, url)),
                    false => refer(*kind, &url),
                }
            }
        }
        Ok(())
    };
    let settings = Settings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", note));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    if rewriter.write(html).is_ok() {
        let _ = rewriter.end(); // What was found until then counts.
    }
    found.take()
}

/// Returns the origins of URLs anywhere in a page, with plain slashes or escaped ones, each once.
/// Those of WebSockets count as those of pages.
pub(in super::super) fn mentions(html: &[u8]) -> Vec<Url> {
    let text = String::from_utf8_lossy(html).replace("\\/", "/");
    let mut found = BTreeSet::new();
    for (at, slashes) in text.match_indices("://") {
        let is_letter = |c: char| c.is_ascii_alphabetic();
        let start = text[..at].trim_end_matches(is_letter).len();
        if found.len() >= MOST {
            break;
        }
        let scheme = match &text[start..at] {
            "http" | "ws" => "http",
            "https" | "wss" => "https",
            _ => continue,
        };
        let rest = &text[at + slashes.len()..];
        let belongs = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let authority = rest[..end].trim_end_matches(['.', ':', '-']);
        found.extend(Url::parse(&format!("{scheme}://{authority}/")));
    }
    found.into_iter().collect()
}

/// Returns whether a URL is one that can be asked for.
pub(super) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// Returns whether a URL is short enough.
pub(super) fn fits(url: &Url) -> bool {
    url.as_str().len() <= LONGEST
}

/// Returns the attributes of an element that refer to something, and to what.
pub(super) fn attributes(
    tag: &str,
    rel: Option<&str>,
    purpose: Option<&str>,
) -> &'static [(&'static str, Kind)] {
    let has = |word: &str| {
        let mut words = rel.unwrap_or_default().split_ascii_whitespace();
        words.any(|it| it.eq_ignore_ascii_case(word))
    };
    match tag {
        "a" | "area" => &[("href", Kind::Link)],
        "img" => &[("src", Kind::Image), ("srcset", Kind::Image)],
        "source" => &[("src", Kind::Media), ("srcset", Kind::Image)],
        "input" | "embed" => &[("src", Kind::Image)],
        "video" => &[("src", Kind::Media), ("poster", Kind::Image)],
        "audio" | "track" => &[("src", Kind::Media)],
        "object" => &[("data", Kind::Image)],
        "script" => &[("src", Kind::Script)],
        "iframe" | "frame" => &[("src", Kind::Frame)],
        "form" => &[("action", Kind::Form)],
        "link" if has("stylesheet") => &[("href", Kind::Style)],
        "link" if has("icon") || has("apple-touch-icon") => &[("href", Kind::Image)],
        "link" if has("modulepreload") => &[("href", Kind::Script)],
        "link" if has("preload") => match purpose.unwrap_or_default() {
            "script" => &[("href", Kind::Script)],
            "style" => &[("href", Kind::Style)],
            "font" => &[("href", Kind::Font)],
            "image" => &[("href", Kind::Image), ("imagesrcset", Kind::Image)],
            _ => &[],
        },
        "link" if has("next") || has("prev") || has("canonical") => &[("href", Kind::Link)],
        _ => &[],
    }
}

/// Returns the URLs of a `srcset` (HTML standard, §4.8.4.2): each up to white space, or to the
/// commas at its end.
fn candidates(srcset: &str) -> impl Iterator<Item = &str> {
    let mut rest = srcset;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        let end = rest.find(|c: char| c.is_ascii_whitespace());
        let (url, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let whole = url.trim_end_matches(',');
        rest = match whole.len() == url.len() {
            true => behind.find(',').map_or("", |comma| &behind[comma..]),
            false => behind,
        };
        (!whole.is_empty()).then_some(whole)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_refers_to_is_found_with_its_kind() {
        let html = br##"<base href="/news/"><link rel="shortcut icon" href=i.ico>
            <link rel=preload as=font href=//f.test/a.woff2><link rel=dns-prefetch href=//no.test>
            <meta NAME=Generator content="WordPress 6"><script src=../a.js></script>
            <img src=a.png srcset="b.png 1x,c,d.png 2x, e.png"><a href="b?x=1#top">b</a>
            <a href="mailto:a@b.test">m</a><noscript><img src=n.png></noscript>
            <form action=""><iframe src=about:blank></iframe><a href="http://[">x</a>"##;
        let address = Url::parse("https://www.test/a").unwrap();
        let page = page(html, &address);
        let found = page.references.iter();
        let found: Vec<_> = found.map(|(kind, url)| (*kind, url.as_str())).collect();
        assert_eq!(
            found,
            [
                (Kind::Image, "https://www.test/news/i.ico"),
                (Kind::Font, "https://f.test/a.woff2"),
                (Kind::Script, "https://www.test/a.js"),
                (Kind::Image, "https://www.test/news/a.png"),
                (Kind::Image, "https://www.test/news/b.png"),
                (Kind::Image, "https://www.test/news/c,d.png"),
                (Kind::Image, "https://www.test/news/e.png"),
                (Kind::Link, "https://www.test/news/b?x=1"),
                (Kind::Form, "https://www.test/news/"),
            ]
        );
        assert_eq!(page.generators, ["WordPress 6"]);
    }

    #[test]
    fn references_are_read_as_browsers_read_them() {
        let html = br##"<base target=_top><base href=/a/><base href=/b/>
            <a href="c?x=1&amp;y=2&copy=3&z"></a><img src="&#x2F;caf&eacute;&period;png">
            <img srcset="d.png?a&amp;b 1x, &#101;.png 2x"><meta name=generator content="A &amp; B">
            "##;
        let address = Url::parse("https://www.test/").unwrap();
        let page = page(html, &address);
        let found: Vec<_> = page
            .references
            .iter()
            .map(|(_, url)| url.as_str())
            .collect();
        assert_eq!(
            found,
            [
                "https://www.test/a/c?x=1&y=2&copy=3&z",
                "https://www.test/caf%C3%A9.png",
                "https://www.test/a/d.png?a&b",
                "https://www.test/a/e.png",
            ]
        );
        assert_eq!(page.generators, ["A & B"]);
    }

    #[test]
    fn a_page_has_no_more_references_than_can_be_held() {
        let long = format!("<a href=/{}></a>", "a".repeat(LONGEST));
        let html = long + &"<a href=/a>https://a.test/</a>".repeat(MOST + 2);
        let page = page(html.as_bytes(), &Url::parse("https://www.test/").unwrap());
        assert_eq!(page.references.len(), MOST);
        assert_eq!((page.more, page.long), (2, 1));
        let many: String = (0..MOST + 2)
            .map(|n| format!("http://a{n}.test/ "))
            .collect();
        assert_eq!(mentions(many.as_bytes()).len(), MOST);
    }

    #[test]
    fn what_scripts_name_is_found_once() {
        let html = br#"<script>a="https:\/\/api.test\/v1",b='wss://live.test:81/',c="ftp://no.test"
            </script> at https://api.test. http:// //no.test"#;
        let found: Vec<_> = mentions(html).into_iter().map(String::from).collect();
        assert_eq!(found, ["https://api.test/", "https://live.test:81/"]);
    }

    #[test]
    fn a_srcset_is_split_as_browsers_do() {
        for (srcset, expected) in [
            ("", &[][..]),
            (" , ", &[]),
            ("a.png", &["a.png"]),
            ("a.png, b.png 2x", &["a.png", "b.png"]),
            ("a.png 100w,b.png 200w", &["a.png", "b.png"]),
            ("a,b.png, c.png", &["a,b.png", "c.png"]),
        ] {
            assert_eq!(candidates(srcset).collect::<Vec<_>>(), expected, "{srcset}");
        }
    }
}
