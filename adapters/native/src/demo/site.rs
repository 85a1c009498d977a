//! The demo site's files.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};

use bytes::Bytes;

/// The authority that the files name, which the site's real authority replaces.
const AUTHORITY: &str = "127.0.0.1:8081";

enum File {
    Text(&'static str),
    /// Text that is sent in this content coding to clients that accept the coding.
    Coded(&'static str, Coding),
    Binary(&'static [u8]),
}

/// A content coding (RFC 9110 §8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Brotli,
}

impl Coding {
    /// Returns the coding's name in `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    fn encode(self, text: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                let mut encoder =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(text)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut coded = Vec::new();
                brotli::CompressorReader::new(text, 4096, 9, 20).read_to_end(&mut coded)?;
                Ok(coded)
            }
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";

const FILES: &[(&str, &str, File)] = &[
    ("/", HTML, File::Text(include_str!("../../demo/index.html"))),
    (
        "/news/tides",
        HTML,
        File::Text(include_str!("../../demo/tides.html")),
    ),
    (
        "/news/lighthouse",
        HTML,
        File::Text(include_str!("../../demo/lighthouse.html")),
    ),
    (
        "/news/regatta",
        HTML,
        File::Text(include_str!("../../demo/regatta.html")),
    ),
    (
        "/archive",
        HTML,
        File::Coded(include_str!("../../demo/archive.html"), Coding::Gzip),
    ),
    (
        "/about",
        HTML,
        File::Coded(include_str!("../../demo/about.html"), Coding::Brotli),
    ),
    (
        "/live",
        HTML,
        File::Text(include_str!("../../demo/live.html")),
    ),
    (
        "/seam",
        HTML,
        File::Text(include_str!("../../demo/seam.html")),
    ),
    (
        "/fragments/tide",
        HTML,
        File::Text(include_str!("../../demo/tide.html")),
    ),
    (
        "/fragments/ferry",
        HTML,
        File::Text(include_str!("../../demo/ferry.html")),
    ),
    (
        "/nowhere",
        HTML,
        File::Text(include_str!("../../demo/not-found.html")),
    ),
    (
        "/broken",
        HTML,
        File::Text(include_str!("../../demo/broken.html")),
    ),
    (
        "/style.css",
        "text/css; charset=utf-8",
        File::Text(include_str!("../../demo/style.css")),
    ),
    (
        "/fonts.css",
        "text/css; charset=utf-8",
        File::Text(include_str!("../../demo/fonts.css")),
    ),
    (
        "/site.js",
        "text/javascript; charset=utf-8",
        File::Text(include_str!("../../demo/site.js")),
    ),
    (
        "/site.webmanifest",
        "application/manifest+json",
        File::Text(include_str!("../../demo/site.webmanifest")),
    ),
    (
        "/feed.xml",
        "application/rss+xml; charset=utf-8",
        File::Text(include_str!("../../demo/feed.xml")),
    ),
    (
        "/api/latest.json",
        "application/json",
        File::Text(include_str!("../../demo/latest.json")),
    ),
    (
        "/images/logo.svg",
        "image/svg+xml",
        File::Text(include_str!("../../demo/images/logo.svg")),
    ),
    (
        "/images/paper.svg",
        "image/svg+xml",
        File::Text(include_str!("../../demo/images/paper.svg")),
    ),
    (
        "/images/harbour.jpg",
        "image/jpeg",
        File::Binary(include_bytes!("../../demo/images/harbour.jpg")),
    ),
    (
        "/images/harbour-640.jpg",
        "image/jpeg",
        File::Binary(include_bytes!("../../demo/images/harbour-640.jpg")),
    ),
    (
        "/images/evening.jpg",
        "image/jpeg",
        File::Binary(include_bytes!("../../demo/images/evening.jpg")),
    ),
    (
        "/images/tides.png",
        "image/png",
        File::Binary(include_bytes!("../../demo/images/tides.png")),
    ),
];

/// The file served at one path.
pub(crate) struct Resource {
    pub(crate) media_type: &'static str,
    pub(crate) plain: Representation,
    pub(crate) coded: Option<(Coding, Representation)>,
}

/// One representation of a resource, with its validator.
pub(crate) struct Representation {
    pub(crate) body: Bytes,
    /// A strong entity tag (RFC 9110 §8.8.3).
    pub(crate) etag: String,
}

impl Representation {
    fn new(body: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        Self { body, etag }
    }
}

/// The site.
pub(crate) struct DemoSite {
    resources: HashMap<&'static str, Resource>,
}

impl DemoSite {
    /// Makes the site as it is at `authority`.
    pub(crate) fn new(authority: &str) -> Self {
        let text = |text: &str| text.replace(AUTHORITY, authority);
        let resources = FILES.iter().map(|(path, media_type, file)| {
            let (body, coded) = match file {
                File::Text(content) => (Bytes::from(text(content)), None),
                File::Binary(content) => (Bytes::from_static(content), None),
                File::Coded(content, coding) => {
                    let body = Bytes::from(text(content));
                    let coded = coding.encode(&body).ok().map(|coded| (*coding, coded));
                    (body, coded)
                }
            };
            let resource = Resource {
                media_type,
                plain: Representation::new(body),
                coded: coded.map(|(coding, body)| (coding, Representation::new(body.into()))),
            };
            (*path, resource)
        });
        Self {
            resources: resources.collect(),
        }
    }

    /// Returns the resource at a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Resource> {
        let path = if path.starts_with("/archive/") {
            "/archive"
        } else {
            path
        };
        self.resources.get(path)
    }
}
