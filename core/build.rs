//! Gives the crate a number for its own source, which goes into the fingerprint of every gate: a
//! browser must not be told that its copy is still good if another version of the gate made it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files)?;
    // The order of a folder's entries is the file system's.
    files.sort();
    let mut hash = FNV_OFFSET;
    for file in files {
        let name = file.strip_prefix(&root).unwrap_or(&file);
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        add(&mut hash, name.join("/").as_bytes());
        // What a checkout made of line ends changes nothing.
        let text = fs::read(&file)?;
        let text: Vec<u8> = text.into_iter().filter(|&byte| byte != b'\r').collect();
        add(&mut hash, &text);
    }
    println!("cargo::rustc-env=STREAMGATE_SOURCE={hash:016x}");
    println!("cargo::rerun-if-changed=src");
    Ok(())
}

/// Lists the files below a folder, but for those of tests.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Adds bytes and their number to a hash (FNV-1a).
fn add(hash: &mut u64, bytes: &[u8]) {
    for &byte in bytes.iter().chain(&(bytes.len() as u64).to_le_bytes()) {
        *hash = (*hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME);
    }
}
