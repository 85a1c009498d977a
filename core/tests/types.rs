//! URL mapping of everything that is no page, in files as real generators write them: source maps, feeds, sitemaps,
//! manifests, linked data, style sheets, scripts and more. In each of them every URL of the origin is mapped, in the
//! escaping that it has, and nothing else changes, however the file was cut.
#![cfg(not(target_arch = "wasm32"))] // As the other tests that share `common`.
#![allow(clippy::unwrap_used)] // A panic is how a test fails.

mod common;

use common::{cut, run};
use http::{HeaderMap, HeaderValue, Request, header};
use serde_json::Value;
use streamgate::Gate;
use streamgate::config::Config;
use streamgate::map::{Public, Scheme};
use streamgate::pipeline::Transform;
use streamgate::rewrite::stages;

/// How a file is parsed before and after.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parser {
    Json,
    /// There is none here: the bytes are compared alone.
    None,
}

use Parser::{Json, None as Text};

/// A file of `data/types`: name, media type, how it is parsed, how many URLs of the origin it has, content.
type File = (&'static str, &'static str, Parser, usize, &'static str);

macro_rules! files {
    ($(($name:literal, $media_type:literal, $parser:expr, $urls:literal)),* $(,)?) => {
        &[$(($name, $media_type, $parser, $urls, include_str!(concat!("data/types/", $name)))),*]
    };
}

const FILES: &[File] = files![
    ("webpack.js.map", "application/json", Json, 6),
    ("indexed.js.map", "application/json", Json, 6),
    (
        "wordpress.rss",
        "application/rss+xml; charset=UTF-8",
        Text,
        20
    ),
    ("feed.atom", "application/atom+xml", Text, 12),
    ("feed.json", "application/feed+json", Json, 13),
    ("sitemap-news.xml", "text/xml; charset=UTF-8", Text, 6),
    ("sitemap-index.xml", "application/xml", Text, 2),
    ("robots.txt", "text/plain; charset=utf-8", Text, 3),
    ("app.webmanifest", "application/manifest+json", Json, 10),
    ("article.jsonld", "application/ld+json", Json, 10),
    (
        "opensearch.xml",
        "application/opensearchdescription+xml",
        Text,
        5
    ),
    ("wp-rest.json", "application/json; charset=UTF-8", Json, 10),
    ("graphql.json", "application/graphql-response+json", Json, 9),
    ("webfinger.jrd", "application/jrd+json", Json, 3),
    ("style.css", "text/css", Text, 18),
    ("module.js", "text/javascript", Text, 18),
    ("sprite.svg", "image/svg+xml", Text, 12),
    ("events.txt", "text/event-stream", Text, 5),
    ("master.m3u8", "application/vnd.apple.mpegurl", Text, 4),
    ("chapters.vtt", "text/vtt", Text, 4),
    ("mail.html", "text/html", Text, 9),
];

/// The origin's host where it is no URL of the origin.
const OTHERS: [&str; 6] = [
    "@origin.example.com",
    "tag:origin.example.com,",
    "notorigin.example.com",
    "origin.example.com.evil.test",
    "origin.example.com:8443",
    "cdn.other.test/origin.example.com/",
];

/// The host as the files write it: in an `OTHERS`, or in a URL.
const HOST: [(&str, &str); 3] = [
    ("origin.example.com", "www.example.com"),
    (r"origin\.example\.com", r"www\.example\.com"),
    (r"origin\\.example\\.com", r"www\\.example\\.com"),
];

/// A text with each URL of the origin mapped, and how many there were. It knows the files, not what a URL is.
fn mapped(text: &str) -> (String, usize) {
    let mut text = text.to_owned();
    for (index, other) in OTHERS.iter().enumerate() {
        text = text.replace(other, &format!("\0{index}\0"));
    }
    let count = HOST
        .iter()
        .map(|(host, _)| text.matches(host).count())
        .sum();
    for (host, public) in HOST {
        text = text.replace(host, public);
    }
    text = text.replace("HTTPS://www", "https://www");
    for (index, other) in OTHERS.iter().enumerate() {
        text = text.replace(&format!("\0{index}\0"), other);
    }
    (text, count)
}

/// A JSON value with each URL in its strings and keys mapped.
fn mapped_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(mapped(&text).0),
        Value::Array(values) => values.into_iter().map(mapped_value).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (mapped(&key).0, mapped_value(value)))
            .collect(),
        value => value,
    }
}

fn gate_with(rules: &str) -> Gate {
    let text = format!(
        "[origin]\nurl = 'https://origin.example.com'\npublic = 'https://www.example.com'\n{rules}"
    );
    Gate::new(Config::from_toml(&text, "test").unwrap()).unwrap()
}

fn body_stages(gate: &Gate, media_type: &'static str) -> Vec<Box<dyn Transform>> {
    let mut head = HeaderMap::new();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let public = Public::new(Scheme::Https, "www.example.com").unwrap();
    stages(gate, &Request::new(()), &head, &public)
}

#[test]
fn every_url_is_mapped_and_nothing_else_changes_however_a_file_is_cut() {
    let gate = gate_with("");
    for &(name, media_type, parser, urls, text) in FILES {
        let (expected, count) = mapped(text);
        assert_eq!(count, urls, "{name}");
        let through = |lengths: &[usize]| {
            let body = run(
                body_stages(&gate, media_type),
                cut(text.as_bytes(), lengths),
            )
            .unwrap();
            String::from_utf8(body).unwrap()
        };
        assert_eq!(through(&[usize::MAX]), expected, "{name}");
        for size in 1..40 {
            assert_eq!(through(&[size]), expected, "{name} in pieces of {size}");
        }
        for first in 1..text.len() {
            assert_eq!(
                through(&[first, usize::MAX]),
                expected,
                "{name} cut at {first}"
            );
        }
        if parser == Json {
            let before: Value = serde_json::from_str(text).unwrap();
            let after: Value = serde_json::from_str(&expected).unwrap();
            assert_eq!(mapped_value(before), after, "{name}");
        }
    }
}

#[test]
fn structure_rules_leave_all_but_pages_alone() {
    let gate = gate_with(
        "[[html]]\nselect = '*'\nprepend = '<!-- -->'\n[[html]]\nselect = 'head'\nappend = 'x'\n",
    );
    for &(name, media_type, _, _, text) in FILES {
        let body = run(body_stages(&gate, media_type), [text.as_bytes()]).unwrap();
        let is_as_without = body == mapped(text).0.as_bytes();
        assert_eq!(is_as_without, media_type != "text/html", "{name}");
    }
}
