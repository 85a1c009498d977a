//! The media type that a file is served with.

/// Extensions and the media types that servers give them.
const TYPES: [(&str, &str); 33] = [
    ("html", HTML),
    ("htm", HTML),
    ("shtml", HTML),
    ("xhtml", "application/xhtml+xml"),
    ("xht", "application/xhtml+xml"),
    ("css", "text/css"),
    ("js", "text/javascript"),
    ("mjs", "text/javascript"),
    ("cjs", "text/javascript"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("jsonld", "application/ld+json"),
    ("ndjson", "application/x-ndjson"),
    ("jsonl", "application/jsonl"),
    ("geojson", "application/geo+json"),
    ("webmanifest", "application/manifest+json"),
    ("manifest", "application/manifest+json"),
    ("xml", "application/xml"),
    ("xsl", "application/xml"),
    ("rss", "application/rss+xml"),
    ("rdf", "application/rdf+xml"),
    ("atom", "application/atom+xml"),
    ("svg", "image/svg+xml"),
    ("opml", "text/xml"),
    ("txt", "text/plain"),
    ("text", "text/plain"),
    ("rsc", "text/x-component"),
    ("php", HTML),
    ("asp", HTML),
    ("aspx", HTML),
    ("jsp", HTML),
    ("amp", HTML),
    ("sse", "text/event-stream"),
];
pub(crate) const HTML: &str = "text/html";

/// Returns the type that the extension of a name stands for.
pub(crate) fn of_name(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    TYPES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension))
        .map(|(_, media_type)| *media_type)
}

/// Returns the type of a file: the one that its name stands for; else HTML, if it looks like HTML;
/// else plain text, if it is text. A byte order mark of UTF-16, a charset in which no page is
/// rewritten, comes before all of these.
pub(crate) fn of(name: &str, body: &[u8]) -> Option<&'static str> {
    if body.starts_with(b"\xFE\xFF") || body.starts_with(b"\xFF\xFE") {
        return Some("text/html; charset=utf-16");
    }
    let sniffed = || match body.get(..1024).unwrap_or(body) {
        start if looks_like_html(start) => Some(HTML),
        start if start.contains(&0) => None,
        _ => Some("text/plain"),
    };
    of_name(name).or_else(sniffed)
}

/// Returns whether a text looks like HTML, much as the MIME Sniffing Standard, §7.1, has it, but
/// with any of the tags anywhere near the start.
pub(crate) fn looks_like_html(start: &[u8]) -> bool {
    let start = start.to_ascii_lowercase();
    let has = |tag: &[u8]| start.windows(tag.len()).any(|window| window == tag);
    [
        &b"<!doctype html"[..],
        b"<html",
        b"<head",
        b"<body",
        b"<script",
        b"<title",
        b"<div",
    ]
    .into_iter()
    .any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_name_says_else_what_it_looks_like() {
        for (name, body, expected) in [
            ("a.HTML", "", Some(HTML)),
            ("a/b.min.js.map", "", Some("application/json")),
            ("feed.atom", "", Some("application/atom+xml")),
            ("page", "<!DOCTYPE HTML><p>", Some(HTML)),
            ("index.cgi", "\n\n<HTML lang=en>", Some(HTML)),
            ("notes", "just words", Some("text/plain")),
            ("picture.png", "\u{89}PNG\0", None),
        ] {
            assert_eq!(of(name, body.as_bytes()), expected, "{name}");
        }
        let wide = of("a.html", b"\xFF\xFE<\0p\0>\0");
        assert_eq!(wide, Some("text/html; charset=utf-16"));
    }
}
