//! `preload-links`: announces, in the head of the response, resources that the head of the document
//! loads.

use super::post_processor::{Document, DocumentPostProcessor, PostProcessError};
use crate::preload::{Finder, Wanted};

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
        let failed =
            |error: lol_html::errors::RewritingError| PostProcessError::new(error.to_string());
        let mut finder = Finder::new(Wanted::Blocking).map_err(failed)?;
        let found = finder.read(&document.body).map_err(failed)?;
        for preload in found.unwrap_or_else(|| finder.found()) {
            preload.announce(&mut document.head);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::header::LINK;
    use http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::preload::{MAX_LINKS, MAX_URL, MEMORY_LIMIT};

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
