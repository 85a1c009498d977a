//! React's payloads: rows keep their number, their tags and true lengths, as a body of their own
//! and in the scripts of a page, and no cut changes what comes out.
#![cfg_attr(not(feature = "flight"), allow(dead_code, reason = "it is left alone"))]

use std::sync::LazyLock;

use streamgate::internals::{MediaType, Origin, UrlMap, flight_stage};
use streamgate::{BLOCK, BaseUrl, Pipeline, Scheme};

use super::common::{cut, run};
use super::input::{Input, fields, show};

/// The tags of binary rows.
const BINARY: &[u8] = b"AOoUSsLlGgMmVb";
/// The most digits of an id and of a length.
const DIGITS: usize = 8;
const PUBLICS: [&str; 3] = [
    "w.example",
    "public.example.net",
    "a-longer-host.example.com",
];

static URLS: LazyLock<UrlMap> =
    LazyLock::new(|| UrlMap::new([Origin::new(Scheme::Https, "origin.example.com").unwrap()]));

/// A part of a stream.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// Rows that are lines, one behind the other: they are mapped as one text.
    Lines(Vec<u8>),
    /// A row with a length: its id and tag, and its content.
    Counted(Vec<u8>, Vec<u8>),
}

pub(crate) fn flight(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let is_page = *input.choose(&[false, true]);
    let host = *input.choose(&PUBLICS);
    let limit = *input.choose(&[1 << 20, 40, 0]);
    let lengths = input.lengths();
    let stream = input.rest();
    let public = BaseUrl::new(Scheme::Https, host).unwrap();
    if is_page {
        page(stream, &public, limit, &lengths);
    } else {
        component(stream, &public, limit, &lengths);
    }
}

/// Returns what the stage for a type makes of a body.
fn through(
    media_type: &str,
    public: &BaseUrl,
    limit: usize,
    body: &[u8],
    lengths: &[usize],
) -> Vec<u8> {
    let head = fields(format!("content-type: {media_type}").as_bytes());
    let media_type = MediaType::of(&head);
    let through = |lengths: &[usize]| {
        let stage = flight_stage(&URLS, public, limit, media_type.as_ref());
        run(Pipeline::new(vec![stage]), cut(body, lengths)).unwrap()
    };
    let whole = through(&[BLOCK]);
    for lengths in [&[1][..], lengths] {
        assert_eq!(show(&through(lengths)), show(&whole), "by {lengths:?}");
    }
    whole
}

fn component(stream: &[u8], public: &BaseUrl, limit: usize, lengths: &[usize]) {
    let out = through("text/x-component", public, limit, stream, lengths);
    if cfg!(feature = "flight") {
        let map = |content: &[u8]| URLS.map_bytes(public, content).into_owned();
        check_rows(stream, &out, limit, map);
    }
}

/// Checks the rows of a page that pushes a stream in pieces, as Next.js does.
fn page(stream: &[u8], public: &BaseUrl, limit: usize, lengths: &[usize]) {
    const CALL: &str = "self.__next_f.push([1,";
    // A text with a call in it could not be told from a call.
    let is_plain = |text: &&str| !text.contains("__next_f") && !text.contains("__FLIGHT_DATA");
    let Some(text) = std::str::from_utf8(stream).ok().filter(is_plain) else {
        return;
    };
    let mut html = format!("<a href=https://origin.example.com><script>{CALL}\"\"])</script>");
    let (mut rest, mut each) = (text, lengths.iter().cycle());
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(*each.next().unwrap());
        let (piece, behind) = rest.split_at(if end == 0 { rest.len() } else { end });
        html += &format!("<script>{CALL}{}])</script>", json(piece));
        rest = behind;
    }
    let out = through("text/html", public, limit, html.as_bytes(), lengths);
    let out = String::from_utf8(out).unwrap();
    assert!(out.starts_with(&format!("<a href=https://{}>", public.authority())));
    let pieces = out.split(CALL).skip(1).map(|call| {
        let end = call.find("])</script>").unwrap();
        serde_json::from_str::<String>(&call[..end]).unwrap()
    });
    let pushed: String = pieces.collect();
    // Text is mapped as it is written in the scripts.
    let map = |content: &[u8]| {
        let written = json(std::str::from_utf8(content).unwrap());
        let mapped = URLS.map_bytes(public, &written.as_bytes()[1..written.len() - 1]);
        let mapped = String::from_utf8(mapped.into_owned()).unwrap();
        let read = serde_json::from_str::<String>(&format!("\"{mapped}\""));
        read.unwrap().into_bytes()
    };
    let (parts, is_whole) = parts(stream);
    let is_text = |part: &Part| match part {
        Part::Lines(bytes) | Part::Counted(_, bytes) => std::str::from_utf8(bytes).is_ok(),
    };
    if cfg!(feature = "flight") && is_whole && parts.iter().all(is_text) {
        check_rows(stream, pushed.as_bytes(), limit, map);
    }
}

/// Checks that the rows of a stream are those of another with their text mapped.
fn check_rows(before: &[u8], after: &[u8], limit: usize, map: impl Fn(&[u8]) -> Vec<u8>) {
    let ((mut before, is_whole), (after, _)) = (parts(before), parts(after));
    if !is_whole {
        // What follows belongs to the last lines.
        before.pop();
    }
    assert!(after.len() >= before.len(), "{after:?} of {before:?}");
    for (before, after) in before.iter().zip(&after) {
        match (before, after) {
            (Part::Lines(before), Part::Lines(after)) => {
                assert_eq!(show(after), show(&map(before)), "of {:?}", show(before));
            }
            (Part::Counted(start, before), Part::Counted(other, after)) => {
                let is_kept = !start.ends_with(b"T") || before.len() > limit;
                let expected = if is_kept { before.clone() } else { map(before) };
                assert_eq!(show(other), show(start));
                assert_eq!(show(after), show(&expected), "of {:?}", show(before));
            }
            (before, after) => panic!("{before:?} became {after:?}"),
        }
    }
}

/// Returns the whole rows of a stream, up to what cannot be one, and whether that is all of it.
fn parts(stream: &[u8]) -> (Vec<Part>, bool) {
    let mut parts = Vec::new();
    let mut rest = stream;
    let mut lines = Vec::new();
    if let [first @ (b'#' | b'~'), behind @ ..] = stream {
        lines.push(*first);
        rest = behind;
    }
    while let Some((row, behind)) = row(rest) {
        match row {
            Part::Lines(line) => lines.extend(line),
            counted @ Part::Counted(..) => {
                if !lines.is_empty() {
                    parts.push(Part::Lines(std::mem::take(&mut lines)));
                }
                parts.push(counted);
            }
        }
        rest = behind;
    }
    if !lines.is_empty() {
        parts.push(Part::Lines(lines));
    }
    (parts, rest.is_empty())
}

fn row(bytes: &[u8]) -> Option<(Part, &[u8])> {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| is_digit(byte)).count();
    let id = digits(bytes);
    let behind = bytes.get(id..)?.strip_prefix(b":");
    let behind = behind.filter(|_| id <= DIGITS)?;
    let tag = *behind.first()?;
    let length = digits(&behind[1..]);
    if (tag == b'T' || BINARY.contains(&tag)) && length > 0 {
        let (number, content) = behind[1..].split_at(length);
        let content = content.strip_prefix(b",").filter(|_| length <= DIGITS)?;
        let number = usize::from_str_radix(std::str::from_utf8(number).ok()?, 16).ok()?;
        let (content, rest) = content.split_at_checked(number)?;
        let start = bytes[..=id + 1].to_vec();
        return Some((Part::Counted(start, content.to_vec()), rest));
    }
    let end = behind.iter().position(|&byte| byte == b'\n')?;
    let (line, rest) = bytes.split_at(id + 1 + end + 1);
    Some((Part::Lines(line.to_vec()), rest))
}

/// Returns a JSON string as Next.js writes it into a script.
fn json(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap();
    let escaped = ['&', '<', '>', '\u{2028}', '\u{2029}'];
    escaped.iter().fold(json, |json, character| {
        json.replace(*character, &format!("\\u{:04x}", u32::from(*character)))
    })
}
