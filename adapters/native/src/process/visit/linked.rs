//! What the `Link` fields of a page name (RFC 8288 §3).

use http::HeaderMap;
use http::header::LINK;
use url::Url;

use super::references::{Kind, attributes, fits, is_web};

/// Returns the parts of a page that its `Link` fields have the browser fetch, without fragments.
/// What is written by another grammar is left out.
pub(in super::super) fn linked(head: &HeaderMap, address: &Url) -> Vec<(Kind, Url)> {
    let values = head.get_all(LINK).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let links = values.flat_map(|value| split(value, ','));
    links.filter_map(|link| part(link, address)).collect()
}

/// Reads a link as `<target>; rel=preload; as="script"`.
fn part(link: &str, address: &Url) -> Option<(Kind, Url)> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let parameter = |wanted: &str| {
        let parameters = split(parameters, ';').into_iter();
        let mut parameters = parameters.filter_map(|parameter| parameter.split_once('='));
        let found = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().trim_matches('"'))
    };
    let found = attributes("link", parameter("rel"), parameter("as"));
    let (_, kind) = found.iter().find(|(name, _)| *name == "href")?;
    let mut url = address.join(target.trim()).ok()?;
    url.set_fragment(None);
    (kind.is_part() && is_web(&url) && fits(&url)).then_some((*kind, url))
}

/// Splits a text at a separator, but not within quotes or angle brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut within = None;
    let mut is_escaped = false;
    let pieces = text.split(|c: char| {
        let was_escaped = std::mem::take(&mut is_escaped);
        match (within, c) {
            (None, '<') => within = Some('>'),
            (None, '"') => within = Some('"'),
            (None, c) => return c == separator,
            (Some('"'), '\\') if !was_escaped => is_escaped = true,
            (Some(end), c) if c == end && !was_escaped => within = None,
            (Some(_), _) => {}
        }
        false
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_fetch_is_found() {
        let address = Url::parse("https://www.test/kit/").unwrap();
        for (value, expected) in [
            (
                "</a.js>; rel=\"modulepreload\"; nopush, <b.css>;rel=preload;as=style",
                &["https://www.test/a.js", "https://www.test/kit/b.css"][..],
            ),
            (
                "<a,b;c.js#d>; title=\"x\\\",<y>;\"; REL=\"x preload\"; as=script",
                &["https://www.test/kit/a,b;c.js"],
            ),
            ("<https://o.test/s>; rel=stylesheet", &["https://o.test/s"]),
            ("</feed>; rel=alternate, </2>; rel=next", &[]),
            ("a.js; rel=modulepreload, <b", &[]),
            ("<data:text/css,>; rel=stylesheet", &[]),
            ("", &[]),
        ] {
            let head = HeaderMap::from_iter([(LINK, value.parse().unwrap())]);
            let found = linked(&head, &address);
            let found: Vec<_> = found.iter().map(|(_, url)| url.as_str()).collect();
            assert_eq!(found, expected, "{value}");
        }
    }
}
