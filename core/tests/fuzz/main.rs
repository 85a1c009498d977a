//! Replays the inputs of the fuzz targets on any Rust: the seeds in `fuzz/seeds/`, which include
//! every input that once broke a target. `cargo xtask fuzz` looks for further ones.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that share `common`.

mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

use targets::TARGETS;

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz")
        .join(of)
}

/// Returns the names in a folder, without extensions.
fn names(of: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(of).unwrap_or_else(|error| panic!("{}: {error}", of.display()));
    let name = |entry: fs::DirEntry| {
        let path = entry.path();
        path.file_stem()
            .map(|name| name.to_string_lossy().into_owned())
    };
    entries.filter_map(|entry| name(entry.ok()?)).collect()
}

#[test]
fn what_the_fuzz_targets_hold_holds_for_every_seed() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let seeds = folder("seeds").join(name);
        let mut count = 0;
        for seed in fs::read_dir(&seeds).expect("a folder of seeds") {
            let path = seed.expect("a seed").path();
            let bytes = fs::read(&path).expect("a seed");
            if panic::catch_unwind(|| target(&bytes)).is_err() {
                broken.push(path);
            }
            count += 1;
        }
        assert!(count >= 3, "{name} has {count} seeds");
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[cfg(feature = "zstd")] // It is a target.
#[test]
fn every_target_has_a_program_and_seeds() {
    let named: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder("fuzz_targets")), named);
    assert_eq!(names(&folder("seeds")), named);
}

#[test]
fn no_target_panics_without_input() {
    for (_, target) in TARGETS {
        target(b"");
    }
}
