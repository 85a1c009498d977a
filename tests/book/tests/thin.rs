//! Adapters stay thin, as the chapter on the architecture says.

use std::fs;
use std::path::{Path, PathBuf};

use streamgate_book::root;

/// The most lines of code that an adapter has, and what adapters share.
const MOST: usize = 500;

/// Where the code of an adapter is, or of what adapters share. The folder of the native gate is a
/// server, a client and a tool besides, which no other platform needs.
const CODE: [&[&str]; 19] = [
    &["adapters/bodies/src"],
    &["adapters/cloudflare/src"],
    &["adapters/fastly/src"],
    &["adapters/hyper/src"],
    &["adapters/js/src"],
    &["adapters/js-http/src"],
    &[
        "adapters/native/src/body.rs",
        "adapters/native/src/exchange.rs",
        "adapters/native/src/origins.rs",
        "adapters/native/src/received.rs",
    ],
    &["adapters/node"],
    &["adapters/playground/src"],
    &["adapters/stores/fastly/src"],
    &["adapters/stores/memory/src"],
    &["adapters/stores/web/src"],
    &["adapters/tower/src"],
    &["adapters/tunnel/src"],
    &["adapters/wasi/src"],
    &["adapters/wasi3/src"],
    &["adapters/wasi-shared"],
    &["adapters/web/src"],
    &["adapters/web/npm"],
];

#[test]
fn an_adapter_is_thin() {
    for places in CODE {
        let files = places.iter().flat_map(|place| files(&root().join(place)));
        let lines: usize = files.map(|file| lines(&file)).sum();
        assert!((1..MOST).contains(&lines), "{places:?}: {lines} lines");
    }
}

#[test]
fn each_adapter_is_counted() {
    let entries = fs::read_dir(root().join("adapters")).expect("a folder");
    for entry in entries {
        let name = entry.expect("an entry").file_name();
        let folder = format!("adapters/{}", name.to_string_lossy());
        let mut places = CODE.iter().flat_map(|places| places.iter());
        let is_counted = places.any(|place| Path::new(place).starts_with(&folder));
        assert!(is_counted, "{folder}");
    }
}

/// Returns the sources in a folder, or a single one. Those that a link leads to are elsewhere.
fn files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_path_buf()];
    }
    let entries = fs::read_dir(place).expect("a folder");
    let entries = entries.map(|entry| entry.expect("an entry").path());
    let found = entries.flat_map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_source = [".rs", ".js"].iter().any(|end| name.ends_with(end));
        match path.is_dir() {
            true if ["tests", "node_modules"].contains(&&*name) => Vec::new(),
            true => files(&path),
            false if is_source && name != "tests.rs" && !path.is_symlink() => vec![path],
            false => Vec::new(),
        }
    });
    found.collect()
}

/// Counts the lines of a source that are code: neither blank nor a comment, and before its tests.
fn lines(file: &Path) -> usize {
    let text = fs::read_to_string(file).expect("a source");
    let mut comment = false;
    let tests = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let code = text[..tests].lines().map(str::trim);
    let code = code.filter(|line| {
        comment |= line.starts_with("/*");
        let counts = !comment && !line.is_empty() && !line.starts_with("//");
        comment &= !line.contains("*/");
        counts
    });
    code.count()
}
