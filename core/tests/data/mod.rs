//! Files that are no pages, as real generators write them, with URLs of
//! `https://origin.example.com`.

/// A test file.
pub(crate) struct File {
    /// The kind of the file, in kebab case.
    pub(crate) id: &'static str,
    pub(crate) media_type: &'static str,
    /// The number of URLs of the origin in the file.
    pub(crate) urls: usize,
    pub(crate) text: &'static str,
}

macro_rules! files {
    ($($id:literal $name:literal $media_type:literal $urls:literal)*) => {
        &[$(File {
            id: $id,
            media_type: $media_type,
            urls: $urls,
            text: include_str!(concat!("types/", $name)),
        }),*]
    };
}

pub(crate) const FILES: &[File] = files![
    "a-webpack-source-map" "webpack.js.map" "application/json" 6
    "an-indexed-source-map" "indexed.js.map" "application/json" 6
    "a-wordpress-feed" "wordpress.rss" "application/rss+xml; charset=UTF-8" 20
    "an-atom-feed" "feed.atom" "application/atom+xml" 12
    "a-json-feed" "feed.json" "application/feed+json" 13
    "a-sitemap-with-news-and-images" "sitemap-news.xml" "text/xml; charset=UTF-8" 6
    "a-sitemap-index" "sitemap-index.xml" "application/xml" 2
    "robots-txt" "robots.txt" "text/plain; charset=utf-8" 3
    "a-web-app-manifest" "app.webmanifest" "application/manifest+json" 10
    "linked-data-of-an-article" "article.jsonld" "application/ld+json" 10
    "an-opensearch-description" "opensearch.xml" "application/opensearchdescription+xml" 5
    "a-wordpress-rest-response" "wp-rest.json" "application/json; charset=UTF-8" 10
    "a-graphql-response" "graphql.json" "application/graphql-response+json" 9
    "a-webfinger-response" "webfinger.jrd" "application/jrd+json" 3
    "a-style-sheet-with-every-kind-of-url" "style.css" "text/css" 18
    "a-javascript-module" "module.js" "text/javascript" 18
    "an-svg-image-with-styles-and-links" "sprite.svg" "image/svg+xml" 12
    "an-event-stream" "events.txt" "text/event-stream" 5
    "an-html-e-mail" "mail.html" "text/html" 9
    "a-playlist" "master.m3u8" "application/vnd.apple.mpegurl" 4
    "subtitles" "chapters.vtt" "text/vtt" 4
];

/// Texts in which the origin's host is no part of a URL of the origin.
const OTHERS: [&str; 5] = [
    "@origin.example.com",
    "notorigin.example.com",
    "origin.example.com.evil.test",
    "origin.example.com:8443",
    "cdn.other.test/origin.example.com/",
];

/// The host of a URL, as the files write it, and the public host that replaces it.
const HOSTS: [(&str, &str); 3] = [
    ("origin.example.com", "www.example.com"),
    (r"origin\.example\.com", r"www\.example\.com"),
    (r"origin\\.example\\.com", r"www\\.example\\.com"),
];

/// Returns a text with each URL of the origin mapped to `https://www.example.com`, and the number
/// of URLs. The function knows these files, not what a URL is.
pub(crate) fn mapped(text: &str) -> (String, usize) {
    let mut text = text.to_owned();
    for (index, other) in OTHERS.iter().enumerate() {
        text = text.replace(other, &format!("\0{index}\0"));
    }
    let count = HOSTS.iter().map(|(host, _)| text.matches(host).count());
    let count = count.sum();
    for (host, public) in HOSTS {
        text = text.replace(host, public);
    }
    text = text.replace("HTTPS://www", "https://www");
    for (index, other) in OTHERS.iter().enumerate() {
        text = text.replace(&format!("\0{index}\0"), other);
    }
    (text, count)
}
