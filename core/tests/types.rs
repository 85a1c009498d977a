//! URL mapping of files that are no pages, as real generators write them: source maps, feeds,
//! sitemaps, manifests, linked data, style sheets, scripts and more. In each file, every URL of the
//! origin is mapped in the escaping that it has, and nothing else changes, however the file is cut.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that share `common`.
#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod common;
mod data;

use common::{cut, rewriter, run};
use data::{FILES, File, mapped};
use serde_json::Value;
use streamgate::Gate;

/// Maps each URL in the strings and keys of a JSON value.
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

/// Makes a gate that rewrites each type of the files.
fn gate_with(rules: &str) -> Gate {
    let essences = FILES
        .iter()
        .filter_map(|file| file.media_type.split(';').next());
    let types: Vec<_> = essences.map(|essence| format!("'{essence}'")).collect();
    let text = format!(
        "[origin]\nurl = 'https://origin.example.com'\npublic = 'https://www.example.com'\n\
         [gate]\nprocessable = [{}]\n{rules}",
        types.join(", ")
    );
    Gate::from_toml(&text, "test").unwrap()
}

#[test]
fn every_url_is_mapped_and_nothing_else_changes_however_a_file_is_cut() {
    let gate = gate_with("");
    for &File {
        id,
        media_type,
        urls,
        text,
    } in FILES
    {
        let (expected, count) = mapped(text);
        assert_eq!(count, urls, "{id}");
        let through = |lengths: &[usize]| {
            let chunks = cut(text.as_bytes(), lengths);
            let body = run(rewriter(&gate, media_type), chunks).unwrap();
            String::from_utf8(body).unwrap()
        };
        assert_eq!(through(&[usize::MAX]), expected, "{id}");
        for size in 1..40 {
            assert_eq!(through(&[size]), expected, "{id} in pieces of {size}");
        }
        for first in 1..text.len() {
            assert_eq!(
                through(&[first, usize::MAX]),
                expected,
                "{id} cut at {first}"
            );
        }
    }
}

#[test]
fn json_is_the_same_value_with_each_url_mapped() {
    let is_json = |file: &&File| file.media_type.contains("json");
    for File { id, text, .. } in FILES.iter().filter(is_json) {
        let before: Value = serde_json::from_str(text).unwrap();
        let after: Value = serde_json::from_str(&mapped(text).0).unwrap();
        assert_eq!(mapped_value(before), after, "{id}");
    }
}

#[test]
fn structure_rules_leave_all_but_pages_alone() {
    let rules =
        "[[html]]\nselect = '*'\nprepend = '<!-- -->'\n[[html]]\nselect = 'head'\nappend = 'x'\n";
    let gate = gate_with(rules);
    for file in FILES {
        let body = run(rewriter(&gate, file.media_type), [file.text.as_bytes()]).unwrap();
        let is_as_without = body == mapped(file.text).0.as_bytes();
        assert_eq!(is_as_without, file.media_type != "text/html", "{}", file.id);
    }
}
