//! Bodies of requests: what a page sends back is mapped alike however it is cut, whole or as it
//! streams, keeps its form, and changes in nothing but public URLs.

use std::sync::LazyLock;

use http::{HeaderValue, header};
use serde_json::Value;
use streamgate::Gate;

use super::common::cut;
use super::edge::{Origin, exchange, request, response};
use super::input::{Input, show};

const TYPES: [&str; 5] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain;charset=UTF-8",
    "application/graphql-response+json",
    "multipart/form-data; boundary=b",
];

const MAPS: [&str; 4] = [
    "",
    "map.back_only = ['/data/url', 'url']",
    "map.back_except = ['/0', 'kept']",
    "map.back_types = ['text/plain', '+json', 'multipart/form-data']",
];

static GATES: LazyLock<Vec<Gate>> = LazyLock::new(|| {
    let gate = |map| {
        let text = format!(
            "origin.url = 'https://origin.example.com'\n\
             origin.public = 'https://www.example.com'\n{map}"
        );
        Gate::from_toml(&text, "fuzz").unwrap()
    };
    MAPS.into_iter().map(gate).collect()
});

pub(crate) fn back(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (gate, media_type) = (input.choose(&GATES), *input.choose(&TYPES));
    let lengths = input.lengths();
    let body = input.rest();
    let send = |lengths: &[usize], is_framed: bool| {
        let page = b"origin: https://www.example.com";
        let mut asked = request("POST", "https://www.example.com/a", page).unwrap();
        let head = asked.headers_mut();
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        if is_framed {
            head.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let answer = Origin {
            head: response(204, b""),
            chunks: Vec::new(),
        };
        let chunks: Vec<_> = cut(body, lengths)
            .filter(|chunk| !chunk.is_empty())
            .collect();
        let seen = exchange(gate, asked.map(|()| Some(chunks)), &answer);
        assert_eq!(seen.head.status(), 204);
        let uploaded = seen.uploaded.expect("a body");
        if let Some(length) = seen.requests[0].headers().get(header::CONTENT_LENGTH) {
            assert_eq!(*length, HeaderValue::from(uploaded.len()));
        }
        uploaded
    };
    let whole = send(&[usize::MAX], true);
    for (lengths, is_framed) in [(&[1][..], false), (&lengths, false), (&lengths, true)] {
        let other = send(lengths, is_framed);
        assert_eq!(show(&other), show(&whole), "by {lengths:?}");
    }
    if !may_name_a_host(body) {
        assert_eq!(show(&whole), show(body));
    }
    if media_type == TYPES[1] {
        check_form(body, &whole);
    } else if media_type.ends_with("json")
        && let Ok(before) = serde_json::from_slice::<Value>(body)
    {
        let after = serde_json::from_slice::<Value>(&whole).expect("JSON comes of JSON");
        check_value(&before, &after);
    }
}

/// Returns whether the public host can stand in a text, in any escaping.
fn may_name_a_host(text: &[u8]) -> bool {
    let text = text.to_ascii_lowercase();
    ["www", "example"]
        .iter()
        .any(|word| text.windows(word.len()).any(|it| it == word.as_bytes()))
}

/// Checks that a form has the same names, and the same values where no host is.
fn check_form(before: &[u8], after: &[u8]) {
    let pairs = |form: &[u8]| -> Vec<(Vec<u8>, Vec<u8>)> {
        let pairs = form.split(|&byte| byte == b'&');
        let pair = |pair: &[u8]| match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (pair[..at].to_vec(), pair[at..].to_vec()),
            None => (pair.to_vec(), Vec::new()),
        };
        pairs.map(pair).collect()
    };
    let (before, after) = (pairs(before), pairs(after));
    assert_eq!(before.len(), after.len());
    for ((name, value), (other, mapped)) in before.iter().zip(&after) {
        assert_eq!(show(name), show(other));
        assert!(
            may_name_a_host(value) || value == mapped,
            "{}",
            show(mapped)
        );
    }
}

/// Checks that two values are of the same form, and the same where no host is.
fn check_value(before: &Value, after: &Value) {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => {
            assert_eq!(before.len(), after.len());
            before
                .iter()
                .zip(after)
                .for_each(|(before, after)| check_value(before, after));
        }
        (Value::Object(before), Value::Object(after)) => {
            let names_one = before.keys().any(|name| may_name_a_host(name.as_bytes()));
            if !names_one {
                assert!(
                    before.keys().eq(after.keys()),
                    "{before:?} became {after:?}"
                );
                before
                    .values()
                    .zip(after.values())
                    .for_each(|(before, after)| check_value(before, after));
            }
        }
        (Value::String(text), Value::String(_)) if may_name_a_host(text.as_bytes()) => {}
        (before, after) => assert_eq!(before, after),
    }
}
