//! The chapter on the configuration describes every key that there is, and no other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use streamgate::Config;
use streamgate_book::{Page, pages};

const CHAPTER: &str = "docs/configuration.md";

fn chapter() -> Page {
    let mut pages = pages().into_iter();
    pages.find(|page| page.name == CHAPTER).expect(CHAPTER)
}

/// Returns the tables of the schema by name, with their keys and what the schema says of each.
fn schema() -> BTreeMap<String, BTreeMap<String, Value>> {
    let schema = Config::json_schema();
    let tables = properties(&schema).into_iter().map(|(name, table)| {
        let table = table.get("items").cloned().unwrap_or(table);
        (name, properties(&table).into_iter().collect())
    });
    tables.collect()
}

fn properties(schema: &Value) -> BTreeMap<String, Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.expect("a table").iter();
    properties
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Returns the rows of the chapter's tables of keys by the section's table and the key. Those of
/// the conditions of a rule count as a table of their own.
fn described(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut described: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut section = None;
    let mut table = None;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let name = heading
                .strip_prefix("`[")
                .and_then(|rest| rest.split_once("]`"));
            section = name.map(|(name, _)| name.trim_matches(['[', ']']).to_owned());
        }
        if line.starts_with("| Key |") {
            table = match line.contains("What must be true") {
                true => Some("when".to_owned()),
                false => section.clone(),
            };
        }
        if !line.starts_with('|') {
            table = None;
        }
        let key = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split_once("` |"));
        if let (Some(table), Some((key, row))) = (&table, key) {
            let rows = described.entry(table.clone()).or_default();
            assert_eq!(
                rows.insert(key.to_owned(), row.to_owned()),
                None,
                "{table}.{key}"
            );
        }
    }
    described
}

#[test]
fn every_key_has_a_row_and_every_row_has_a_key() {
    let mut schema = schema();
    let when = schema
        .get("html")
        .and_then(|html| html.get("when"))
        .expect("when");
    let when = properties(when);
    schema.insert("when".to_owned(), when);
    let keys = |table: &BTreeMap<String, Value>| table.keys().cloned().collect::<BTreeSet<_>>();
    let schema: BTreeMap<_, _> = schema
        .iter()
        .map(|(name, table)| (name, keys(table)))
        .collect();
    let described = described(&chapter().text);
    let described = described
        .iter()
        .map(|(name, rows)| (name, rows.keys().cloned().collect()));
    assert_eq!(schema, described.collect());
}

#[test]
fn a_row_names_every_word_that_a_key_takes() {
    let described = described(&chapter().text);
    let mut words = 0;
    for (table, keys) in schema() {
        for (key, schema) in keys {
            let row = &described[&table][&key];
            for word in enumerated(&schema) {
                words += 1;
                // What one table describes, another may refer to; names of post-processors have a
                // table of their own.
                let is_named = row.contains(&format!("\"{word}\"")) || row.contains("as under `[");
                assert!(is_named || table == "document", "{table}.{key}: {word}");
            }
        }
    }
    assert!(words >= 15, "{words}");
}

#[test]
fn a_row_has_the_default_that_the_schema_tells() {
    let described = described(&chapter().text);
    let mut defaults = 0;
    for (table, keys) in schema() {
        for (key, schema) in keys {
            let description = schema.get("description").and_then(Value::as_str);
            let default = description.and_then(|text| text.split_once("Default: "));
            let (_, default) = default.unwrap_or_default();
            // The rest is told in words, such as that it is that of another key.
            let values = default.trim_end_matches('.').split(" and ");
            for value in values.map(|value| value.split("; ").next().unwrap_or(value)) {
                let is_value = value.starts_with(|c: char| c.is_ascii_digit() || c == '`')
                    || ["true", "false", "off"].contains(&value);
                if is_value {
                    defaults += 1;
                    let row = &described[&table][&key];
                    let cell = row.split(" | ").nth(1).expect("a default");
                    let is_told = cell.contains(value.trim_matches('`'));
                    assert!(is_told, "{table}.{key}: {value}");
                }
            }
        }
    }
    assert!(defaults >= 35, "{defaults}");
}

/// Returns the words that a schema enumerates.
fn enumerated(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(keywords) => {
            let listed = keywords.get("enum").and_then(Value::as_array);
            let listed = listed.into_iter().flatten().chain(keywords.get("const"));
            let own = listed.filter_map(|word| word.as_str().map(str::to_owned));
            let inner = ["anyOf", "oneOf", "items"].map(|name| keywords.get(name));
            let inner = inner.into_iter().flatten().flat_map(enumerated);
            own.chain(inner).collect()
        }
        Value::Array(schemas) => schemas.iter().flat_map(enumerated).collect(),
        _ => Vec::new(),
    }
}
