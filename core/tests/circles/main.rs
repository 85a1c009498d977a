//! Checks that no file of the crate takes names from a file that takes names from it, directly or
//! through others.
//!
//! A name that a folder's `mod.rs` re-exports belongs to the file that defines it.

mod modules;
mod tokens;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use modules::Modules;

#[test]
fn no_file_imports_a_file_that_imports_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let found = circles(&|file| std::fs::read_to_string(folder.join(file)).ok());
    let circles: Vec<String> = found.iter().map(|circle| circle.join(" → ")).collect();
    assert!(
        circles.is_empty(),
        "these files import each other:\n{}",
        circles.join("\n")
    );
}

#[test]
fn circles_are_found_through_re_exports_and_paths() {
    let of = |files: &[(&str, &str)]| {
        circles(&|wanted| {
            let mut files = files.iter();
            let (_, source) = files.find(|(name, _)| *name == wanted)?;
            Some((*source).to_owned())
        })
    };
    let front = (
        "a/mod.rs",
        "mod b; mod c; pub use b::B; pub(crate) use c::C;",
    );
    let root = ("lib.rs", "mod a; mod d;");
    let none = of(&[
        root,
        front,
        ("a/b.rs", "use super::C; // use crate::d::D;"),
        ("a/c.rs", "#[cfg(test)] mod tests { use crate::a::{B, C}; }"),
        ("d.rs", "use crate::a::{B, C as E}; pub struct D;"),
    ]);
    assert_eq!(none, BTreeSet::new());
    let one = of(&[
        root,
        front,
        ("a/b.rs", "use crate::a::C;"),
        ("a/c.rs", "use crate::d; fn e() { d::f() }"),
        ("d.rs", "pub fn f() { crate::a::B::g() }"),
    ]);
    let circle = ["a/b.rs", "a/c.rs", "d.rs"].map(str::to_owned).to_vec();
    assert_eq!(one, BTreeSet::from([circle]));
}

/// Returns the circles of a crate's files: for each file in a circle, the shortest circle.
fn circles(source: &dyn Fn(&str) -> Option<String>) -> BTreeSet<Vec<String>> {
    let modules = Modules::read(source);
    let graph = modules.imports();
    let circles = graph.keys().filter_map(|file| circle(&graph, file));
    circles
        .map(|files| files.into_iter().map(str::to_owned).collect())
        .collect()
}

/// Returns the shortest circle that contains this file, rotated to start with its first file by
/// name.
fn circle<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>, file: &'a str) -> Option<Vec<&'a str>> {
    let mut importers = BTreeMap::new();
    let mut queue = VecDeque::from([file]);
    while let Some(importer) = queue.pop_front() {
        for &imported in &graph[importer] {
            if imported == file {
                let steps =
                    std::iter::successors(Some(importer), |file| importers.get(file).copied());
                let mut files: Vec<&str> = steps.collect();
                files.reverse();
                let first = (0..files.len()).min_by_key(|&index| files[index])?;
                files.rotate_left(first);
                return Some(files);
            }
            if !importers.contains_key(imported) {
                importers.insert(imported, importer);
                queue.push_back(imported);
            }
        }
    }
    None
}
