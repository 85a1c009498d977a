//! Validators there and back: what the client got of the origin's validator gives the origin its
//! own again, and the 304 for it gives the client what it has. Under other rules it means nothing.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderValue, Response, header};
use streamgate::Gate;

use super::edge::{Origin, Seen, exchange, request};
use super::input::{Input, halves};

static GATES: LazyLock<[Gate; 2]> = LazyLock::new(|| {
    ["", "[[html]]\nselect = 'p'\nremove = true"].map(|rules| {
        let text = format!(
            "origin.url = 'https://origin.example.com'\n\
             origin.public = 'https://www.example.com'\n{rules}"
        );
        Gate::from_toml(&text, "fuzz").unwrap()
    })
});

/// What a client asks with, in a field of conditions.
fn asked(
    gate: &Gate,
    condition: header::HeaderName,
    value: &HeaderValue,
    origin: &Origin<'_>,
) -> Seen {
    let mut request = request("GET", "https://www.example.com/", b"").unwrap();
    request.headers_mut().insert(condition, value.clone());
    exchange(gate, request.map(|()| None), origin)
}

/// The fields of a page, `etag` and `last-modified` among them; an empty line; tags of others.
pub(crate) fn validators(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let is_named = *input.choose(&[true, false]);
    let (lines, others) = halves(input.rest());
    let mut head = super::edge::response(200, lines);
    let only = |name: &http::HeaderName| *name == header::ETAG || *name == header::LAST_MODIFIED;
    let kept: HeaderMap = head
        .headers()
        .iter()
        .filter(|(name, _)| only(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    *head.headers_mut() = kept;
    let own = head.headers().clone();
    let html = HeaderValue::from_static("text/html");
    head.headers_mut().insert(header::CONTENT_TYPE, html);
    let page = Origin {
        head,
        chunks: vec![b"<p>"],
    };
    let [gate, other] = &*GATES;
    let first = request("GET", "https://www.example.com/", b"").unwrap();
    let first = exchange(gate, first.map(|()| None), &page);
    let Some(tag) = first.head.headers().get(header::ETAG) else {
        return;
    };
    assert!(tag.as_bytes().starts_with(b"W/\""), "{tag:?}");
    let mut confirmation = Response::builder().status(304).body(()).unwrap();
    if is_named && let Some(etag) = own.get(header::ETAG) {
        confirmation
            .headers_mut()
            .insert(header::ETAG, etag.clone());
    }
    let confirmed = Origin {
        head: confirmation,
        chunks: Vec::new(),
    };

    let seen = asked(gate, header::IF_NONE_MATCH, tag, &confirmed);
    assert_eq!(seen.head.status(), 304);
    assert_eq!(seen.head.headers().get(header::ETAG), Some(tag), "{own:?}");
    let sent = seen.requests[0].headers();
    match (sole_tag(&own), sent.get(header::IF_NONE_MATCH)) {
        (Some(own), sent) => assert_eq!(sent.map(HeaderValue::as_bytes), Some(own)),
        (None, None) => {
            let date = own
                .get(header::LAST_MODIFIED)
                .map(|date| date.as_bytes().trim_ascii());
            let sent = sent
                .get(header::IF_MODIFIED_SINCE)
                .map(HeaderValue::as_bytes);
            // The tag has an underscore for each space.
            let plain = |date: &[u8]| {
                date.iter()
                    .map(|&it| if it == b'_' { b' ' } else { it })
                    .collect::<Vec<_>>()
            };
            assert_eq!(sent.map(plain), date.map(plain));
        }
        (None, Some(sent)) => panic!("{sent:?} was made up"),
    }

    // Other rules make another page.
    let seen = asked(other, header::IF_NONE_MATCH, tag, &page);
    let sent = seen.requests[0].headers();
    assert!(!sent.contains_key(header::IF_NONE_MATCH), "{sent:?}");
    assert!(!sent.contains_key(header::IF_MODIFIED_SINCE), "{sent:?}");
    assert_ne!(seen.head.headers().get(header::ETAG), Some(tag));

    for value in others.split(|&byte| byte == b'\n') {
        let beside = [tag.as_bytes(), b", ", value].concat();
        for value in [value, &beside] {
            let Ok(value) = HeaderValue::from_bytes(value) else {
                continue;
            };
            for name in [header::IF_NONE_MATCH, header::IF_MATCH, header::IF_RANGE] {
                let seen = asked(gate, name, &value, &page);
                assert_eq!(seen.head.headers().get(header::ETAG), Some(tag));
            }
        }
    }
}

/// Returns the one entity tag of a head (RFC 9110 §8.8.3), if that is what it has.
fn sole_tag(head: &HeaderMap) -> Option<&[u8]> {
    let mut values = head.get_all(header::ETAG).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    let value = value.as_bytes().trim_ascii();
    let quoted = value.strip_prefix(b"W/").unwrap_or(value);
    let opaque = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (!opaque.contains(&b'"')).then_some(value)
}
