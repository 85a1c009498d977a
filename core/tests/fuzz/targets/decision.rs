//! The gate's truth table (`docs/gate.md`): what is rewritten may be rewritten, and what passes
//! through keeps every byte and every field that describes them.

use std::sync::LazyLock;

use encoding_rs::Encoding;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use streamgate::{Gate, Outcome};

use super::edge::{By, Origin, exchange, request, response};
use super::input::{Input, first_line};

const GATES: [&str; 4] = [
    "",
    "gate.buffer_limit = 8",
    "map.scope = 'attributes'",
    "document.post_processors = ['preload-links']",
];

const BODY: &[u8] = b"<p>https://origin.example.com/</p>";

const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "OPTIONS"];

/// Fields that describe the bytes of a body, or of a part of it.
const OF_THE_BYTES: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
];

/// Parts of the names of all types that are processable.
const PROCESSABLE: [&str; 16] = [
    "html",
    "xml",
    "css",
    "script",
    "json",
    "x-component",
    "sveltekit",
    "turbo",
    "multipart/mixed",
    "text/plain",
    "event-stream",
    "jscript",
    "ecma",
    "manifest",
    "ndjson",
    "jsonl",
];

static COMPILED: LazyLock<Vec<Gate>> = LazyLock::new(|| {
    let gate = |more: &str| {
        let text = format!(
            "origin.url = 'https://origin.example.com'\n\
             origin.public = 'https://www.example.com'\ngate.explain = true\n{more}"
        );
        Gate::from_toml(&text, "fuzz").unwrap()
    };
    GATES.into_iter().map(gate).collect()
});

/// A method, a status, and the fields of the origin's response.
pub(crate) fn decide(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let gate = input.choose(&COMPILED);
    let method = *input.choose(&METHODS);
    let (status, lines) = first_line(input.rest());
    let status = std::str::from_utf8(status)
        .ok()
        .and_then(|it| it.parse().ok());
    let Some(status) = status.filter(|status| matches!(status, 200..=599)) else {
        return;
    };
    let origin = Origin {
        head: response(status, lines),
        chunks: vec![BODY],
    };
    let asked = request(method, "https://www.example.com/a", b"").unwrap();
    let seen = exchange(gate, asked.clone().map(|()| None), &origin);
    let (before, after) = (origin.head.headers(), seen.head.headers());
    if after.contains_key("proxy-status") && !before.contains_key("proxy-status") {
        return;
    }
    let said = after
        .get("streamgate")
        .map_or(b"".as_slice(), |it| it.as_bytes());
    let is_rewritten = said.starts_with(b"stream");
    match seen.by {
        // A body over the limit streams behind what was read of it.
        By::Unmodified | By::Stream if !is_rewritten => {
            assert_eq!(seen.body, BODY);
            for name in OF_THE_BYTES
                .iter()
                .chain(&[header::ETAG, header::CONTENT_ENCODING])
            {
                check_kept(name, before, after);
            }
        }
        By::Stream => {
            check_rewritable(method, status, before);
            for name in &OF_THE_BYTES {
                assert!(!after.contains_key(name), "{name} of a stream");
            }
            let strong = after
                .get(header::ETAG)
                .is_some_and(|tag| !tag.as_bytes().starts_with(b"W/"));
            assert!(!strong, "a strong tag of a stream");
        }
        By::Unmodified => panic!("rewritten, and sent as it was"),
        By::Buffered | By::WebSocket => {}
    }
    // What the crate's other door says of the same heads.
    let public = "https://www.example.com".parse().unwrap();
    if let Err(decision) = gate.rewriter(&asked, &origin.head, &public) {
        assert_ne!(decision.outcome, Outcome::Stream);
        assert!(!is_rewritten, "{decision}");
    }
}

/// Checks that a field is as it was, unless it was the connection's.
fn check_kept(name: &HeaderName, before: &HeaderMap, after: &HeaderMap) {
    let connection = before.contains_key(header::CONNECTION);
    let is_framed = before.contains_key(header::TRANSFER_ENCODING);
    let values = |head: &HeaderMap| -> Vec<_> { head.get_all(name).iter().cloned().collect() };
    let before = values(before);
    // Equal lengths become one, and what is no length, or less than there is, may go.
    let is_plain = |value: &HeaderValue| {
        let digits = value.to_str().unwrap_or_default();
        let length = digits.parse::<usize>();
        digits.bytes().all(|it| it.is_ascii_digit()) && length.is_ok_and(|it| it >= BODY.len())
    };
    let is_length = *name == header::CONTENT_LENGTH;
    let may_change = is_framed || before.len() > 1 || !before.iter().all(is_plain);
    if connection || (is_length && may_change) {
        return;
    }
    assert_eq!(values(after), before, "{name}");
}

/// Checks what each row of the table says of what is streamed.
fn check_rewritable(method: &str, status: u16, head: &HeaderMap) {
    assert_ne!(method, "HEAD");
    assert!(!matches!(status, 204 | 205 | 206 | 304), "{status}");
    let elements = |name: HeaderName| -> Vec<String> {
        let lines = head.get_all(name);
        let lines = lines
            .iter()
            .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        lines
            .flat_map(|line| {
                line.split(',')
                    .map(|it| it.trim().to_ascii_lowercase())
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    let types = elements(header::CONTENT_TYPE).join(",");
    assert!(
        PROCESSABLE.iter().any(|part| types.contains(part)),
        "{types}"
    );
    let no_transform = "no-transform".to_owned();
    let is_utf8 = |name: &HeaderName| {
        head.get_all(name)
            .iter()
            .all(|value| std::str::from_utf8(value.as_bytes()).is_ok())
    };
    assert!(
        !is_utf8(&header::CACHE_CONTROL)
            || !elements(header::CACHE_CONTROL).contains(&no_transform)
    );
    for coding in elements(header::CONTENT_ENCODING) {
        assert!(
            may_be_ignored(&coding) || is_decoded(&coding),
            "coding {coding}"
        );
    }
}

fn is_decoded(coding: &str) -> bool {
    matches!(coding, "gzip" | "x-gzip" | "deflate" | "br")
        || (coding == "zstd" && cfg!(feature = "zstd"))
}

/// Returns whether the book says that an element of `Content-Encoding` is no coding.
fn may_be_ignored(element: &str) -> bool {
    let words = [
        "",
        "identity",
        "none",
        "null",
        "7bit",
        "8bit",
        "binary",
        "chunked",
        "aws-chunked",
        "amz-1.0",
        "text",
    ];
    words.contains(&element)
        || element.contains(['/', ';'])
        || Encoding::for_label(element.as_bytes()).is_some()
}
