//! Tests: tables by what a reader would ask, streams that React wrote, and properties against an
//! independent reader.

mod component;
mod fixtures;
mod inline;
mod properties;
mod reader;
mod scripts;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use super::stage;
use crate::map::{BaseUrl, Origin, Scheme, UrlMap};
use crate::media_type::MediaType;

const COMPONENT: &str = "text/x-component";
const HTML: &str = "text/html; charset=utf-8";
/// Public hosts that are shorter than the origin's, as long, and longer.
const PUBLICS: [&str; 3] = [
    "w.example",
    "public.example.net",
    "a-much-longer-host.example.com",
];
const LIMIT: usize = 1 << 20;

fn urls() -> UrlMap {
    UrlMap::new([Origin::new(Scheme::Https, "origin.example.com").expect("an origin")])
}

fn public(host: &str) -> BaseUrl {
    BaseUrl::new(Scheme::Https, host).expect("a host")
}

/// Returns what the stage for a type gives for chunks.
fn stream<'a>(
    media_type: &'static str,
    host: &str,
    limit: usize,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut head = HeaderMap::new();
    head.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let mut stage = stage(&urls(), &public(host), limit, MediaType::of(&head).as_ref());
    let mut whole = Vec::new();
    for mut chunk in chunks {
        while !chunk.is_empty() {
            let mut out = Vec::new();
            stage
                .push(&mut chunk, &mut out)
                .expect("mapping never fails");
            whole.extend(out);
        }
    }
    stage.finish(&mut whole).expect("mapping never fails");
    whole
}

/// Returns what the stage gives, the same however the body is cut in two, or into single bytes.
fn mapped(media_type: &'static str, host: &str, limit: usize, body: &[u8]) -> Vec<u8> {
    let whole = stream(media_type, host, limit, [body]);
    let bytes = stream(media_type, host, limit, body.chunks(1));
    assert_eq!(show(&bytes), show(&whole), "byte by byte");
    for cut in (0..=body.len()).step_by(1 + body.len() / 500) {
        let (head, tail) = body.split_at(cut);
        let halves = stream(media_type, host, limit, [head, tail]);
        assert_eq!(show(&halves), show(&whole), "cut at {cut}");
    }
    whole
}

/// Checks rows of input and output with the public host `w.example`.
fn check(media_type: &'static str, limit: usize, rows: &[(&str, &str)]) {
    for (input, output) in rows {
        let got = mapped(media_type, "w.example", limit, input.as_bytes());
        assert_eq!(show(&got), *output, "of {input}");
    }
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
