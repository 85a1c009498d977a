//! The book's page of promises: whatever it says to hold one exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::all;

const PAGE: &str = include_str!("../../../docs/promises.md");

#[test]
fn what_holds_a_promise_exists() {
    let scenarios: BTreeSet<_> = all().into_iter().map(|scenario| scenario.id).collect();
    let mut tests = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["core", "adapters", "tests"] {
        collect(&root.join(folder), &mut tests);
    }
    let targets = targets(&root.join("fuzz/fuzz_targets"));
    let named: Vec<_> = PAGE.split('`').skip(1).step_by(2).collect();
    assert!(named.len() > 60, "{} names", named.len());
    for target in &targets {
        assert!(named.contains(&target.as_str()), "{target} holds nothing");
    }
    for name in named {
        let exists = if name.starts_with("fuzz/") {
            name == "fuzz/" || targets.contains(name)
        } else if name.contains('_') {
            tests.contains(name)
        } else {
            scenarios.contains(name) || !name.contains('-')
        };
        assert!(exists || name == "Content-Length", "{name} does not exist");
    }
}

/// Returns the names of the fuzz targets, as the page has them.
fn targets(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let name = |path: PathBuf| format!("fuzz/{}", path.file_stem().unwrap().to_str().unwrap());
    files.map(name).collect()
}

/// Collects the names of the tests below a folder: of the functions behind `#[test]`, also in
/// `proptest!`, or behind an attribute that ends like it.
fn collect(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("node_modules") {
            collect(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names = text.split("test]").skip(1).filter_map(|rest| {
                let (_, function) = rest.split_once("fn ")?;
                let (name, _) = function.split_once('(')?;
                Some(name.to_owned())
            });
            tests.extend(names);
        }
    }
}
