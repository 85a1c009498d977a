//! The book's chapter on the configuration says what is true.

use super::tests::known_keys;
use super::{Config, DEFAULT_PROCESSABLE};

const ORIGIN: &str = "origin.url = 'https://o.example'\n";
const BOOK: &str = include_str!("../../../docs/configuration.md");

#[test]
fn every_example_of_the_book_is_valid() {
    let examples: Vec<&str> = BOOK
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() >= 6);
    for example in examples {
        let origin = if example.contains("[origin]") {
            ""
        } else {
            ORIGIN
        };
        Config::from_toml(&format!("{origin}{example}"), "configuration.md").expect(example);
    }
}

#[test]
fn the_book_has_every_key_and_every_default_media_type() {
    for table in [
        "",
        "[origin]",
        "[gate]",
        "[limits]",
        "[drain]",
        "[admin]",
        "[access_log]",
        "[cache]",
        "[tls]",
        "[map]",
        "[[html]]",
        "[[fragment]]",
        "[[route]]",
        "[document]",
    ] {
        for key in known_keys(table) {
            let written = if table.is_empty() {
                format!("[{key}]")
            } else {
                format!("| `{key}` |")
            };
            assert!(BOOK.contains(&written), "{table} {key}");
        }
    }
    for media_type in DEFAULT_PROCESSABLE {
        assert!(BOOK.contains(&format!("`{media_type}`")), "{media_type}");
    }
    for name in crate::document::BUILT_IN {
        assert!(BOOK.contains(&format!("| `{name}` |")), "{name}");
    }
}
